"""What of a Responses body cannot be done here.

Invalid
├── NothingStored    it leans on something that an earlier call would have left behind
├── NoBackground     it wants to be answered later
├── UnknownItem      an item of the input that is neither a message nor about functions
├── UnknownPart      a part of a message that no chat has
├── UnknownTool      a tool that would have to run here
└── NoWeb            web_search for a model that has no access to the network
"""

from collections.abc import Sequence
from typing import Any

from bot.core.errors import Invalid

LONGEST_NAME = 40  # characters of a caller's own word that are repeated


class NothingStored(Invalid):
    """Nothing is kept between calls, so nothing can be referred to."""

    message_id = "responses.nothing_stored"


class NoBackground(Invalid):
    """Answers are given at once or not at all."""

    message_id = "responses.no_background"

    def __init__(self) -> None:
        super().__init__(param="background")


class UnknownItem(Invalid):
    """An item of a type that has no place in a chat."""

    message_id = "responses.unknown_item"

    def __init__(self, param: str, kind: Any) -> None:
        """Name the item's place and its type."""
        super().__init__(param=param, kind=named(kind))


class UnknownPart(Invalid):
    """A part of a message of a type that has no place in a chat."""

    message_id = "responses.unknown_part"

    def __init__(self, param: str, kind: Any) -> None:
        """Name the part's place and its type."""
        super().__init__(param=param, kind=named(kind))


class UnknownTool(Invalid):
    """A tool that its maker runs, and that nobody runs here."""

    message_id = "responses.unknown_tool"

    def __init__(self, param: str, kind: Any) -> None:
        """Name the tool's place and its type."""
        super().__init__(param=param, kind=named(kind))


class NoWeb(Invalid):
    """The model has no access to the network; `others` do."""

    message_id = "responses.no_web"

    def __init__(self, model: str, others: Sequence[str]) -> None:
        """Name the model as the caller did, and those that can."""
        if others:
            self.message_id = "responses.no_web_but"
        told = ", ".join(f"`{name}`" for name in others)
        super().__init__(param="tools", model=model, others=told)


def named(word: Any) -> str:
    """Return a caller's own word, short enough to repeat."""
    return word[:LONGEST_NAME] if isinstance(word, str) else "missing"
