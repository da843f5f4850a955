"""A home's own centre: broker, alert service and gateway as one command, and what is killed comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.broker import answers, free_port
from gateway.demo.home import happening
from gateway.demo.ledger import Ledger
from gateway.demo.papers import Doors, Papers
from gateway.demo.phone import code
from gateway.demo.provider import Provider
from gateway.demo.radio import Radio
from gateway.demo.routine import Act
from gateway.standalone import FIRST, MOST, WELL, Kept, standalone

WORKER = "+8619900000001"


@dataclass
class Fake:
    """A program that can be said to be gone."""

    pid: int | None = None
    starts: int = 0

    def start(self) -> None:
        self.pid, self.starts = 1, self.starts + 1

    def stop(self) -> None:
        self.pid = None


def test_what_ends_is_started_again_ever_more_slowly() -> None:
    fake = Fake()
    kept = Kept("it", fake)
    now, waits = 0.0, []
    kept.begin(now)
    for _ in range(9):
        fake.pid, died = None, now
        while fake.pid is None:
            now += 0.5
            kept.look(now)
        waits.append(now - died)
    assert waits == sorted(waits)
    assert waits[0] <= FIRST + 1
    assert waits[-1] <= MOST + 1
    now += WELL + 1
    kept.look(now)
    fake.pid = None
    kept.look(now + 1)
    assert fake.pid is not None


def papers(folder: Path, api: str = "http://127.0.0.1:9", token: str = "t") -> tuple[Papers, Doors]:
    made, doors = Papers(folder), Doors(free_port(), free_port(), api, token, heartbeat="2s", linger="1s")
    made.write(doors)
    return made, doors


def test_two_brokers_are_refused(tmp_path: Path) -> None:
    made, doors = papers(tmp_path)
    text = made.gateway.read_text().replace(f"port = {doors.broker}\nhost", "port = 1\nhost")
    made.gateway.write_text(text)
    done = CliRunner().invoke(standalone, [str(tmp_path)])
    assert done.exit_code == 1
    assert "name the same broker in both" in done.output


def test_no_uplink_is_refused(tmp_path: Path) -> None:
    made, _ = papers(tmp_path)
    text = made.gateway.read_text()
    head, tail = text.split("[uplink]")
    made.gateway.write_text(head + tail[tail.index("[[source]]") :])
    assert "has no [uplink]" in CliRunner().invoke(standalone, [str(tmp_path)]).output


@dataclass
class Own:
    """A standalone that runs."""

    papers: Papers
    doors: Doors
    provider: Provider
    process: subprocess.Popen[bytes]
    radio: Radio

    def press(self) -> str:
        """The code of the text that a press leads to, answered and closed."""
        before = {code(t) for t in self.provider.texts}
        deadline = time.monotonic() + 40
        while True:  # at the start the gateway may not listen yet: somebody in need presses again
            for message in happening(Act(datetime.now(UTC), "bedroom/sos", "emergency")):
                self.radio.say(message.topic, message.payload)
            new = [t for t in self.provider.texts if t.to == WORKER and code(t) not in before and code(t)]
            if new:
                number = code(new[0])
                assert number
                self.provider.reply(WORKER, f"54 {number}")
                return number
            assert time.monotonic() < deadline
            time.sleep(1.1)

    def children(self, words: str) -> list[int]:
        """The processes below it whose command line holds these words."""
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid), "-f", words], capture_output=True, text=True, check=False
        )
        return [int(line) for line in found.stdout.split()]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    with Provider() as provider:
        made, doors = papers(tmp_path, provider.api, provider.token)
        provider.inbound = doors.base + "/hooks/twilio/inbound"
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", "from gateway.cli import main; main()", "standalone", str(tmp_path)],
                stdout=log,
                stderr=log,
            )
        until(lambda: answers("127.0.0.1", doors.broker), process)
        radio = Radio("127.0.0.1", doors.broker)
        radio.start()
        yield Own(made, doors, provider, process, radio)
        radio.stop()
        if process.poll() is None:
            process.terminate()
        process.wait(20)


def until(true: Callable[[], object], process: subprocess.Popen[bytes], patience: float = 40.0) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_it_watches_a_home_and_brings_back_what_is_killed(own: Own) -> None:
    own.press()
    for words in ("gateway run", "alerts run"):
        (pid,) = own.children(words)
        os.kill(pid, signal.SIGKILL)
        until(lambda words=words, pid=pid: own.children(words) not in ([], [pid]), own.process)  # type: ignore[misc]
        own.press()
    cases = Ledger(own.papers.database).cases()
    assert {case.status for case in cases} <= {"closed", "open"}
    assert len([case for case in cases if case.status == "closed"]) >= 3


@pytest.mark.slow
def test_it_ends_with_everything(own: Own) -> None:
    until(lambda: own.children("alerts run"), own.process)
    own.process.terminate()
    assert own.process.wait(20) == 0
    assert not answers("127.0.0.1", own.doors.broker)
