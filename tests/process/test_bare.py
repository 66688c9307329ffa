"""A process that was given nothing says what it lacks."""

import json
from pathlib import Path

from tests.fakes.program import Launcher


async def test_a_file_of_settings_that_is_not_there_is_warned_of_with_its_place(
    launcher: Launcher, tmp_path: Path
) -> None:
    program = await launcher.start("run", "--only", "api")

    await program.says(r"Nothing can be called yet.*\n")

    [line] = [line for line in program.err.splitlines() if "Nothing can be called yet" in line]
    told = json.loads(line)
    assert told["level"] == "warning"
    assert f"there is no {tmp_path / 'latchkey.toml'}" in line
    assert "LATCHKEY_CONFIG" in line
    assert await program.stop() == 0
