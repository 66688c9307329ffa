"""The wheel, installed elsewhere: everything it needs is inside."""

import subprocess
import sys
import venv
from pathlib import Path

import discord
import httpx
import pytest

from tests.fakes.person import at_the_page
from tests.fakes.program import PATIENCE, ROOT, Launcher, bearer


def run(*command: str | Path, at: Path) -> str:
    done = subprocess.run(command, cwd=at, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `latchkey` command of a fresh environment that has the wheel, and our libraries."""
    at = tmp_path_factory.mktemp("wheel")
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", at, ROOT)
    run(sys.executable, *build, at=at)
    [wheel] = at.glob("latchkey-*.whl")
    venv.create(at / "env", with_pip=False)
    [packages] = (at / "env").glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(f"{Path(discord.__file__).parents[1]}\n")
    pip = (sys.executable, "-m", "pip", "--python", at / "env" / "bin" / "python")
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", "--ignore-installed", wheel, at=at)
    return at / "env" / "bin" / "latchkey"


@pytest.fixture
def elsewhere(launcher: Launcher, installed: Path, tmp_path: Path) -> Launcher:
    """Starts the installed command in a folder where somebody has a `bot` of their own."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "__init__.py").write_text('raise RuntimeError("This is my bot.")\n')
    launcher.command, launcher.source = (str(installed),), None
    return launcher


async def test_the_sandbox_starts_from_the_wheel_beside_somebody_elses_bot(
    elsewhere: Launcher, tmp_path: Path
) -> None:
    program = await elsewhere.start("sandbox")
    page = (await program.says(r"Page: (http://\S+)"))[1]
    async with at_the_page(page) as newcomer:
        key = await newcomer.key("gen_key")
    elsewhere.secrets.add(key)

    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        answers = [
            await client.get(url, headers=bearer(key))
            for url in (
                page,
                f"{page}/static/main.js",
                f"{program.url}/docs",
                f"{program.url}/check",
            )
        ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200]
    assert await program.stop() == 0
    assert names_in(tmp_path) == ["bot"]


def test_the_code_that_runs_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    asked = "import bot.storage.migrate as m; print(m.__file__, m.folder())"

    code, migrations = run(installed.with_name("python"), "-c", asked, at=tmp_path).split()

    assert Path(code).is_relative_to(installed.parents[1])
    assert Path(migrations).is_relative_to(installed.parents[1])
    assert list(Path(migrations).glob("versions/0001_*.py"))
