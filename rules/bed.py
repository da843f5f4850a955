"""Out of bed too long at night: got up between the hours of the night and did not lie down again."""

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
from rules.nightly import MEMORY, following, within
from rules.presence import LIFE, NOBODY, alive
from rules.strict import Range, Span

KIND: Final = "bed.out"
_ELSEWHERE: Final = frozenset({Mode.AWAY, Mode.HOSPITAL, Mode.VISITOR})
_NIGHTS: Final = 7  # with absences from bed, before a habit counts
_ONE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Part:
    """Lin'an's rule: out of bed for more than 45 minutes between 22:00 and 6:00 (DESIGN §7)."""

    limit: Span = timedelta(minutes=45)
    start: time = time(22)
    end: time = time(6)
    learn: bool = False  # a resident who is up for longer most weeks has a longer limit
    times: Annotated[float, Range(1.0, 10.0)] = 1.5  # × the second longest absence of four weeks; our choice
    severity: Severity = Severity.URGENT


@dataclass(frozen=True, slots=True)
class Absence:
    """One person's bed is empty since; until when that may last, and whether it was reported."""

    since: datetime
    until: datetime  # once it was reported: the morning
    raised: bool = False
    device: DeviceId = NOBODY  # who saw the resident last, and when
    seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Beds:
    """Who lies in bed, who got up at night, and how long that lasted in the nights before."""

    lying: frozenset[DeviceId] = frozenset()
    out: Mapping[DeviceId, Absence] = field(default_factory=dict)
    past: Mapping[DeviceId, tuple[int, ...]] = field(default_factory=dict)  # minutes, oldest first
    absent: bool = False


