"""The dialects there are, by the name that an upstream's entry in latchkey.toml gives."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.upstreams.airforce import Airforce
from bot.upstreams.devsdocode import DevsDoCode
from bot.upstreams.dialect import Dialect
from bot.upstreams.freetheai import FreeTheAI
from bot.upstreams.fresed import Fresed
from bot.upstreams.openai import OpenAI
from bot.upstreams.spafe import Spafe

_ALL = (OpenAI(), Fresed(), DevsDoCode(), Spafe(), FreeTheAI(), Airforce())
DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in _ALL})
