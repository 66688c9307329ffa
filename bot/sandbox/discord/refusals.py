"""What Discord answers when it refuses: its codes, its words, and the tree of a bad form."""

from enum import Enum
from typing import Any

Path = tuple[str | int, ...]


class Code(Enum):
    """Discord's JSON error codes: HTTP status, code, message."""

    UNAUTHORIZED = (401, 0, "401: Unauthorized")
    NOT_FOUND = (404, 0, "404: Not Found")
    METHOD = (405, 0, "405: Method Not Allowed")
    UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
    UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
    UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
    UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
    UNKNOWN_ROLE = (404, 10011, "Unknown Role")
    UNKNOWN_USER = (404, 10013, "Unknown User")
    UNKNOWN_EMOJI = (400, 10014, "Unknown Emoji")
    UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
    UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
    UNKNOWN_COMMAND = (404, 10063, "Unknown application command")
    TOO_MANY_COMMANDS = (400, 30032, "Maximum number of application commands reached (100).")
    OLD_EDITS = (429, 30046, "Maximum number of edits to messages older than 1 hour reached.")
    FILE_TOO_LARGE = (413, 40005, "Request entity too large")
    ALREADY_ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
    MISSING_ACCESS = (403, 50001, "Missing Access")
    NOT_THE_AUTHOR = (403, 50005, "Cannot edit a message authored by another user")
    EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
    CLOSED_TO_MESSAGES = (403, 50007, "Cannot send messages to this user")
    MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
    WEBHOOK_TOKEN = (401, 50027, "Invalid Webhook Token")
    FORM = (400, 50035, "Invalid Form Body")
    THREAD_ARCHIVED = (400, 50083, "Thread is archived")
    BAD_JSON = (400, 50109, "The request body contains invalid JSON.")
    NO_HISTORY = (400, 160002, "Cannot reply without permission to read message history")
    THREAD_EXISTS = (400, 160004, "A thread has already been created for this message")


class Refusal(Exception):
    """A request that Discord turns down."""

    def __init__(self, code: Code, *, errors: dict[str, Any] | None = None) -> None:
        self.status, self.code, self.message = code.value
        self.errors = errors
        super().__init__(f"{self.status} {self.code} {self.message}")

    @property
    def body(self) -> dict[str, Any]:
        """Write the refusal as Discord does."""
        plain: dict[str, Any] = {"message": self.message, "code": self.code}
        return plain | ({"errors": self.errors} if self.errors else {})


class Refused(Exception):
    """Discord itself does not let a person do this; the text says why."""


class Form:
    """Collects what is wrong with a body, then refuses it in one go with code 50035."""

    def __init__(self) -> None:
        self._tree: dict[str, Any] = {}

    def wrong(self, path: Path, code: str, message: str) -> None:
        """Note one problem at a place in the body."""
        node = self._tree
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def done(self) -> None:
        """Refuse if anything was wrong."""
        if self._tree:
            raise Refusal(Code.FORM, errors=self._tree)

    def required(self, path: Path) -> None:
        """Note that a field is missing."""
        self.wrong(path, "BASE_TYPE_REQUIRED", "This field is required")

    def choice(self, path: Path, value: Any, allowed: tuple[int | str, ...]) -> bool:
        """Check that a value is one of those allowed."""
        if value in allowed and not isinstance(value, bool):
            return True
        words = ", ".join(map(str, allowed))
        self.wrong(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{words}}}.")
        return False

    def text(
        self, path: Path, value: Any, least: int, most: int, *, required: bool = False
    ) -> None:
        """Check a string's length in characters."""
        if value is None or (value == "" and not required):
            if required:
                self.required(path)
        elif not isinstance(value, str):
            self.wrong(path, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
        elif required and not value:
            self.required(path)
        else:
            self._size(path, len(value), least, most)

    def items(self, path: Path, value: Any, least: int, most: int) -> list[Any]:
        """Check a list's length and hand the list on, empty where it is none."""
        if not isinstance(value, list):
            self.wrong(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType.")
            return []
        self._size(path, len(value), least, most)
        return value

    def number(self, path: Path, value: Any, least: int, most: int) -> None:
        """Check that an optional whole number is within its bounds."""
        if value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif value < least:
            message = f"int value should be greater than or equal to {least}."
            self.wrong(path, "NUMBER_TYPE_MIN", message)
        elif value > most:
            message = f"int value should be less than or equal to {most}."
            self.wrong(path, "NUMBER_TYPE_MAX", message)

    def _size(self, path: Path, size: int, least: int, most: int) -> None:
        if least <= size <= most:
            return
        if least:
            message = f"Must be between {least} and {most} in length."
            self.wrong(path, "BASE_TYPE_BAD_LENGTH", message)
        else:
            self.wrong(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