@dataclass(frozen=True, slots=True)
class BedOut:
    """Raises when an absence from bed that began in the night, and would end in it, reaches its limit; clears
    when the resident lies down again, or is seen up after the night."""

    limit: timedelta
    start_at: time
    end_at: time
    times: float | None  # None: nothing is learned
    severity: Severity
    zone: ZoneInfo
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default=KIND, init=False)
    kinds: frozenset[Kind] = field(default=LIFE, init=False)

    def start(self, now: datetime) -> Beds:
        """Nobody is known to lie in bed, and who is not cannot get up."""
        return Beds()

    def step(self, state: Beds, event: Event, now: datetime) -> tuple[Beds, Sequence[Decision]]:
        """Take a bed's word, a sign of life of who is up, the end of the wait, or what a person says."""
        if isinstance(event, Reading):
            if event.kind is Kind.BED:
                return self._bed(state, event, now)
            return self._seen(state, event, now) if state.out else (state, ())
        match event:
            case Tick():
                return self._look(state, now)
            case ModeSet():
                return self._mode(state, event.mode in _ELSEWHERE, now)
            case Unheard() if state.lying or state.out:  # may have lain down, or got up, meanwhile
                over = self._over(state.out, now)
                return replace(state, lying=frozenset(), out={}), over
            case Swapped(old=old) if old in state.lying or old in state.out or old in state.past:
                return self._swap(state, event, now)
        return state, ()

    def due(self, state: Beds) -> datetime | None:
        """When the first absence is too long."""
        return min((absence.until for absence in state.out.values() if not absence.raised), default=None)

    def _bed(self, state: Beds, event: Reading, now: datetime) -> tuple[Beds, Sequence[Decision]]:
        device, at = event.device, min(event.at, now)
        match event.value > 0, device in state.lying:
            case True, False if event.origin is not Origin.REPLAY:
                return self._lie(state, device, at, now)
            case False, True if event.origin is not Origin.REPLAY:
                state = replace(state, lying=state.lying - {device})
                return (state if state.absent else self._rise(state, device, at)), ()
        return state, ()

    def _rise(self, state: Beds, device: DeviceId, at: datetime) -> Beds:
        """An absence that would last beyond the night is no matter of the night: it may be the morning."""
        until = at + self._limit(state.past.get(device, ()))
        if not within(at, self.start_at, self.end_at, self.zone) or until > self._morning(at):
            return state
        return replace(state, out={**state.out, device: Absence(at, until)})

    def _lie(
        self, state: Beds, device: DeviceId, at: datetime, now: datetime
    ) -> tuple[Beds, Sequence[Decision]]:
        state = replace(state, lying=state.lying | {device})
        absence = state.out.get(device)
        if absence is None:
            return state, ()
        length = int((at - absence.since) / _ONE)
        past = (*state.past.get(device, ()), max(length, 0))[-MEMORY * 4 :]  # several a night
        left = {other: rest for other, rest in state.out.items() if other != device}
        over = self._over({device: absence}, now)
        return replace(state, out=left, past={**state.past, device: past}), over

    def _limit(self, past: tuple[int, ...]) -> timedelta:
        """One absence may have been the emergency itself: the second longest is the habit."""
        if self.times is None or len(past) < _NIGHTS:
            return self.limit
        return max(self.limit, timedelta(minutes=sorted(past)[-2] * self.times))

    def _morning(self, at: datetime) -> datetime:
        return following(at, self.end_at, self.zone)

    def _seen(self, state: Beds, event: Reading, now: datetime) -> tuple[Beds, Sequence[Decision]]:
        """Who is up and moves is still not in bed; it tells whoever comes where to look. In the morning it is
        no news that somebody is up."""
        at = min(event.at, now)
        if not alive(event):
            return state, ()
        up = {bed: absence for bed, absence in state.out.items() if absence.raised and absence.until <= at}
        rest = ((bed, absence) for bed, absence in state.out.items() if bed not in up)
        out = {bed: _met(absence, event.device, at) for bed, absence in rest}
        return (state if out == state.out else replace(state, out=out)), self._over(up, now)

    def _look(self, state: Beds, now: datetime) -> tuple[Beds, Sequence[Decision]]:
        late = {bed: a for bed, a in state.out.items() if a.until <= now and not a.raised}
        if not late:
            return state, ()
        reported = {bed: replace(a, raised=True, until=self._morning(now)) for bed, a in late.items()}
        found = tuple(self._finding(bed, absence) for bed, absence in late.items())
        return replace(state, out={**state.out, **reported}), found

    def _over(self, out: Mapping[DeviceId, Absence], now: datetime) -> tuple[Clear, ...]:
        return tuple(Clear(f"{KIND}:{bed}", now) for bed, absence in out.items() if absence.raised)

    def _mode(self, state: Beds, absent: bool, now: datetime) -> tuple[Beds, Sequence[Decision]]:
        if absent == state.absent:
            return state, ()
        return replace(state, absent=absent, out={}), self._over(state.out, now)

    def _swap(self, state: Beds, swap: Swapped, now: datetime) -> tuple[Beds, Sequence[Decision]]:
        """The new sensor knows how long this resident is up, and not whether somebody lies there now."""
        over = self._over({bed: a for bed, a in state.out.items() if bed == swap.old}, now)
        out = {bed: absence for bed, absence in state.out.items() if bed != swap.old}
        past = {swap.new if bed == swap.old else bed: lengths for bed, lengths in state.past.items()}
        return replace(state, lying=state.lying - {swap.old}, out=out, past=past), over

    def _finding(self, bed: DeviceId, absence: Absence) -> Raise:
        facts = place(self.rooms, bed) | {
            "since": absence.since.isoformat(),
            "minutes": minutes(absence.since, absence.until),
            "limit": (absence.until - absence.since).total_seconds() // 60,
        }
        if absence.seen is not None:  # then that is where to look
            facts |= {"heard": absence.seen.isoformat(), "room": self.rooms.get(absence.device, "")}
        return Raise(f"{KIND}:{bed}", self.severity, absence.until, facts)


def _met(absence: Absence, device: DeviceId, at: datetime) -> Absence:
    if absence.raised or at <= (absence.seen or absence.since):
        return absence
    return replace(absence, device=device, seen=at)


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule, where a bed has a sensor."""
    if home.having({Kind.BED}):
        times = part.times if part.learn else None
        yield BedOut(part.limit, part.start, part.end, times, part.severity, home.zone, home.rooms())
