"""What `latchkey doctor` wrote, read back."""

import asyncio
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bot.doctor.visit import visit

LINE = re.compile(r"(ok|warn|fail) {2,4}(.{12,}?)  (.+)")


class Found(NamedTuple):
    """One line."""

    mark: str
    about: str
    text: str


@dataclass(frozen=True)
class Report:
    """The exit code, and the lines."""

    code: int
    written: str

    @property
    def lines(self) -> list[Found]:
        """Read every line but the sum."""
        *lines, blank, _ = self.written.splitlines()
        assert blank == "", self.written
        found = [LINE.fullmatch(line) for line in lines]
        assert all(found), self.written
        return [Found(one[1], one[2].strip(), one[3]) for one in found if one]

    def marked(self, *marks: str) -> list[Found]:
        """Return the lines with one of these marks."""
        return [line for line in self.lines if line.mark in marks]

    def about(self, what: str) -> list[Found]:
        """Return the lines about something."""
        return [line for line in self.lines if line.about == what]


async def visited(folder: Path, environ: Mapping[str, str]) -> Report:
    """Let the doctor look, in a thread with a loop of its own, as the command does."""
    out = io.StringIO()
    code = await asyncio.to_thread(visit, environ, folder, out)
    return Report(code, out.getvalue())
