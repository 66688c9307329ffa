"""What must never be written: keys, tokens and secrets, taken out of any text."""

import re

from bot.core.secrets import CHECK_LENGTH, RANDOM_LENGTH, checksum

HIDDEN = "[hidden]"
TAIL = RANDOM_LENGTH + CHECK_LENGTH
LONGEST_PREFIX = 24
LONGEST_RUN = 400  # longer runs are base64 or noise that nobody reads
USUAL_PREFIX = "lk_"

_RUN = re.compile(rf"[A-Za-z0-9_\-]{{{TAIL},}}")
_QUERY = re.compile(r"(?i)\b((?:key|token|api_key|access_token)=)[^&\s\"')]+")
_HEADER = re.compile(
    r"(?i)\b((?:x-api-key|api[_-]?key|authorization)[\"']?\s*[:=,]\s*b?[\"']?)[^\s\"',;&})]{8,}"
)
_BEARER = re.compile(r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/\-]{8,}=*")
_BOT = re.compile(r"(?i)\b(bot\s+)[A-Za-z0-9._\-]{40,}")
_HOOK = re.compile(r"(/(?:webhooks|interactions)/\d+/)[A-Za-z0-9._\-]+")
_NAMED = (_QUERY, _HEADER, _BEARER, _BOT, _HOOK)
_FOREIGN = re.compile(  # keys of other makers, and Discord's tokens
    r"\bsk-[A-Za-z0-9_\-]{16,}|\b[A-Za-z0-9_\-]{23,28}\.[A-Za-z0-9_\-]{6,7}\.[A-Za-z0-9_\-]{27,}"
)


class Redactor:
    """Takes keys of our form, bearer tokens, keys in queries and known secrets out of a text."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._prefixes: set[str] = set()
        self.expect(USUAL_PREFIX)

    def learn(self, *values: str | None) -> None:
        """Remember values that must never be written: tokens, upstream keys, secrets."""
        self._known.update(value for value in values if value and len(value) >= 6)

    def expect(self, prefix: str) -> None:
        """Remember what our keys begin with, so that mistyped and torn ones are seen too."""
        self._prefixes.add(prefix)
        some = "|".join(re.escape(one) for one in self._prefixes)
        self._mistyped = re.compile(rf"({some})[A-Za-z0-9]{{{RANDOM_LENGTH},}}")

    def clean(self, text: str) -> str:
        """Return the text without anything that opens a door."""
        for value in sorted(self._known, key=len, reverse=True):
            text = text.replace(value, HIDDEN)
        for named in _NAMED:
            text = named.sub(rf"\1{HIDDEN}", text)
        text = _RUN.sub(self._without_keys, text)
        text = self._mistyped.sub(rf"\1{HIDDEN}", text)
        return _FOREIGN.sub(HIDDEN, text)

    def _without_keys(self, found: re.Match[str]) -> str:
        """Shorten each key inside a run of key characters to its prefix and last four."""
        if len(found[0]) > LONGEST_RUN:
            return HIDDEN
        word, kept, at = found[0], "", 0
        while at + TAIL <= len(word):
            if self._is_key(word, at):
                kept += word[:at] + "…" + word[at + TAIL - 4 : at + TAIL]
                word, at = word[at + TAIL :], 0
            else:
                at += 1
        return kept + word

    def _is_key(self, word: str, at: int) -> bool:
        """Say whether the 36 characters from `at` end a key, whatever prefix stands before them."""
        body, check = word[at : at + RANDOM_LENGTH], word[at + RANDOM_LENGTH : at + TAIL]
        if not (body + check).isalnum():
            return False
        before = (word[start:at] for start in range(at, max(-1, at - LONGEST_PREFIX - 1), -1))
        return any(checksum(prefix + body) == check for prefix in (*before, *self._prefixes))


def without_keys(text: str) -> str:
    """Return a text that a person wrote without the keys they pasted into it."""
    return Redactor().clean(text)
