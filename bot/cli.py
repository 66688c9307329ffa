"""The command `latchkey`: what to start, and one plain line for everything that cannot start."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot import __version__
from bot.core.errors import StartFailed
from bot.core.redaction import Redactor
from bot.settings.environment import Part
from bot.settings.load import Settings, load

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    asked = _parser().parse_args(argv)
    try:
        code = _answer(asked, os.environ)
    except StartFailed as failed:
        sys.stderr.write(f"{failed.sentence}\n")
        code = failed.code
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="latchkey",
        description="A Discord bot that hands out API keys, and the HTTP API they open.",
    )
    parser.add_argument("--version", action="version", version=f"latchkey {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run the bot, the HTTP API and the jobs")
    run.add_argument(
        "--only",
        action="append",
        choices=[part.value for part in Part],
        help="run this part alone (repeatable)",
    )
    sandbox = commands.add_parser("sandbox", help="try it with nothing to sign up for")
    sandbox.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep the database in DIR; the channels begin empty",
    )
    database = commands.add_parser("db", help="look after the database")
    actions = database.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("upgrade", help="apply the migrations that are missing")
    commands.add_parser("doctor", help="say what is wrong, and how to mend it")
    rekey = commands.add_parser("rekey", help="seal everything under the newest secret")
    rekey.add_argument("--lost", action="store_true", help="accept that an old secret is lost")
    return parser


def _answer(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Do what was asked; each road imports only what it needs."""
    match asked.command:
        case "run":
            return _run(frozenset(map(Part, asked.only or Part)), environ)
        case "sandbox":
            from bot.sandbox.run import main as sandbox

            return sandbox(asked.keep, environ)
        case "db":
            return _upgrade(environ)
        case "doctor":
            from bot.doctor.visit import visit

            return visit(environ, Path.cwd(), sys.stdout)
        case _:
            return _rekey(environ, lost=asked.lost)


def _run(parts: frozenset[Part], environ: Mapping[str, str]) -> int:
    settings, redactor = _settings(environ, parts)
    from bot.process import run

    return run(settings, parts, redactor)


def _upgrade(environ: Mapping[str, str]) -> int:
    settings, _ = _settings(environ, frozenset())
    from bot.process import upgrade

    return upgrade(settings)


def _rekey(environ: Mapping[str, str], *, lost: bool) -> int:
    settings, redactor = _settings(environ, frozenset())
    from bot.process import rekey

    return rekey(settings, redactor, lost=lost)


def _settings(environ: Mapping[str, str], parts: frozenset[Part]) -> tuple[Settings, Redactor]:
    """Return sound settings, and what hides their secrets from the log that speaks from now on."""
    from bot.core.log import set_up

    terminal = sys.stderr.isatty()
    settings = load(environ, parts=parts, cwd=Path.cwd(), terminal=terminal)
    redactor = Redactor()
    redactor.learn(*settings.unspeakable)
    set_up(settings.environment.log, redactor)
    return settings, redactor
