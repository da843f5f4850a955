"""What all tests share: Debian's Mosquitto on a free port, and no test skipped in silence."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.paths import config_dir

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"  # where Debian puts daemons; not on everybody's PATH
NEEDS = {"mosquitto": ("mosquitto",), "chromium": ("chromium", "chromium-browser", "google-chrome")}


def program(name: str) -> str | None:
    """Where a program of the system lies."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SBIN}")


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


@dataclass(slots=True)
class Mosquitto:
    """Debian's Mosquitto with the edge's drop-in, as a child process that may be killed."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    host: str = "127.0.0.1"

    def start(self) -> None:
        """Run it, and return when it listens."""
        binary = program("mosquitto")
        assert binary
        command = [binary, "-c", str(self.folder / "mosquitto.conf")]
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self._listening(time.monotonic() + 10)

    def kill(self) -> None:
        """`kill -9`."""
        self._end("kill")

    def stop(self) -> None:
        """As systemd would stop it."""
        self._end("terminate")

    def restart(self) -> None:
        """Kill it if it runs, and run it again on the same port and store."""
        self.kill()
        self.start()

    def _end(self, how: str) -> None:
        if self.process is not None:
            getattr(self.process, how)()
            self.process.wait(10)
            self.process = None

    def _listening(self, until: float) -> None:
        while True:
            try:
                socket.create_connection((self.host, self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > until or (self.process and self.process.poll() is not None):
                    raise RuntimeError((self.folder / "mosquitto.log").read_text()) from None
                time.sleep(0.02)


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """Debian's Mosquitto, running: host, port, kill(), restart(), stop(), start()."""
    if program("mosquitto") is None:
        pytest.skip("Debian's mosquitto is not installed")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = Mosquitto(folder, free_port())
    own = [
        f"listener {broker.port} 127.0.0.1",
        "allow_anonymous true",
        f"persistence_location {folder}/",
        "user root" if os.geteuid() == 0 else "",
    ]
    drop_in = (config_dir() / "broker" / "mosquitto-edge.conf").read_text("utf-8")
    (folder / "mosquitto.conf").write_text("\n".join([drop_in, *own, ""]), "utf-8")
    broker.start()
    yield broker
    broker.stop()
