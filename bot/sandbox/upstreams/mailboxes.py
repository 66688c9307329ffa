"""The mailboxes of a loopback upstream: each gets a letter of welcome."""

import hashlib
import re
import time
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.upstreams.call import Call

USUAL = "1secmail.com"
GREETING = "Welcome to your mailbox"

_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


@dataclass
class Mailboxes:
    """Makes mailboxes and keeps what is sent to them, by their identifiers."""

    kept: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    async def generate(self, call: Call) -> None:
        """Answer POST /temp_mail/generate, with a body or without."""
        domain = call.body.get("domain") or USUAL
        if not (isinstance(domain, str) and _DOMAIN.fullmatch(domain)):
            await call.refuse(400, "invalid_request_error", "The domain is not on the list.")
            return
        identifier = hashlib.sha256(f"{len(self.kept)} {domain}".encode()).hexdigest()[:32]
        email = f"key{identifier[:8]}@{domain}"
        self.kept[identifier] = []
        self.deliver(identifier, GREETING, f"This is {email}. Letters to it are shown here.")
        await call.give({"email": email, "identifier": identifier})

    async def read(self, call: Call) -> None:
        """Answer GET /temp_mail/messages/{identifier}."""
        if (letters := self.kept.get(call.part["identifier"])) is None:
            await call.refuse(404, "not_found_error", "There is no such mailbox.")
            return
        await call.give({"messages": letters})

    def deliver(self, identifier: str, subject: str, text: str) -> None:
        """Put a letter into a mailbox."""
        letters = self.kept[identifier]
        letter = {
            "id": len(letters) + 1,
            "from": "postmaster@example.com",
            "date": int(time.time()),
        }
        letters.append(letter | {"subject": subject, "body": text})
