"""Out by an entry door at night, and nobody came back in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

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
    Origin,
    Raise,
    Reading,
    Severity,
    Swapped,
    Tick,
    Unheard,
)
from rules.nightly import MEMORY, within
from rules.presence import LIFE, LINGER, NOBODY, alive
from rules.strict import Range, Span

KEY: Final = "door.night"
_ELSEWHERE: Final = frozenset({Mode.AWAY, Mode.HOSPITAL, Mode.VISITOR})


@dataclass(frozen=True, slots=True)
class Part:
    """Numbers chosen on one half of 26 recorded homes and tried on the other: docs/detection.md."""

    start: time = time(23)
    end: time = time(5)
    wait: Span = timedelta(minutes=15)  # how long somebody may be out
    habit: Annotated[int, Range(1, 28)] = 1  # so many such nights in four weeks are a custom of this home
    severity: Severity = Severity.URGENT


@dataclass(frozen=True, slots=True)
class Going:
    """Whether somebody is out in the night, and in which nights somebody was."""

    since: datetime | None = None  # the first movement of the door; None: nobody went
    door: datetime | None = None  # its last
    device: DeviceId = NOBODY
    due: datetime | None = None  # None too where it was reported, or is the custom
    raised: bool = False
    lying: frozenset[DeviceId] = frozenset()  # beds with somebody in them: that one did not go
    nights: tuple[datetime, ...] = ()  # when somebody stayed out so, oldest first
    absent: bool = False


@dataclass(frozen=True, slots=True)
class DoorNight:
    """Raises when `wait` has gone by after an entry door moved in the night and no sign of life came from
    inside; clears with the first such sign."""

    start_at: time
    end_at: time
    wait: timedelta
    habit: int
    severity: Severity
    zone: ZoneInfo
    doors: frozenset[DeviceId] = field(compare=False, repr=False)
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default=KEY, init=False)
    kinds: frozenset[Kind] = field(default=LIFE, init=False)

    def start(self, now: datetime) -> Going:
        """Nobody is known to be out."""
        return Going()

    def step(self, state: Going, event: Event, now: datetime) -> tuple[Going, Sequence[Decision]]:
        """Take a door, a sign of life inside, the end of the wait, or what a person says."""
        if isinstance(event, Reading):
            if event.kind is Kind.BED:
                state = self._bed(state, event)
            if event.device in self.doors and event.kind is Kind.CONTACT:
                return self._door(state, event, now), ()
            return (state, ()) if state.since is None else self._inside(state, event, now)
        match event:
            case Tick() if state.due is not None and state.due <= now:
                return self._out(state, state.due)
            case ModeSet():
                return self._mode(state, event.mode in _ELSEWHERE, now)
            case Unheard() if state.since is not None and not state.raised:  # may have come back meanwhile
                return replace(state, since=None, due=None), ()
            case Swapped(old=old, new=new) if old == state.device or old in state.lying:
                device = new if state.device == old else state.device
                return replace(state, device=device, lying=state.lying - {old}), ()
        return state, ()

    def due(self, state: Going) -> datetime | None:
        """When somebody is out for too long."""
        return state.due

    def _bed(self, state: Going, event: Reading) -> Going:
        lying = event.value > 0
        if event.origin is Origin.REPLAY or lying == (event.device in state.lying):
            return state
        return replace(state, lying=state.lying ^ {event.device})

    def _door(self, state: Going, event: Reading, now: datetime) -> Going:
        at = min(event.at, now)
        if event.origin is not Origin.EVENT or state.absent or state.lying:
            return state
        if state.since is not None:  # out again, or in: what follows inside will tell
            if state.door is None or at <= state.door:
                return state
            return replace(state, door=at, due=at + self.wait if state.due else None)
        if now - at > LINGER or not within(at, self.start_at, self.end_at, self.zone):
            return state
        return replace(state, since=at, door=at, device=event.device, due=at + self.wait)

    def _inside(self, state: Going, event: Reading, now: datetime) -> tuple[Going, Sequence[Decision]]:
        at = min(event.at, now)
        if not alive(event) or (state.door is not None and at - state.door <= LINGER):
            return state, ()
        over = (Clear(KEY, now),) if state.raised else ()
        return replace(state, since=None, door=None, due=None, raised=False), over

    def _out(self, state: Going, at: datetime) -> tuple[Going, Sequence[Decision]]:
        recent = tuple(night for night in state.nights if at - night <= timedelta(days=MEMORY))
        state = replace(state, due=None, nights=(*recent, at)[-MEMORY:])
        if len(recent) >= self.habit or state.since is None:
            return state, ()
        return replace(state, raised=True), (self._finding(state, state.since, len(recent), at),)

    def _mode(self, state: Going, absent: bool, now: datetime) -> tuple[Going, Sequence[Decision]]:
        if absent == state.absent:
            return state, ()
        over = (Clear(KEY, now),) if state.raised else ()
        return replace(state, since=None, door=None, due=None, raised=False, absent=absent), over

    def _finding(self, state: Going, since: datetime, before: int, at: datetime) -> Raise:
        facts = place(self.rooms, state.device) | {
            "since": since.isoformat(),
            "minutes": minutes(since, at),
            "limit": self.wait.total_seconds() // 60,
            "count": float(before),  # such nights in the four weeks before
        }
        return Raise(KEY, self.severity, at, facts)


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule, where the home has an entry door, and a sensor that would see who comes back."""
    doors = frozenset(d.id for d in home.devices if d.exterior and (not d.kinds or Kind.CONTACT in d.kinds))
    if doors and any(d.id not in doors and (not d.kinds or d.kinds & LIFE) for d in home.devices):
        yield DoorNight(
            part.start, part.end, part.wait, part.habit, part.severity, home.zone, doors, home.rooms()
        )
