"""The dialects there are, by the name that an upstream's entry in latchkey.toml gives."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.upstreams.dialect import Dialect
from bot.upstreams.openai import OpenAI

DIALECTS: Mapping[str, Dialect] = MappingProxyType({"openai": OpenAI()})
