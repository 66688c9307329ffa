"""What the API is built from."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.account.service import Account
from bot.catalogue.service import Catalogue
from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.health import Vitals
from bot.core.redaction import Redactor
from bot.relay.caller import Callers
from bot.relay.embeddings import Embeddings
from bot.relay.mail import Mail
from bot.relay.pictures import Pictures
from bot.relay.router import Router
from bot.relay.search import Search
from bot.relay.service import Relay
from bot.relay.sight import Sight
from bot.relay.songs import Songs
from bot.relay.voices import Voices


@dataclass(frozen=True)
class ApiParts:
    """The services that the routes share out among themselves."""

    callers: Callers
    relay: Relay
    voices: Voices
    embeddings: Embeddings
    search: Search
    songs: Songs
    mail: Mail
    sight: Sight
    pictures: Pictures
    router: Router
    catalogue: Catalogue
    account: Account
    community: Community
    vitals: Vitals
    open_holds: Callable[[], int]
    public_url: Callable[[], str]  # without /v1
    metrics_token: str | None
    redactor: Redactor
    clock: Clock
    version: str
    calls: bool = True  # False: a process of the bot or the jobs, which serves its health alone
