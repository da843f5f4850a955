"""Too long in the bathroom: the last sign of life came from there, and none from elsewhere since.

A stay counts from the first sign in the bathroom, whether or not more follow: who has fallen may move. It
ends with a sign of life in any other room, and with nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from rules.bathrooms import ROOMS, inside
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
    Tick,
    Unheard,
)
from rules.nightly import MEMORY, STUDY, following, within
from rules.presence import LIFE, LINGER, NOBODY, alive
from rules.strict import Range, Span

KEY: Final = "bathroom.stay"
_ELSEWHERE: Final = frozenset({Mode.AWAY, Mode.HOSPITAL, Mode.VISITOR})  # whose stay it is cannot be told
_MORNING, _EVENING = time(7), time(22)
_DAYS: Final = 7  # with stays, besides today, before a habit counts
_STAYS: Final = 20  # and as many stays


@dataclass(frozen=True, slots=True)
class Part:
    """Numbers chosen on one half of 26 recorded homes and tried on the other: docs/detection.md."""

    floor: Span = timedelta(minutes=90)  # shorter stays are never reported
    cold: Span = timedelta(minutes=120)  # until the resident's habit is known
    most: Span = timedelta(hours=2)  # a longer limit says that the sensors do not show who leaves
    times: Annotated[float, Range(1.0, 10.0)] = 2.0  # × the longest stay of four weeks
    rooms: tuple[str, ...] = ROOMS
    severity: Severity = Severity.URGENT


@dataclass(frozen=True, slots=True)
class Day:
    """How many stays began by day and by night, and the longest of each, in minutes."""

    days: int = 0
    day: float = 0.0
    nights: int = 0
    night: float = 0.0
    told: float = 0.0  # the longest that was reported


@dataclass(frozen=True, slots=True)
class Bath:
    """Who went in when, and how long stays last here."""

    since: datetime | None  # None: the last sign of life came from elsewhere
    last: datetime  # the last sign in the bathroom
    device: DeviceId
    limit: timedelta  # of this stay
    usual: float  # the longest stay to which `limit` belongs, minutes; 0 until it is known
    study: datetime  # when to learn next
    raised: bool = False
    absent: bool = False
    blind: bool = False  # part of this stay was not heard: nothing is learned from it
    today: Day = Day()  # since the hour of learning
    past: tuple[Day, ...] = ()  # oldest first


@dataclass(frozen=True, slots=True)
class BathroomStay:
    """Raises when a stay reaches its limit; clears with the first sign of life elsewhere."""

    floor: timedelta
    cold: timedelta
    most: timedelta
    times: float
    severity: Severity
    zone: ZoneInfo
    inside: frozenset[DeviceId] = field(compare=False, repr=False)
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default=KEY, init=False)
    kinds: frozenset[Kind] = field(default=LIFE, init=False)

    def start(self, now: datetime) -> Bath:
        """Nobody is known to be in the bathroom."""
        return Bath(None, now, NOBODY, self.cold, 0.0, following(now, STUDY, self.zone))

    def step(self, state: Bath, event: Event, now: datetime) -> tuple[Bath, Sequence[Decision]]:
        """Take a sign of life, the end of the wait, the hour of learning, or what a person says."""
        if isinstance(event, Reading):
            seen = event.device in self.inside
            if state.since is None and not seen:  # nearly always
                return state, ()
            return self._sign(state, event, seen, now)
        match event:
            case Tick():
                return self._look(state, now)
            case ModeSet():
                return self._mode(state, event.mode in _ELSEWHERE, now)
            case Unheard() if state.since is not None:  # may have left meanwhile: the wait begins anew
                return replace(state, since=max(state.since, event.at), blind=True), ()
            case Swapped(old=old, new=new) if old == state.device:
                return replace(state, device=new), ()
        return state, ()

    def due(self, state: Bath) -> datetime | None:
        """When the stay is too long, or when to learn."""
        end = self._end(state)
        return state.study if end is None else min(state.study, end)

    def _end(self, state: Bath) -> datetime | None:
        """When the stay is too long; never where the sensors do not show when somebody leaves."""
        if state.since is None or state.raised or state.limit > self.most:
            return None
        return state.since + state.limit

    def _sign(
        self, state: Bath, event: Reading, seen: bool, now: datetime
    ) -> tuple[Bath, Sequence[Decision]]:
        at = min(event.at, now)
        if state.absent or not alive(event):
            return state, ()
        if state.since is None:
            return (self._enter(state, event.device, at), ()) if now - at <= LINGER else (state, ())
        if at <= state.last:
            return state, ()
        if seen:
            return replace(state, last=at, device=event.device), ()
        return self._leave(state, at, now)

    def _enter(self, state: Bath, device: DeviceId, at: datetime) -> Bath:
        usual = self._usual((*state.past, state.today), self._by_day(at))
        limit = self.cold if usual is None else timedelta(minutes=usual) * self.times
        limit = max(limit, self.floor)
        return replace(state, since=at, last=at, device=device, limit=limit, usual=usual or 0.0, blind=False)

    def _leave(self, state: Bath, at: datetime, now: datetime) -> tuple[Bath, Sequence[Decision]]:
        over = (Clear(KEY, now),) if state.raised else ()
        today = state.today
        if not state.blind and state.since is not None:
            today = self._with(today, state.since, at, state.raised)
        return replace(state, since=None, raised=False, today=today), over

    def _with(self, today: Day, since: datetime, at: datetime, told: bool) -> Day:
        length = (at - since).total_seconds() / 60
        if told:
            return replace(today, told=max(today.told, length))
        if self._by_day(since):
            return replace(today, days=today.days + 1, day=max(today.day, length))
        return replace(today, nights=today.nights + 1, night=max(today.night, length))

    def _by_day(self, at: datetime) -> bool:
        return within(at, _MORNING, _EVENING, self.zone)

    def _usual(self, days: tuple[Day, ...], by_day: bool) -> float | None:
        """The longest stay of four weeks: of those by day, or of all, as few begin at night. None until
        there were enough. A stay that was reported may have been the emergency: one is no habit, two are."""
        count = sum(day.days + (0 if by_day else day.nights) for day in days)
        if len(days) <= _DAYS or count < _STAYS:
            return None
        told = sorted(day.told for day in days)[-2]
        return max(told, *(day.day if by_day else max(day.day, day.night) for day in days))

    def _look(self, state: Bath, now: datetime) -> tuple[Bath, Sequence[Decision]]:
        found: tuple[Decision, ...] = ()
        if state.since is not None and (at := self._end(state)) is not None and at <= now:
            found = (self._finding(state, state.since, at),)
            state = replace(state, raised=True)
        if state.study <= now:
            state = self._learn(state, now)
        return state, found

    def _learn(self, state: Bath, now: datetime) -> Bath:
        past = state.past
        if state.today != Day():  # days away are no days of few stays
            past = (*past, state.today)[-MEMORY:]
        return replace(state, study=following(now, STUDY, self.zone), today=Day(), past=past)

    def _mode(self, state: Bath, absent: bool, now: datetime) -> tuple[Bath, Sequence[Decision]]:
        if absent == state.absent:
            return state, ()
        over = (Clear(KEY, now),) if state.raised else ()
        return replace(state, since=None, raised=False, absent=absent), over

    def _finding(self, state: Bath, since: datetime, at: datetime) -> Raise:
        facts = place(self.rooms, state.device) | {
            "since": since.isoformat(),
            "heard": state.last.isoformat(),
            "minutes": minutes(since, at),
            "limit": state.limit.total_seconds() // 60,
        }
        if state.usual:
            facts["usual"] = float(round(state.usual))
        return Raise(KEY, self.severity, at, facts)


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule, where the home's sensors tell the bathroom from the rest."""
    if found := inside(home, part.rooms):
        yield BathroomStay(
            part.floor, part.cold, part.most, part.times, part.severity, home.zone, found, home.rooms()
        )
