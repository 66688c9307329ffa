"""What the doctor writes: a line each, coloured on a terminal, without any secret."""

import os
from dataclasses import dataclass, field
from typing import TextIO

from bot.core.redaction import Redactor
from bot.words.verdict import Line, Mark

COLOURS = {Mark.OK: "\033[32m", Mark.WARN: "\033[33m", Mark.FAIL: "\033[31m"}
PLAIN = "\033[0m"
MARK_WIDTH, ABOUT_WIDTH = 4, 12


@dataclass
class Paper:
    """Writes lines as they are found, and counts them."""

    out: TextIO
    redactor: Redactor
    counts: dict[Mark, int] = field(default_factory=lambda: dict.fromkeys(Mark, 0))

    def write(self, line: Line) -> None:
        """Write a line."""
        self.counts[line.mark] += 1
        mark = f"{line.mark:{MARK_WIDTH}}"
        if self._coloured:
            mark = f"{COLOURS[line.mark]}{mark}{PLAIN}"
        text = " ".join(self.redactor.clean(line.text).split())
        self._put(f"{mark}  {line.about:{ABOUT_WIDTH}}  {text}\n")

    def close(self) -> int:
        """Write the sum, and return the exit code."""
        fails, warns = self.counts[Mark.FAIL], self.counts[Mark.WARN]
        if fails:
            said = f"{fails} to mend before Latchkey works, {warns} to look at."
        else:
            said = f"Nothing keeps Latchkey from working; {warns} to look at."
        self._put(f"\n{said}\n")
        return 1 if fails else 0

    def _put(self, text: str) -> None:
        try:
            self.out.write(text)
            self.out.flush()
        except BrokenPipeError:  # whoever read along has read enough, such as `head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.out.fileno())

    @property
    def _coloured(self) -> bool:
        return self.out.isatty() and not os.environ.get("NO_COLOR")
