"""The real alert service on a free port with a seeded street, and Debian's Chromium to look at it.

The service lives in a story of its own (SHOUWANG_PACE): it is always the same autumn afternoon, so that
pictures taken at night show daylight hours.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SHOUWANG = str(Path(sys.executable).with_name("shouwang"))
TOLD = datetime.fromisoformat("2026-11-12T14:38:00+08:00")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True, slots=True)
class Centre:
    """A running alert service: where it listens, and how to make things happen in it."""

    url: str
    folder: Path

    def tell(self, *words: str) -> str:
        """Run a command of street.py beside the service."""
        return run(
            self.folder, sys.executable, str(HERE / "street.py"), str(self.folder / "alerts.toml"), *words
        )


def environment(folder: Path) -> dict[str, str]:
    """What the service and its story read."""
    return {
        **os.environ,
        "SHOUWANG_ALERTS": str(folder / "alerts.toml"),
        "SHOUWANG_PACE": str(folder / "pace.json"),
        "DJANGO_SETTINGS_MODULE": "alerts.settings",
        "PYTHONPATH": str(ROOT),
    }


def run(folder: Path, *command: str) -> str:
    """A program that must succeed; what it printed."""
    done = subprocess.run(command, env=environment(folder), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tables and the seeded street, for each test to copy."""
    folder, real = tmp_path_factory.mktemp("street"), datetime.now(UTC)
    points = [(real + timedelta(days=n), TOLD + timedelta(days=n)) for n in (0, 1)]
    (folder / "pace.json").write_text(json.dumps([[a.isoformat(), b.isoformat()] for a, b in points]))
    settle(folder, free_port())
    run(folder, SHOUWANG, "alerts", "init", "--config", str(folder / "alerts.toml"))
    Centre("", folder).tell("seed")
    return folder


def settle(folder: Path, port: int) -> None:
    """The settings of a service that listens on this port; no broker, for no gateway speaks here."""
    (folder / "alerts.toml").write_text(
        f"""
[service]
data = "data"
secret_file = "secret.key"
base_url = "http://127.0.0.1:{port}"
listen = "127.0.0.1:{port}"
[channels.log]
file = "sent.jsonl"
"""
    )


@pytest.fixture
def centre(street: Path, tmp_path: Path) -> Iterator[Centre]:
    """The service over a seeded street, nothing open yet."""
    folder, port = tmp_path / "centre", free_port()
    shutil.copytree(street, folder)
    settle(folder, port)
    one = Centre(f"http://127.0.0.1:{port}", folder)
    command = [SHOUWANG, "alerts", "run", "--only", "escalator,courier,web"]
    with (folder / "service.log").open("wb") as log:
        service = subprocess.Popen(command, env=environment(folder), stdout=log, stderr=log)
    try:
        _healthy(one, service)
        yield one
    finally:
        service.terminate()
        service.wait(15)


def _healthy(centre: Centre, service: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(f"{centre.url}/health", timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until or service.poll() is not None:
                raise RuntimeError((centre.folder / "service.log").read_text()) from None
            time.sleep(0.05)


@pytest.fixture(scope="module")  # while it runs, this thread has an event loop, which other tests cannot bear
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    binary = shutil.which("chromium")
    if binary is None:
        pytest.skip("Debian's chromium is not installed")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=binary, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True)
class Eyes:
    """Opens pages in a browser of a given size, and keeps what the browser complains about."""

    browser: Browser
    contexts: list[BrowserContext]
    complaints: list[str]

    def page(
        self,
        width: int = 1280,
        height: int = 800,
        language: str = "zh-CN",
        scheme: str = "light",
        scale: float = 1,
    ) -> Page:
        """A page in a context of its own."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            device_scale_factor=scale,
            color_scheme="dark" if scheme == "dark" else "light",
        )
        self.contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self.complaints.append(said.text)

    def signed_in(self, centre: Centre, **how: object) -> Page:
        """A page that shows the live board."""
        page = self.page(**how)  # type: ignore[arg-type]
        page.goto(centre.url)
        page.fill("[name=username]", "desk")
        page.fill("[name=password]", "keep-watch-3")
        page.click("button.primary")
        page.wait_for_selector("#live.on")
        return page


@pytest.fixture
def eyes(chromium: Browser) -> Iterator[Eyes]:
    """Browser pages; a script error, a policy violation or a missing file fails the test."""
    one = Eyes(chromium, [], [])
    yield one
    for context in one.contexts:
        context.close()
    assert one.complaints == []
