"""How an answer that broke off goes on: what of it stands, and where the rest is joined. Pure."""

import re

from bot.cogs.chat.split import FENCE

# English whatever the member speaks: models follow it best, and answer in the answer's language.
ORDER = (
    "Go on with your last message from exactly where it stops. Repeat nothing of it, announce "
    "nothing, and leave no code block open that was open there."
)
LONGEST_WORD = 60  # characters; longer runs are addresses, or written without blanks
_WORD = re.compile(r"[\w'\-]+\Z")
_REOPENED = re.compile(r"\A\s*```[\w+#.-]*\n")


def kept(text: str) -> str:
    """Return the text without the word, or the line of code, in which it broke off."""
    if _in_code(text):
        line = text.rfind("\n") + 1
        return text[:line] if _in_code(text[:line]) else text
    torn = _WORD.search(text)
    if torn is None or torn.start() == 0 or len(torn[0]) > LONGEST_WORD:
        return text
    return text[: torn.start()]


def joined(before: str, more: str) -> str:
    """Return both as one text; `before` is what was kept."""
    if not before or not more:
        return before or more
    if _in_code(before):
        return before + _REOPENED.sub("", more)
    if before[-1].isspace():
        return before + more.lstrip(" ")
    return before + (more if more[0].isspace() else f" {more}")


def _in_code(text: str) -> bool:
    return text.count(FENCE) % 2 == 1
