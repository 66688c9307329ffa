"""A real PostgreSQL of the test run's own: started once, a fresh database for each test."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


def binaries() -> Path | None:
    """Return the folder with initdb and pg_ctl, newest version first, if there is one."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda at: int(at.parent.name))
    found = [at for at in reversed(debian) if (at / "initdb").exists()]
    if found:
        return found[0]
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def running(at: Path, settings: str = QUICK) -> Iterator[str]:
    """Start a server in a temporary folder; yields the URL of its template database."""
    owner = {"user": "postgres"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="latchkey-pg-", ignore_cleanup_errors=True) as folder:
        if owner:
            shutil.chown(folder, "postgres")
        data, port = Path(folder) / "data", _free_port()

        def run(*command: str) -> None:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=60, **owner
            )
            assert done.returncode == 0, done.stderr or done.stdout

        run(str(at / "initdb"), "-D", str(data), "-A", "trust", "-U", "latchkey", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {settings}"
        control = [str(at / "pg_ctl"), "-D", str(data), "-w", "-l", f"{folder}/log"]
        run(*control, "-o", options, "start")
        try:
            yield f"postgresql+asyncpg://latchkey@127.0.0.1:{port}/postgres"
        finally:
            run(*control, "-m", "immediate", "stop")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
