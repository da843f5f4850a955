"""Replays a home's recording under one or several sets of rules: what each would have found, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from rules.engine import Engine, HomeState
from rules.model import (
    Decision,
    DeviceId,
    Event,
    Fact,
    Mode,
    ModeSet,
    Raise,
    Reading,
    Severity,
    Tick,
    Unheard,
)
from rules.presence import alive

SLOT: Final = 300  # seconds; every zone's offset is a multiple of it
_RANK = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Found:
    """One finding from its first raise to its clear. `until` is None where it held to the end; `news` is
    how often it was raised again meanwhile, `severity` the worst of them, `facts` those of the first."""

    key: str
    severity: Severity
    at: datetime
    until: datetime | None
    facts: Mapping[str, Fact]
    news: int = 0

    @property
    def kind(self) -> str:
        """The rule's word for it: the key without the device; all of it in `inactivity:<word>`."""
        kind, _, rest = self.key.partition(":")
        return kind if not rest or kind != "inactivity" else self.key

    def minutes(self, end: datetime) -> float:
        """How long it held; until `end` if it still did."""
        return max(((self.until or end) - self.at).total_seconds() / 60, 0.0)


@dataclass(frozen=True, slots=True)
class Course:
    """What was recorded, and what each set of rules found in it."""

    first: datetime
    last: datetime
    events: int
    signs: Mapping[tuple[int, DeviceId], int]  # of life: (seconds since 1970 // SLOT, device) → how many
    unheard: tuple[Unheard, ...]
    modes: tuple[ModeSet, ...]
    found: tuple[tuple[Found, ...], ...]  # one row for each engine, by the time of the raise

    @property
    def days(self) -> float:
        """How long it is, in days."""
        return (self.last - self.first).total_seconds() / 86400


@dataclass(slots=True)
class _Run:
    """One set of rules on its way through the recording."""

    engine: Engine
    state: HomeState
    open: dict[str, int] = field(default_factory=dict)  # key → its place in `found`
    found: list[Found] = field(default_factory=list)

    def take(self, event: Event, now: datetime) -> None:
        """One event, and what was decided on it."""
        self.state, decisions = self.engine.step(self.state, event, now)
        for decision in decisions:
            self._note(decision)

    def _note(self, decision: Decision) -> None:
        place = self.open.get(decision.key)
        if not isinstance(decision, Raise):
            if place is not None:
                self.found[self.open.pop(decision.key)] = replace(self.found[place], until=decision.at)
        elif place is None:
            self.open[decision.key] = len(self.found)
            self.found.append(Found(decision.key, decision.severity, decision.at, None, decision.facts))
        else:
            old = self.found[place]
            worst = min(old.severity, decision.severity, key=lambda severity: _RANK[severity])
            self.found[place] = replace(old, severity=worst, news=old.news + 1)


@dataclass(slots=True)
class _Scene:
    """What was seen, whatever the rules make of it."""

    events: int = 0
    signs: Counter[tuple[int, DeviceId]] = field(default_factory=Counter)
    unheard: list[Unheard] = field(default_factory=list)
    modes: list[ModeSet] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """One event."""
        self.events += 1
        if isinstance(event, Reading):
            if alive(event):
                self.signs[int(event.at.timestamp()) // SLOT, event.device] += 1
        elif isinstance(event, ModeSet):
            self.modes.append(event)
        elif isinstance(event, Unheard):
            self.unheard.append(event)


def rehearse(
    engines: Sequence[Engine], taken: Iterable[tuple[Event, datetime]], end: datetime | None = None
) -> Course | None:
    """Fold the recording once with every engine; then let time alone go on to `end`. None if it is empty."""
    runs: list[_Run] = []
    scene = _Scene()
    first = last = datetime.min.replace(tzinfo=UTC)
    for event, now in taken:
        if not runs:
            first, runs = now, [_Run(engine, engine.start(now)) for engine in engines]
        last = max(last, now)
        scene.take(event)
        for run in runs:
            run.take(event, now)
    if not runs:
        return None
    if end is not None and end > last:
        last = end
        for run in runs:
            run.take(Tick(end), end)
    found = tuple(tuple(sorted(run.found, key=lambda one: one.at)) for run in runs)
    return Course(first, last, scene.events, scene.signs, tuple(scene.unheard), tuple(scene.modes), found)


def since(course: Course, start: datetime) -> Course:
    """The course from `start` on: what came before has only been learned from."""
    if start <= course.first:
        return course
    slot = int(start.timestamp()) // SLOT
    signs = {key: count for key, count in course.signs.items() if key[0] >= slot}
    found = tuple(tuple(one for one in row if one.at >= start) for row in course.found)
    return replace(course, first=min(start, course.last), signs=signs, found=found)


def absences(course: Course) -> tuple[tuple[datetime, datetime, Mode], ...]:
    """The stretches in which somebody had said another mode than "home"."""
    ends = [one.at for one in course.modes[1:]] + [course.last]
    spans = zip(course.modes, ends, strict=False)
    return tuple((one.at, end, one.mode) for one, end in spans if one.mode is not Mode.HOME)
