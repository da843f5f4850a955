"""What all tests share: Debian's Mosquitto on a free port, and no test skipped in silence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import brokers
import pytest
from brokers import Mosquitto, program

NEEDS = {"mosquitto": ("mosquitto",), "chromium": ("chromium", "chromium-browser", "google-chrome")}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test whose program is not here is skipped, with the reason."""
    missing = {marker for marker, names in NEEDS.items() if not any(map(program, names))}
    for item in items:
        for marker in missing.intersection(mark.name for mark in item.iter_markers()):
            item.add_marker(pytest.mark.skip(reason=f"Debian's {marker} is not installed"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name each skipped test and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("failures: skipped in CI" if _in_ci() else "skipped")
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.line(f"{report.nodeid}: {str(reason).removeprefix('Skipped: ')}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a test that did not run is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if _in_ci() and exitstatus == 0 and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true")


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """Debian's Mosquitto, running: host, port, kill(), restart(), stop(), start()."""
    if program("mosquitto") is None:
        pytest.skip("Debian's mosquitto is not installed")
    broker = brokers.mosquitto(tmp_path / "mosquitto")
    broker.start()
    yield broker
    broker.stop()
