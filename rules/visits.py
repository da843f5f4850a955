"""More visits to the bathroom in one night or one day than this resident ever makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from math import sqrt
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from rules.bathrooms import ROOMS, inside
from rules.facts import place
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
from rules.nightly import MEMORY, following, within
from rules.presence import LIFE, LINGER, NOBODY, alive
from rules.strict import Range, Span

KEY: Final = "bathroom.visits"
_UNLIKE: Final = frozenset({Mode.AWAY, Mode.HOSPITAL, Mode.VISITOR})  # such days teach and report nothing
_KNOWN: Final = 14  # nights, or days, before a habit counts
_NIGHT: Final = (time(22), time(6))  # the same hours as Lin'an's night


@dataclass(frozen=True, slots=True)
class Part:
    """Numbers chosen on one half of 26 recorded homes and tried on the other: docs/detection.md."""

    apart: Span = timedelta(minutes=5)  # who comes back sooner has not left
    least: Annotated[int, Range(2, 100)] = 6  # fewer visits are never reported
    spread: Annotated[float, Range(1.0, 20.0)] = 5.0  # standard deviations above the mean
    rooms: tuple[str, ...] = ROOMS
    severity: Severity = Severity.CHECK


@dataclass(frozen=True, slots=True)
class Count:
    """The visits of the night, or the day, that goes on; and those of four weeks."""

    since: datetime  # when it began
    end: datetime
    night: bool
    last: datetime  # the last sign in the bathroom
    device: DeviceId
    seen: bool = False  # the last sign of life came from there
    visits: int = 0
    whole: bool = False  # heard and lived in from its beginning
    raised: bool = False
    unlike: bool = False
    nights: tuple[int, ...] = ()  # visits, oldest first
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BathroomVisits:
    """Raises with the first visit that is beyond the habit; clears when the night, or the day, is over."""

    apart: timedelta
    least: int
    spread: float
    severity: Severity
    zone: ZoneInfo
    inside: frozenset[DeviceId] = field(compare=False, repr=False)
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default=KEY, init=False)
    kinds: frozenset[Kind] = field(default=LIFE, init=False)

    def start(self, now: datetime) -> Count:
        """Counting begins in the middle of a night or a day: it teaches nothing."""
        night = within(now, *_NIGHT, self.zone)
        return Count(now, self._end(now, night), night, now - self.apart, NOBODY)

    def step(self, state: Count, event: Event, now: datetime) -> tuple[Count, Sequence[Decision]]:
        """Take a sign of life, the end of a night or a day, or what a person says."""
        if isinstance(event, Reading):
            inside = event.device in self.inside
            if not inside and not state.seen:  # nearly always
                return state, ()
            return self._sign(state, event, inside, now)
        match event:
            case Tick() if state.end <= now:
                return self._turn(state, now)
            case ModeSet():
                return self._mode(state, event.mode in _UNLIKE, now)
            case Unheard() if state.whole:
                return replace(state, whole=False), ()
            case Swapped(old=old, new=new) if old == state.device:
                return replace(state, device=new), ()
        return state, ()

    def due(self, state: Count) -> datetime | None:
        """The end of the night, or of the day."""
        return state.end

    def _sign(
        self, state: Count, event: Reading, inside: bool, now: datetime
    ) -> tuple[Count, Sequence[Decision]]:
        at = min(event.at, now)
        if at <= state.last or now - at > LINGER or not alive(event):
            return state, ()
        if not inside:
            return replace(state, seen=False), ()
        again = state.seen or at - state.last < self.apart
        state = replace(state, last=at, device=event.device, seen=True)
        return (state, ()) if again else self._visit(state, at)

    def _visit(self, state: Count, at: datetime) -> tuple[Count, Sequence[Decision]]:
        state = replace(state, visits=state.visits + 1)
        past = state.nights if state.night else state.days
        if state.raised or state.unlike or len(past) < _KNOWN or state.visits <= self.most(past):
            return state, ()
        return replace(state, raised=True), (self._finding(state, past, at),)

    def most(self, past: tuple[int, ...]) -> float:
        """The most visits that are still usual. Counts of rare things spread at least as the square root of
        their mean (Poisson); where they spread more, by as much as they do."""
        mean = sum(past) / len(past)
        spread = sum((n - mean) ** 2 for n in past) / len(past)
        return max(self.least - 1, *past, mean + self.spread * sqrt(max(mean, spread)))

    def _turn(self, state: Count, now: datetime) -> tuple[Count, Sequence[Decision]]:
        over = (Clear(KEY, now),) if state.raised else ()
        nights, days = state.nights, state.days
        if state.whole and not state.unlike and state.night:
            nights = (*nights, state.visits)[-MEMORY:]
        elif state.whole and not state.unlike:
            days = (*days, state.visits)[-MEMORY:]
        night = within(now, *_NIGHT, self.zone)
        new = Count(now, self._end(now, night), night, state.last, state.device, state.seen)
        return replace(new, whole=not state.unlike, unlike=state.unlike, nights=nights, days=days), over

    def _end(self, now: datetime, night: bool) -> datetime:
        return following(now, _NIGHT[1] if night else _NIGHT[0], self.zone)

    def _mode(self, state: Count, unlike: bool, now: datetime) -> tuple[Count, Sequence[Decision]]:
        if unlike == state.unlike:
            return state, ()
        over = (Clear(KEY, now),) if state.raised else ()
        return replace(state, unlike=unlike, whole=False, raised=False), over

    def _finding(self, state: Count, past: tuple[int, ...], at: datetime) -> Raise:
        facts = place(self.rooms, state.device) | {
            "since": state.since.isoformat(),
            "count": float(state.visits),
            "most": float(max(past)),
            "mean": round(sum(past) / len(past), 1),
            "period": "night" if state.night else "day",
        }
        return Raise(KEY, self.severity, at, facts)


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule, where the home's sensors tell the bathroom from the rest."""
    if found := inside(home, part.rooms):
        yield BathroomVisits(
            part.apart, part.least, part.spread, part.severity, home.zone, found, home.rooms()
        )
