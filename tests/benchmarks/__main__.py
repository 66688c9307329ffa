"""`python -m tests.benchmarks` runs every benchmark, one after the other, each in a process.

`python -m tests.benchmarks discord --seconds 1` runs one alone, with its own options.
"""

import subprocess
import sys

BENCHMARKS = {
    "http": "the HTTP API against a bare proxy of the same stack",
    "ledger": "durable holds + settles, against a transaction for each operation",
    "discord": "interactions through the loopback Discord, against a bare bot",
    "memory": "resident memory, the bot connected",
    "community": "commands and a month's end with 100,000 members",
}


def main(asked: list[str]) -> int:
    """Print the tables of all benchmarks or of the one asked for; return how many failed."""
    failed, options = 0, asked[1:]
    for name in asked[:1] or BENCHMARKS:
        print(f"\n## {name}: {BENCHMARKS[name]}\n", flush=True)
        command = [sys.executable, "-m", f"tests.benchmarks.{name}", *options]
        failed += subprocess.run(command).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
