"""The event loops of these tests are watched; what blocks them is told at the end of the run."""

from collections.abc import Iterator

import pytest

from tests.fakes.watchdog import Watchdog

WATCHDOG = pytest.StashKey[Watchdog]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's watchdog."""
    config.stash[WATCHDOG] = Watchdog()


@pytest.fixture(scope="session", autouse=True)
def watchdog(pytestconfig: pytest.Config) -> Iterator[Watchdog]:
    """Watch from the first test of the doors to the last."""
    with pytestconfig.stash[WATCHDOG].watching() as watching:
        yield watching


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Tell the watchdog which test runs."""
    item.config.stash[WATCHDOG].where = item.nodeid
    return (yield)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Tell what blocked an event loop; nothing fails by it."""
    watchdog = config.stash[WATCHDOG]
    if watchdog.callbacks:
        terminalreporter.section("event loops")
        for line in watchdog.report():
            terminalreporter.write_line(line)
