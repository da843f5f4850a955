"""Too little water used: a meter that hardly turns in a home where somebody lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rules.facts import minutes, place
from rules.model import (
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

KEY = "inactivity:water"
_ABSENT = frozenset({Mode.AWAY, Mode.HOSPITAL})


@dataclass(frozen=True, slots=True)
class Meter:
    """What was read so far. From `since` on less than the least was used: `marks` are the meter's values then
    and later, so they stay few, however long the meter runs."""

    since: datetime
    device: DeviceId  # "" until the meter spoke
    marks: tuple[tuple[datetime, float], ...]  # when, litres; the first is the value before `since`
    due: datetime | None  # None: reported, or nobody is expected at home
    raised: bool = False
    absent: bool = False
    heard: datetime | None = None  # the end of the last time in which nothing could be heard


@dataclass(frozen=True, slots=True)
class Water:
    """Raises when less than `least` litres were used in any `span`; clears when that much was used again."""

    least: float
    span: timedelta
    severity: Severity
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default=KEY, init=False)
    kinds: frozenset[Kind] = field(default=frozenset({Kind.WATER_VOLUME}), init=False)

    def start(self, now: datetime) -> Meter:
        """The whole span counts from now."""
        return Meter(now, DeviceId(""), (), now + self.span)

    def step(self, state: Meter, event: Event, now: datetime) -> tuple[Meter, Sequence[Decision]]:
        """Take a value of the meter, the end of the span, or a person's word that nobody is there."""
        match event:
            case Reading(kind=Kind.WATER_VOLUME) if event.origin is not Origin.REPLAY:
                return self._read(state, event, now)
            case ModeSet():
                return self._mode(state, event.mode in _ABSENT, now)
            case Tick() if state.due is not None and state.due <= now:
                found = self._finding(state, state.due)
                return replace(state, due=None, raised=True), (found,)
            case Unheard():
                return _deaf(state, event), ()
            case Swapped(old=old, new=new) if old == state.device:  # another meter counts from elsewhere
                return replace(state, device=new, marks=()), ()
        return state, ()

    def due(self, state: Meter) -> datetime | None:
        """The exact instant at which too little was used for the whole span."""
        return state.due

    def _read(self, state: Meter, event: Reading, now: datetime) -> tuple[Meter, Sequence[Decision]]:
        at, litres = min(event.at, now), event.value
        if not state.marks:
            return replace(state, device=event.device, marks=((at, litres),)), ()
        if litres == state.marks[-1][1] or at < state.marks[-1][0]:
            return state, ()
        if litres < state.marks[-1][1]:  # another meter, or one that began again: what was used is not known
            return replace(state, marks=((at, litres),)), ()
        return self._used(state, (*state.marks, (at, litres)), now)

    def _used(
        self, state: Meter, marks: tuple[tuple[datetime, float], ...], now: datetime
    ) -> tuple[Meter, Sequence[Decision]]:
        enough = [i for i, (_, litres) in enumerate(marks) if marks[-1][1] - litres >= self.least]
        if not enough:
            return replace(state, marks=marks), ()
        first = enough[-1]
        since = max(state.since, marks[first + 1][0])  # what was used then falls out of the span first
        if state.absent or (state.raised and since + self.span <= now):  # enough at last, but too long ago
            return replace(state, since=since, marks=marks[first:]), ()
        over = (Clear(KEY, now),) if state.raised else ()
        return Meter(since, state.device, marks[first:], since + self.span), over

    def _mode(self, state: Meter, absent: bool, now: datetime) -> tuple[Meter, Sequence[Decision]]:
        if absent == state.absent:
            return state, ()
        if absent:
            over = (Clear(KEY, now),) if state.raised else ()
            return replace(state, due=None, raised=False, absent=True), over
        return Meter(now, state.device, state.marks[-1:], now + self.span), ()

    def _finding(self, state: Meter, at: datetime) -> Raise:
        facts = place(self.rooms, state.device) | {
            "since": state.since.isoformat(),
            "minutes": minutes(state.since, at),
            "limit": self.span.total_seconds() / 60,
            "litres": self.least,
        }
        return Raise(KEY, self.severity, at, facts)


def _deaf(state: Meter, gap: Unheard) -> Meter:
    """What was used meanwhile, the meter's next word tells: the span goes on after it."""
    known = max(filter(None, (state.since, state.heard)))
    if state.due is None or gap.at <= known:
        return state
    return replace(state, due=state.due + (gap.at - max(gap.since, known)), heard=gap.at)
