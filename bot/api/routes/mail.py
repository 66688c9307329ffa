"""/v1/temp_mail: mailboxes made, their messages read, and what they cost at which domain."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.account.service import Account
from bot.api import bodies
from bot.api.counter import Counter
from bot.api.headers import limits
from bot.api.operation import Answer, Body, Operation, Parameter, Place
from bot.api.parts import ApiParts
from bot.api.replies import personal
from bot.api.schema import TEXT, Schema, many, maybe, number, record, text, whole
from bot.core.errors import Kind
from bot.core.units import THOUSAND
from bot.relay import mail
from bot.relay.caller import Caller
from bot.relay.mail import USUAL, Mail

ENDPOINT = "temp_mail"
READING = frozenset({Kind.NOT_FOUND, Kind.UPSTREAM_FAILED, Kind.NO_ROUTE, Kind.UPSTREAM_TIMEOUT})
SCHEMAS: dict[str, Schema] = {
    "MailboxRequest": record(
        has={
            "domain": maybe(
                text(f"as /v1/temp_mail/domains lists them; left out: {USUAL}", least=1)
            )
        },
    ),
    "Mailbox": record(
        "email",
        "identifier",
        "cost",
        has={
            "email": text("the address"),
            "identifier": text("what its messages are read by, by you alone"),
            "cost": whole(0, words="tokens; by the domain of the address that was given"),
        },
    ),
    "MailMessages": record(
        "messages",
        has={"messages": many({"type": "object"}, "as the upstream gives them")},
    ),
    "MailDomains": record(
        "domains",
        has={
            "domains": many(
                record(
                    "domain",
                    "coefficient",
                    "price",
                    has={"domain": TEXT, "coefficient": number(0), "price": whole(0)},
                )
            )
        },
    ),
}


@dataclass(frozen=True)
class NewMailbox:
    """Has a mailbox made."""

    counter: Counter
    mail: Mail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call; no body asks for the usual domain."""
        counter = self.counter
        caller = await counter.caller(scope)
        raw = await counter.body(scope, receive)
        domain = mail.read(bodies.parse(raw, scope["headers"]) if raw.strip() else {})
        arrived = counter.visit(scope).arrived
        with counter.present(scope):
            made = await self.mail.make(caller, domain, endpoint=ENDPOINT, arrived=arrived)
            told = {"email": made.email, "identifier": made.id, "cost": made.settled.cost}
            await counter.answer(send, told, made.settled, made.upstream)


@dataclass(frozen=True)
class Mailboxes:
    """Reads owners their mail, free of charge."""

    counter: Counter
    mail: Mail
    account: Account

    async def messages(self, request: Request) -> Response:
        """Answer with a mailbox's messages, for its owner alone."""
        caller = await self.counter.caller(request.scope)
        letters = await self.mail.letters(caller.member_id, request.path_params["identifier"])
        return await self._told(caller, {"messages": letters})

    async def domains(self, request: Request) -> Response:
        """Answer with every domain and what a mailbox there costs."""
        caller = await self.counter.caller(request.scope)
        known = [
            {
                "domain": domain.name,
                "coefficient": domain.coefficient / THOUSAND,
                "price": domain.price,
            }
            for domain in self.mail.domains()
        ]
        return await self._told(caller, {"domains": known})

    async def _told(self, caller: Caller, content: dict[str, object]) -> Response:
        standing = await self.account.standing(caller)
        return personal(content, list(limits(standing, self.counter.clock.now())))


def operations(parts: ApiParts, counter: Counter) -> tuple[Operation, ...]:
    """Describe mailboxes, and serve them."""
    mailboxes = Mailboxes(counter, parts.mail, parts.account)
    return (
        Operation(
            name="mailbox",
            method="POST",
            path="/v1/temp_mail/generate",
            endpoint=NewMailbox(counter, parts.mail),
            summary="Have a temporary mailbox made",
            words=(
                "Costs 800 tokens times the coefficient of the domain that is answered. The body "
                "may be left out. Never tried again once it was sent."
            ),
            answer=Answer("The mailbox.", "Mailbox"),
            keyed=True,
            metered=True,
            takes=Body("MailboxRequest", required=False),
            example={"domain": USUAL},
        ),
        Operation(
            name="mail_messages",
            method="GET",
            path="/v1/temp_mail/messages/{identifier}",
            endpoint=mailboxes.messages,
            summary="Read a mailbox",
            words=(
                "Free, and only for whoever had it made. The upstream is asked at most every 5 "
                "seconds; in between its last answer is given again."
            ),
            answer=Answer("The messages.", "MailMessages"),
            keyed=True,
            parameters=(Parameter("identifier", Place.PATH, "the mailbox's", required=True),),
            fails=READING,
        ),
        Operation(
            name="mail_domains",
            method="GET",
            path="/v1/temp_mail/domains",
            endpoint=mailboxes.domains,
            summary="List where mailboxes can be made, and for how much",
            answer=Answer("Every domain, none where no mailboxes are made.", "MailDomains"),
            keyed=True,
        ),
    )
