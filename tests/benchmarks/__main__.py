"""`python -m tests.benchmarks` runs every benchmark, one after the other, each in a process."""

import subprocess
import sys

BENCHMARKS = {
    "http": "the HTTP API against a bare proxy of the same stack",
    "ledger": "durable holds + settles, against a transaction for each operation",
    "discord": "interactions through the loopback Discord",
    "memory": "resident memory, the bot connected",
    "community": "commands and a month's end with 100,000 members",
}


def main() -> int:
    """Print every benchmark's table; return how many of them failed."""
    failed = 0
    for name, words in BENCHMARKS.items():
        print(f"\n## {name}: {words}\n", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"]).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
