"""A plan of measurements that is not kept: nobody took the pressure at the hours that were agreed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final, TypeAlias
from zoneinfo import ZoneInfo

from rules.facts import minutes
from rules.home import Home
from rules.hours import Hours
from rules.measured import POSSIBLE, possible
from rules.model import (
    AnyRule,
    Clear,
    Decision,
    Event,
    Fact,
    Kind,
    Mode,
    ModeSet,
    Raise,
    Reading,
    Severity,
    Tick,
    Unheard,
)
from rules.strict import Range

_ABSENT: Final = frozenset({Mode.AWAY, Mode.HOSPITAL})
_COARSE: Final = timedelta(minutes=10)  # how exactly the last measurement is known where many follow
_NONE: Final = timedelta(0)
_Lead: TypeAlias = Annotated[timedelta, Range(timedelta(minutes=1), timedelta(hours=11))]


@dataclass(frozen=True, slots=True)
class Times:
    """At which times of the home's day each measure is taken; none: when it pleases."""

    heart_rate: tuple[time, ...] = ()
    respiration: tuple[time, ...] = ()
    spo2: tuple[time, ...] = ()
    systolic: tuple[time, ...] = ()
    diastolic: tuple[time, ...] = ()
    body_temperature: tuple[time, ...] = ()
    weight: tuple[time, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """`[plan]`: the agreed times, and how exactly they are meant."""

    times: Times = field(default_factory=Times)
    early: _Lead = timedelta(hours=2)  # our choice, as the next two
    late: _Lead = timedelta(hours=3)
    misses: Annotated[int, Range(1, 14)] = 2  # once is forgotten by anybody


@dataclass(frozen=True, slots=True)
class Course:
    """How one measure's plan goes: the window that is awaited or open, and those missed in a row."""

    opens: datetime
    closes: datetime
    last: datetime | None = None  # the newest measurement
    missed: tuple[datetime, ...] = ()  # when the missed windows closed, as many as make a finding


@dataclass(frozen=True, slots=True)
class Courses:
    """Each measure's plan, by its kind; none while nobody is expected at home."""

    by_kind: Mapping[str, Course]
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Raises `vitals.plan:<kind>` when `misses` windows in a row closed without a measurement; clears at the
    next one, at whatever time."""

    times: Mapping[Kind, tuple[time, ...]]
    early: timedelta
    late: timedelta
    misses: int
    zone: ZoneInfo
    name: str = field(default="vitals.plan", init=False)
    kinds: frozenset[Kind] = field(default=frozenset(POSSIBLE), init=False)

    def start(self, now: datetime) -> Courses:
        """Every plan begins with its first whole window."""
        return Courses({kind.value: self._next(kind, now) for kind in self.times})

    def step(self, state: Courses, event: Event, now: datetime) -> tuple[Courses, Sequence[Decision]]:
        """Take a measurement, the end of a window, or the word that nobody could measure or be heard."""
        match event:
            case Reading(kind=kind) if kind in state.by_kind and possible(event):
                return self._taken(state, kind, min(event.at, now), now)
            case Tick() if (due := self.due(state)) is not None and due <= now:
                return self._closed(state, now)
            case ModeSet() if (event.mode in _ABSENT) != state.absent:
                return (
                    (Courses({}, True), self._over(state, now)) if not state.absent else (self.start(now), ())
                )
            case Unheard():
                return self._unheard(state, event, now)
        return state, ()

    def due(self, state: Courses) -> datetime | None:
        """When the first window closes."""
        return min((course.closes for course in state.by_kind.values()), default=None)

    def _next(self, kind: Kind, now: datetime) -> Course:
        """The first window that opens after `now`."""
        found = [
            next(window for window in self._hours(at).windows(now) if window[0] > now)
            for at in self.times[kind]
        ]
        return Course(*min(found, key=lambda window: window[1]))

    def _hours(self, at: time) -> Hours:
        day = datetime.combine(date(2000, 1, 2), at)  # any day will do: only the time of day is taken
        return Hours((day - self.early).time(), (day + self.late).time(), self.zone)

    def _late(self, course: Course) -> bool:
        return len(course.missed) >= self.misses

    def _taken(
        self, state: Courses, kind: Kind, at: datetime, now: datetime
    ) -> tuple[Courses, Sequence[Decision]]:
        course = state.by_kind[kind]
        if course.last is not None and at <= course.last + (
            _COARSE if course.last >= course.opens else _NONE
        ):
            return state, ()  # the window is kept already, and a radar speaks every few seconds
        over = (Clear(f"vitals.plan:{kind}", now),) if self._late(course) else ()
        new = replace(course, last=at, missed=())
        return replace(state, by_kind={**state.by_kind, kind.value: new}), over

    def _closed(self, state: Courses, now: datetime) -> tuple[Courses, Sequence[Decision]]:
        courses, found = dict(state.by_kind), []
        for kind, course in state.by_kind.items():
            if course.closes > now:
                continue
            new = replace(self._after(Kind(kind), course, now), last=course.last, missed=self._missed(course))
            if self._late(new) and not self._late(course):
                found.append(self._finding(kind, course, new, now))
            courses[kind] = new
        return replace(state, by_kind=courses), tuple(found)

    def _after(self, kind: Kind, course: Course, now: datetime) -> Course:
        """The window that closes next, though it may be open already: two of them may overlap."""
        found = [next(self._hours(at).windows(max(course.closes, now))) for at in self.times[kind]]
        return Course(*min(found, key=lambda window: window[1]))

    def _missed(self, course: Course) -> tuple[datetime, ...]:
        if course.last is not None and course.last >= course.opens:
            return ()
        return (*course.missed, course.closes)[-self.misses :]

    def _unheard(self, state: Courses, gap: Unheard, now: datetime) -> tuple[Courses, Sequence[Decision]]:
        """Whoever measured meanwhile was not heard: windows of that time are neither kept nor missed."""
        courses: dict[str, Course] = {}
        for kind, course in state.by_kind.items():
            missed = tuple(closed for closed in course.missed if not gap.since < closed)
            open_then = course.opens < gap.at and course.closes > gap.since
            window = self._next(Kind(kind), now) if open_then else course
            courses[kind] = replace(window, last=course.last, missed=missed)
        over = tuple(
            Clear(f"vitals.plan:{kind}", now)
            for kind, course in courses.items()
            if self._late(state.by_kind[kind]) and not self._late(course)
        )
        return replace(state, by_kind=courses), over

    def _over(self, state: Courses, now: datetime) -> tuple[Decision, ...]:
        late = (kind for kind, course in state.by_kind.items() if self._late(course))
        return tuple(Clear(f"vitals.plan:{kind}", now) for kind in late)

    def _finding(self, kind: str, course: Course, new: Course, at: datetime) -> Raise:
        since = course.last or new.missed[0]
        facts: dict[str, Fact] = {
            "measure": kind,
            "missed": float(len(new.missed)),
            "since": since.isoformat(),
            "minutes": minutes(since, at),
        }
        return Raise(f"vitals.plan:{kind}", Severity.CHECK, at, facts)


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule; nothing where the plan is empty, or no device of the home measures what it asks for."""
    planned = {Kind(f.name): tuple(sorted(set(getattr(part.times, f.name)))) for f in fields(Times)}
    times = {kind: at for kind, at in planned.items() if at and home.having({kind})}
    if times:
        yield Plan(times, part.early, part.late, part.misses, home.zone)
