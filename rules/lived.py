"""It was said that nobody is at home, and somebody lives there: nobody waits for that resident's silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Final

from rules.facts import minutes, place
from rules.home import Home
from rules.model import (
    AnyRule,
    Clear,
    Decision,
    DeviceId,
    Event,
    Kind,
    Mode,
    ModeSet,
    Raise,
    Reading,
    Severity,
    Swapped,
)
from rules.presence import LIFE, alive
from rules.strict import Range, Span

KEY: Final = "mode.lived"
_ABSENT: Final = frozenset({Mode.AWAY, Mode.HOSPITAL})
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_ROOMS: Final = 2  # sensors: one alone may be the sun on it, or a cat


@dataclass(frozen=True, slots=True)
class Part:
    """When life contradicts what was said."""

    after: Span = timedelta(hours=3)  # our choice: who leaves, or is fetched, may pack first
    hours: Annotated[int, Range(1, 24)] = 4  # our choice: who waters the plants stays for less
    again: Span = timedelta(days=7)  # our choice: a cat is told of once a week, unless somebody came since
    severity: Severity = Severity.CHECK


@dataclass(frozen=True, slots=True)
class Empty:
    """Since when the home is said to be empty, and what was seen in it within a day."""

    since: datetime | None = None  # None: somebody may be there
    mode: Mode = Mode.HOME
    signs: tuple[datetime, ...] = ()  # an hour apart at least
    seen: Mapping[DeviceId, datetime] = field(default_factory=dict)  # each sensor's newest sign
    raised: datetime | None = None
    door: datetime | None = None  # an entry door's newest move


@dataclass(frozen=True, slots=True)
class Lived:
    """Raises when a home that is said to be empty shows life in so many hours of a day; again after
    `again`, or a day if an entry door moved since; clears when something else is said of it."""

    after: timedelta
    hours: int
    again: timedelta
    severity: Severity
    inside: frozenset[DeviceId] = field(compare=False, repr=False)
    doors: frozenset[DeviceId] = field(compare=False, repr=False)
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default=KEY, init=False)
    kinds: frozenset[Kind] = field(default=LIFE, init=False)

    def start(self, now: datetime) -> Empty:
        """Nobody said that it is empty."""
        return Empty()

    def step(self, state: Empty, event: Event, now: datetime) -> tuple[Empty, Sequence[Decision]]:
        """Take what a person says, and the signs of life that contradict it."""
        if isinstance(event, Reading):
            if state.since is None:  # nearly always
                return state, ()
            return self._sign(state, state.since, event, now)
        match event:
            case ModeSet(mode=mode):
                new = Empty(now, mode) if mode in _ABSENT else Empty()
                return new, () if state.raised is None else (Clear(KEY, now),)
            case Swapped(old=old) if old in state.seen:
                return replace(state, seen={d: at for d, at in state.seen.items() if d != old}), ()
        return state, ()

    def due(self, state: Empty) -> datetime | None:
        """Never: only life tells."""
        return None

    def _sign(
        self, state: Empty, since: datetime, event: Reading, now: datetime
    ) -> tuple[Empty, Sequence[Decision]]:
        at, device = min(event.at, now), event.device
        if not alive(event) or at < since + self.after:
            return state, ()
        if device in self.doors:
            return replace(state, door=max(at, state.door or at)), ()
        if device not in self.inside or (_near(state, at) and device in state.seen):
            return state, ()
        signs = tuple(sign for sign in state.signs if sign > at - _DAY)
        if not _near(state, at):
            signs = (*signs, at)
        seen = {other: last for other, last in state.seen.items() if last > at - _DAY} | {device: at}
        state = replace(state, signs=signs, seen=seen)
        few = len(signs) < self.hours or len(seen) < min(_ROOMS, len(self.inside))
        if few or (state.raised is not None and at < state.raised + self._wait(state, state.raised)):
            return state, ()
        return replace(state, raised=at), (self._finding(state, since, device, now),)

    def _wait(self, state: Empty, raised: datetime) -> timedelta:
        """Whoever looked after the finding may know of a cat, but not of who came home since."""
        return _DAY if state.door is not None and state.door > raised + _HOUR else self.again

    def _finding(self, state: Empty, since: datetime, device: DeviceId, now: datetime) -> Raise:
        facts = place(self.rooms, device) | {
            "mode": state.mode.value,
            "since": since.isoformat(),
            "minutes": minutes(since, now),
            "hours": float(len(state.signs)),
        }
        return Raise(KEY, self.severity, now, facts)


def _near(state: Empty, at: datetime) -> bool:
    """Whether the hour is counted already."""
    return bool(state.signs) and at < state.signs[-1] + _HOUR


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule, where something inside can see life."""
    able = (d for d in home.devices if not d.exterior and (not d.kinds or d.kinds & LIFE))
    if inside := frozenset(device.id for device in able):
        doors = frozenset(device.id for device in home.devices if device.exterior)
        yield Lived(part.after, part.hours, part.again, part.severity, inside, doors, home.rooms())
