"""`shouwang demo`: yesterday in ten seconds, an SOS, and then life goes on until Ctrl-C."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.panel import Panel

from gateway.demo.agenda import Agenda
from gateway.demo.bad_day import LEADER
from gateway.demo.home import Message, day, happening
from gateway.demo.papers import ZONE, Papers
from gateway.demo.phone import Phone
from gateway.demo.routine import Act
from gateway.demo.sms import Text
from gateway.demo.stage import USER, Stage
from gateway.demo.telling import Stretch, pace
from gateway.demo.workers import Part, Workers
from rules.pace import Pace

_YESTERDAY = timedelta(days=1)
_RUSH = timedelta(seconds=12)  # real time for yesterday
_SOS = timedelta(seconds=8)  # real time after it
_START = timedelta(seconds=6)  # real time for the programs to start
_LONG = timedelta(days=30)  # real time; nobody looks at a demonstration for longer
_MINUTE = timedelta(minutes=1)
_HERE = ZoneInfo(ZONE)
# The grid worker's phone is off; her leader goes, unless you were quicker.
_PARTS = {LEADER: Part((("1", 2 * _MINUTE), ("3", 5 * _MINUTE), ("51", 4 * _MINUTE)))}


@dataclass(slots=True)
class Live:
    """One demonstration."""

    stage: Stage
    agenda: Agenda
    console: Console
    seed: int
    workers: Workers = field(init=False)

    def __post_init__(self) -> None:
        phone = Phone(self.console)
        self.workers = Workers(self.agenda, self.stage.provider, phone, self._cast, self.stage.ledger.waits)
        self.stage.provider.on_text = self.workers.take

    def run(self, begin: datetime, sos: datetime) -> None:
        """Until somebody presses Ctrl-C. Raises ChildError if a program ends."""
        self.agenda.follow(self._life(begin), self._publish)
        self.agenda.at(sos, self._press)
        if sys.stdin.isatty():
            threading.Thread(target=self._listen, daemon=True).start()
        self.agenda.run(self.stage.check)

    def _life(self, begin: datetime) -> Iterator[Message]:
        date = begin.astimezone(_HERE).date()
        while True:
            yield from (message for message in day(self.seed, date, _HERE) if message.at >= begin)
            date += timedelta(days=1)

    def _publish(self, message: Message) -> None:
        self.stage.radio.say(message.topic, message.payload)

    def _press(self) -> None:
        now = self.agenda.now()
        self.console.print(f"[bold red]{now.astimezone(_HERE):%H:%M}  王秀英 presses her SOS button")
        for message in happening(Act(now, "bedroom/sos", "emergency")):
            self._publish(message)

    def _listen(self) -> None:
        for _ in sys.stdin:
            self.agenda.at(self.agenda.now(), self._press)

    def _cast(self, text: Text) -> Part | None:
        return _PARTS.get(text.to)


@dataclass(frozen=True, slots=True)
class Course:
    """From where the story is told, how fast, and when the button is pressed."""

    begin: datetime
    pace: Pace
    sos: datetime


def play(folder: Path, console: Console, speed: float, seed: int) -> None:
    """Run it in this folder until KeyboardInterrupt. Raises ChildError if a program ends before."""
    papers = Papers(folder)
    console.print("setting the stage: broker, provider, centre, gateway, home …")
    with Stage(papers, heartbeat="1s", linger="1s", silent="12h") as stage:
        course = _course(papers, speed)
        stage.open(course.pace)
        live = Live(stage, Agenda(course.pace), console, seed)
        console.print(_welcome(stage, speed))
        try:
            live.run(course.begin, course.sos)
        finally:
            console.print("ending everything …")
            papers.story.write_text(live.agenda.now().isoformat())


def _course(papers: Papers, speed: float) -> Course:
    """Yesterday first; in a folder that was kept, the story goes on where it ended."""
    real = datetime.now(UTC) + _START
    if papers.story.exists():
        begin = rushed = datetime.fromisoformat(papers.story.read_text())
        stretches = []
    else:
        begin, rushed = real - _YESTERDAY, real
        stretches = [Stretch(rushed, _YESTERDAY / _RUSH)]
    told = pace(real, begin, [*stretches, Stretch(rushed + _LONG * speed, speed)])
    return Course(begin, told, rushed + _SOS * speed)


def _welcome(stage: Stage, speed: float) -> Panel:
    lines = [
        f"console   [bold link={stage.doors.base}]{stage.doors.base}[/]",
        f"login     [bold]{USER}[/]   password [bold]{stage.password}[/]",
        f"clock     yesterday in {_RUSH.seconds} s, then {speed:g} times as fast as life",
        "",
        "In half a minute somebody presses her SOS button. Texts appear here as on a phone:",
        "open the link in one of them and go yourself, or wait and see who does.",
        "[bold]Enter[/] presses the button again, [bold]Ctrl-C[/] ends everything.",
    ]
    return Panel("\n".join(lines), title="守望 Shouwang", border_style="cyan", padding=(1, 2))
