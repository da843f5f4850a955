"""`shouwang demo` as somebody runs it who has just cloned the project."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest

pytestmark = pytest.mark.slow
DEMO = [sys.executable, "-c", "from gateway.cli import main; main()", "demo"]
TWO_MINUTES = 120.0
Running: TypeAlias = tuple[subprocess.Popen[bytes], Path]


DEAF = ("sh", "-c", 'trap "" INT; exec "$@"', "deaf")  # as a shell without job control starts "… &"


@contextmanager
def running(folder: Path, *before: str, end: signal.Signals = signal.SIGINT) -> Iterator[Running]:
    """A demonstration, and the file of what it prints; ended by Ctrl-C, or by `end`."""
    said = folder / "said"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [*before, *DEMO, "--keep", str(folder / "kept")], stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )
    try:
        yield process, said
    finally:
        process.send_signal(end)
        process.wait(30)


def wait(said: Path, pattern: str, process: subprocess.Popen[bytes], patience: float = 60.0) -> re.Match[str]:
    deadline = time.monotonic() + patience
    while True:
        if found := re.search(pattern, said.read_text("utf-8")):
            return found
        assert process.poll() is None, said.read_text("utf-8")
        assert time.monotonic() < deadline, said.read_text("utf-8")
        time.sleep(0.2)


def left_over(folder: Path) -> str:
    """The processes that still name this folder."""
    return subprocess.run(["pgrep", "-af", str(folder)], capture_output=True, text=True, check=False).stdout


def test_a_newcomer_sees_an_alert_on_the_console(tmp_path: Path) -> None:
    """Within two minutes, at the printed address, with the printed login."""
    began = time.monotonic()
    with running(tmp_path) as (process, said):
        base = wait(said, r"http://127\.0\.0\.1:\d+", process)[0]
        login = wait(said, r"login +(\w+) +password (\w+)", process)
        wait(said, "按SOS求助", process)
        board = console(base, login[1], login[2])
        assert "王秀英" in board
        assert "3幢402" in board
        assert time.monotonic() - began < TWO_MINUTES
        link = wait(said, r"/w/\w{12}", process)[0]
        assert "王秀英" in httpx.get(base + link).text
    assert process.returncode == 0
    assert "nothing is left running" in said.read_text("utf-8")
    assert left_over(tmp_path) == ""


@pytest.mark.parametrize(("before", "end"), [(DEAF, signal.SIGINT), ((), signal.SIGTERM)])
def test_it_ends_in_order_whoever_ends_it(
    tmp_path: Path, before: tuple[str, ...], end: signal.Signals
) -> None:
    """In the background of a script, where Ctrl-C was inherited as ignored; and by a plain `kill`."""
    with running(tmp_path, *before, end=end) as (process, said):
        wait(said, "password", process)
    assert process.returncode == 0
    assert "nothing is left running" in said.read_text("utf-8")
    assert left_over(tmp_path) == ""


def console(base: str, name: str, password: str) -> str:
    """The board, after logging in as a browser would."""
    with httpx.Client(base_url=base, follow_redirects=True) as browser:
        page = browser.get("/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token, page.text
        form = {"username": name, "password": password, "csrfmiddlewaretoken": token[1], "next": "/"}
        browser.post(str(page.url), data=form, headers={"Referer": str(page.url)})
        return browser.get("/").text


def test_a_kill_leaves_no_child(tmp_path: Path) -> None:
    with running(tmp_path) as (process, said):
        wait(said, "password", process)
        process.kill()
        process.wait()
        deadline = time.monotonic() + 10
        while left_over(tmp_path):
            assert time.monotonic() < deadline, left_over(tmp_path)
            time.sleep(0.1)


def test_one_bad_day_is_raised_sent_answered_and_closed_exactly_once(tmp_path: Path) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [*DEMO, "--once", "--keep", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 alerts, each raised, sent, answered and closed exactly once" in done.stdout
    assert time.monotonic() - began < 75, "60 s on a machine that does nothing else"
    assert left_over(tmp_path) == ""
