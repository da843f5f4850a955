"""Not back by the usual return: the door said out, and this home's own outings say when it is late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from rules.facts import minutes, place
from rules.home import Home
from rules.model import (
    AnyRule,
    Clear,
    Decision,
    DeviceId,
    Event,
    Fact,
    Kind,
    Mode,
    ModeSet,
    Raise,
    Reading,
    Severity,
    Swapped,
    Tick,
    Unheard,
)
from rules.presence import LIFE, LINGER, NOBODY, alive
from rules.strict import Span

KEY: Final = "absence"
SHORT: Final = timedelta(minutes=15)  # a door that moves again sooner is no outing: the yardstick's own limit
WINDOW: Final = 28  # days that count
AROUND: Final = 180  # minutes: outings that began at about this time of day
FEW: Final = 5  # fewer of them say nothing of what is usual
MOST: Final = 150  # outings kept: five a day
_DAY: Final = 1440  # minutes
_ABSENT = frozenset({Mode.AWAY, Mode.HOSPITAL})
_FOREIGN = frozenset({Mode.VISITOR, Mode.TEST})  # others use the door as well

Outing: TypeAlias = tuple[int, int, int]
"""The day it began (ordinal), the minute of that day, and for how many minutes it lasted. Numbers and not
instants: the hours of the day belong to the wall clock, which a clock step must not move."""


@dataclass(frozen=True, slots=True)
class Part:
    """Not back by the usual return. The numbers were chosen on recorded homes: docs/rules.md says how."""

    cold: Span = timedelta(hours=12)  # until enough is known of this home
    margin: Span = timedelta(hours=6)  # after the latest return that is usual
    least: Span = timedelta(hours=8)
    most: Span = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Out:
    """Since when the door says out, when that is too long, and how past outings were."""

    left: datetime | None = None  # the last entry door's move; None: somebody was seen inside since
    device: DeviceId = NOBODY
    due: datetime | None = None
    usual: int = 0  # minutes from `left` to the latest usual return; 0: not known
    sure: bool = True  # whether this outing will tell of what is usual
    raised: bool = False
    mode: Mode = Mode.HOME
    heard: datetime | None = None  # the end of the last time in which nothing could be heard
    outings: tuple[Outing, ...] = ()


@dataclass(frozen=True, slots=True)
class Absence:
    """Raises when the door said out and nobody came back: later than this home's outings of about this time
    of day ever ended in four weeks, by `margin`."""

    cold: timedelta
    margin: timedelta
    least: timedelta
    most: timedelta
    zone: ZoneInfo
    doors: frozenset[DeviceId] = field(compare=False, repr=False)
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default=KEY, init=False)
    kinds: frozenset[Kind] = field(default=LIFE, init=False)

    def start(self, now: datetime) -> Out:
        """Nothing says that anybody is out."""
        return Out()

    def step(self, state: Out, event: Event, now: datetime) -> tuple[Out, Sequence[Decision]]:
        """Follow the entry doors and what is seen inside after them."""
        if isinstance(event, Reading):
            if state.left is None and event.device not in self.doors:
                return state, ()  # somebody moves at home: nearly every event
            return self._sign(state, event, now)
        match event:
            case Tick() if state.due is not None and state.due <= now:
                return replace(state, due=None, raised=True), (self._finding(state, state.due),)
            case ModeSet():
                return self._mode(state, event.mode, now)
            case Unheard():
                return _deaf(state, event), ()
            case Swapped() if state.device == event.old:
                return replace(state, device=event.new), ()
        return state, ()

    def due(self, state: Out) -> datetime | None:
        """The exact instant at which it is too late."""
        return state.due

    def _sign(self, state: Out, event: Reading, now: datetime) -> tuple[Out, Sequence[Decision]]:
        at, left = min(event.at, now), state.left
        if not alive(event) or (left is not None and at <= left) or state.mode in _ABSENT:
            return state, ()
        if event.device in self.doors:
            return self._left(self._home(state, at), event.device, at), _over(state, now)
        if left is not None and at - left > LINGER:
            return self._home(state, at), _over(state, now)
        return state, ()

    def _home(self, state: Out, at: datetime) -> Out:
        """Back, or never gone: either way the door said out for so long."""
        inside = replace(state, left=None, due=None, usual=0, sure=True, raised=False)
        if state.left is None or not state.sure or at - state.left < SHORT:
            return inside
        day, minute = _local(state.left, self.zone)
        kept = [o for o in state.outings if 0 <= day - o[0] <= WINDOW]  # later than today: an unset clock's
        return replace(inside, outings=(*kept, (day, minute, int(minutes(state.left, at))))[-MOST:])

    def _left(self, state: Out, device: DeviceId, at: datetime) -> Out:
        usual = _usual(state.outings, *_local(at, self.zone))
        wait = self.cold
        if usual is not None:
            wait = min(self.most, max(self.least, timedelta(minutes=usual) + self.margin))
        sure = state.mode not in _FOREIGN
        return replace(state, left=at, device=device, due=at + wait, usual=max(usual or 0, 0), sure=sure)

    def _mode(self, state: Out, mode: Mode, now: datetime) -> tuple[Out, Sequence[Decision]]:
        if mode is state.mode:
            return state, ()
        if mode in _ABSENT or state.mode in _ABSENT:  # away was said; or somebody is said to be at home
            return Out(mode=mode, outings=state.outings), _over(state, now)
        return replace(state, mode=mode, sure=state.sure and mode not in _FOREIGN), ()

    def _finding(self, state: Out, at: datetime) -> Raise:
        left = state.left or at
        facts: dict[str, Fact] = place(self.rooms, state.device) | {
            "since": left.isoformat(),
            "minutes": minutes(left, at),
            "limit": minutes(left, at),
        }
        if state.usual:
            facts["usual"] = float(state.usual)
        return Raise(KEY, Severity.CHECK, at, facts)


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule, where an entry door can say out and something inside can say back."""
    doors = frozenset(device.id for device in home.devices if device.exterior)
    inside = [d for d in home.devices if d.id not in doors and (not d.kinds or d.kinds & LIFE)]
    if doors and inside:
        yield Absence(part.cold, part.margin, part.least, part.most, home.zone, doors, home.rooms())


def _over(state: Out, now: datetime) -> Sequence[Decision]:
    return (Clear(KEY, now),) if state.raised else ()


def _deaf(state: Out, gap: Unheard) -> Out:
    """Whoever came back meanwhile was not seen: the wait goes on after it, and teaches nothing."""
    known = max(filter(None, (state.left, state.heard)), default=None)
    if state.left is None or known is None or gap.at <= known:
        return state
    due = None if state.due is None else state.due + (gap.at - max(gap.since, known))
    return replace(state, due=due, sure=False, heard=gap.at)


def _local(at: datetime, zone: ZoneInfo) -> tuple[int, int]:
    local = at.astimezone(zone)
    return local.toordinal(), local.hour * 60 + local.minute


def _usual(outings: Sequence[Outing], day: int, minute: int) -> int | None:
    """Minutes until the latest return of outings that began at about this minute of the day; None if they
    are too few."""
    ends = []
    for began, at, lasted in outings:
        earlier = (at - minute + _DAY // 2) % _DAY - _DAY // 2
        if 0 <= day - began <= WINDOW and abs(earlier) <= AROUND:
            ends.append(earlier + lasted)
    return max(ends) if len(ends) >= FEW else None
