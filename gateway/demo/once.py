"""`shouwang demo --once`: plays the bad day through the real programs, judges it by what they recorded."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from gateway.demo.agenda import Agenda, Do
from gateway.demo.bad_day import BadDay, Scene
from gateway.demo.home import Message
from gateway.demo.papers import ZONE, Papers
from gateway.demo.phone import Phone
from gateway.demo.sms import Text
from gateway.demo.stage import Stage
from gateway.demo.telling import pace
from gateway.demo.verdict import Evidence, Verdict, judge, unexpected
from gateway.demo.workers import Part, Workers
from rules.pace import Pace

_AFTER = timedelta(minutes=30)  # of the story, for what is still on its way when it ends: 20 s

_LOOK = timedelta(seconds=20)  # of the story, between two looks at whether all is closed


@dataclass(slots=True)
class Once:
    """One performance."""

    stage: Stage
    day: BadDay
    agenda: Agenda
    console: Console
    began: dict[str, datetime] = field(default_factory=dict)
    workers: Workers = field(init=False)

    def __post_init__(self) -> None:
        self.workers = Workers(self.agenda, self.stage.provider, Phone(self.console), self._cast)
        self.stage.provider.on_text = self.workers.take

    def play(self) -> None:
        """The whole day. Raises ChildError if a program ends that was not killed by the script."""
        for scene in self.day.scenes:
            self.agenda.at(scene.at - timedelta(seconds=20), self._announcing(scene))
        killed, again = self.day.down
        self.agenda.at(killed, self._kill)
        self.agenda.at(again, self._restart)
        now = self.agenda.now()  # what a slow start has missed did not happen: late, it would be news
        self.agenda.follow((m for m in self.day.messages() if m.at >= now), self._publish)
        self.agenda.at(self.day.end, self._end)
        self.agenda.run(self.stage.gateway.check)

    def _publish(self, message: Message) -> None:
        for scene in self.day.scenes:
            if scene.begins(message):
                self.began[scene.key] = datetime.now(UTC)
        self.stage.radio.say(message.topic, message.payload)

    def _cast(self, text: Text) -> Part | None:
        """Who goes in this scene goes when the text is theirs."""
        now = self.agenda.now()
        scene = [scene for scene in self.day.scenes if scene.at <= now][-1:]
        if not scene or scene[0].phone != text.to:
            return None
        one = scene[0]
        return Part((("1", one.going), ("3", one.there), (one.cause, one.done)))

    def _announcing(self, scene: Scene) -> Do:
        return lambda: self.console.rule(f"[bold]{scene.at:%H:%M}  {scene.title}")

    def _kill(self) -> None:
        self.console.print("[red]20:00  kill -9 of the centre")
        self.stage.centre.kill()

    def _restart(self) -> None:
        self.console.print("[green]20:05  the centre is started again")
        self.stage.centre.start()

    def _end(self) -> None:
        """The story is over; what is on its way may still arrive."""
        late = self.agenda.now() > self.day.end + _AFTER
        if late or (self.stage.centre.running and not self.stage.ledger.open_cases()):
            self.agenda.stop()
        else:
            self.agenda.soon(_LOOK, self._end)


def play(folder: Path, console: Console, today: date) -> bool:
    """Play `today` as the bad day in this folder and print what came of it; True if nothing is missing."""
    began = time.monotonic()
    day = BadDay(today, ZoneInfo(ZONE))
    with Stage(Papers(folder), heartbeat="1s", linger="0s", silent="1d", login=False) as stage:
        console.print(f"the stage is set after {time.monotonic() - began:.1f} s; curtain")
        agenda = Agenda(_pace(day, time.monotonic() - began))
        once = Once(stage, day, agenda, console)
        stage.open(agenda.pace)
        if agenda.now() > day.begin:
            console.print("[yellow]this machine is slow today: the first minutes of the day are missing")
        once.play()
        evidence = Evidence(once.began, stage.provider.texts, once.workers.names, agenda.pace)
        cases = stage.ledger.cases()
    verdicts = judge(day.scenes, cases, evidence)
    strange = unexpected(day.scenes, cases, evidence)
    _report(console, verdicts, strange, time.monotonic() - began)
    return not strange and not any(verdict.missing for verdict in verdicts)


def _pace(day: BadDay, setting: float) -> Pace:
    """The story begins once the programs have had time to start, by what setting the stage took."""
    start = datetime.now(UTC) + timedelta(seconds=1.5 + 1.5 * setting)
    return pace(start, day.begin, day.stretches())


def _report(console: Console, verdicts: Sequence[Verdict], strange: Sequence[str], seconds: float) -> None:
    table = Table(title="the day, as the centre has it on record", title_justify="left")
    for head in (
        "what happened",
        "finding",
        "texts",
        "sensor → text",
        "text → answered",
        "text → closed",
        "",
    ):
        table.add_column(head, justify="right" if "→" in head or head == "texts" else "left")
    for verdict in verdicts:
        table.add_row(*_row(verdict))
    console.print(table)
    for word in strange:
        console.print(f"[red]{word}")
    if not strange and not any(verdict.missing for verdict in verdicts):
        console.print(f"[green]{len(verdicts)} alerts, each raised, sent, answered and closed exactly once")
    console.print(
        f"{seconds:.1f} s of wall time; latencies are wall time, the people take their time in the story's"
    )


def _row(verdict: Verdict) -> tuple[str, ...]:
    scene = verdict.scene
    came = "[green]yes" if not verdict.missing else "[red]" + "; ".join(verdict.missing)
    spans = (verdict.to_text, verdict.to_answer, verdict.to_close)
    return (
        f"{scene.at:%H:%M} {scene.title}",
        scene.key.partition(":")[0],
        str(verdict.texts),
        *(f"{span / timedelta(milliseconds=1):.0f} ms" if span is not None else "-" for span in spans),
        came,
    )
