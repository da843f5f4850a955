"""No sign of life for longer than is usual for this resident at this time of day; learned every night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from rules.baseline import DAYS, SHORTEST, SLOT, SLOTS, Bounds, Gap, limits, outing, usual
from rules.facts import minutes, place
from rules.home import Home
from rules.inactivity import Watch
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
from rules.strict import Range, Span
from rules.wait import Wait

KEY: Final = "inactivity"
OUT: Final = "inactivity:out"
_ABSENT: Final = frozenset({Mode.AWAY, Mode.HOSPITAL})
_NIGHTLY: Final = time(4)  # when most sleep and a day's silences are over
_DAY: Final = 86_400.0
_MINUTE: Final = timedelta(minutes=1)
_SHORT: Final = timedelta(minutes=SHORTEST)
_LONG: Final = timedelta(days=2)  # no habit: somebody was away and nobody said so
_CONFIRMED: Final = -1
_COLD: Final = 14  # days until the own rhythm counts alone
_WAITING, _RAISED, _SUSPENDED = Watch.WAITING, Watch.RAISED, Watch.SUSPENDED


@dataclass(frozen=True, slots=True)
class Part:
    """Times and factors as chosen on half of the TIHM homes and measured on the other (docs/detection.md)."""

    least: Span = timedelta(hours=3, minutes=27)  # nobody is sent for less, however lively the resident
    most: Span = timedelta(hours=12)  # the longest wait at home
    factor: Annotated[float, Range(1.0, 10.0)] = 1.12  # the limit is so many times the usual
    stretch: Annotated[float, Range(1.0, 3.0)] = 2.0  # exponent by which longer limits grow faster
    out_least: Span = timedelta(hours=12)
    out_most: Span = timedelta(hours=30)
    patience: Annotated[float, Range(1.0, 3.0)] = 1.35  # wider by so much after an alarm that ended by itself
    forget: Annotated[float, Range(0.0, 1.0)] = 0.87  # how much of that is left after each night
    cold: Span = timedelta(
        hours=5
    )  # by day, of a home that is not known yet: the upper end of Lin'an's 4–5 h
    cold_night: Span = timedelta(hours=11)  # if the silence began in the evening or at night
    severity: Severity = Severity.URGENT


@dataclass(frozen=True, slots=True)
class Habit:
    """What was learned; renewed every night."""

    days: tuple[tuple[Gap, ...], ...]  # the last DAYS that had any life
    today: tuple[Gap, ...]
    usual: tuple[int, ...]  # minutes, for each half hour
    limits: tuple[int, ...]
    out: int  # the limit while probably out, minutes
    loose: float  # ≥ 1: how much wider the limits are after alarms that ended by themselves
    midnight: float  # of the local day, seconds since 1970: the wall clock's, so no clock step moves it
    next: datetime  # when to learn again


@dataclass(frozen=True, slots=True)
class Quiet:
    """The silence that goes on now."""

    last: datetime
    device: DeviceId
    door: datetime | None  # the last time an exterior door moved
    alone: DeviceId  # the only inner sensor heard since then
    heard: int  # how often; _CONFIRMED once another was heard as well
    out: bool
    watch: Watch
    limit: int  # minutes
    due: datetime | None
    deaf: datetime | None = None  # until when nothing could be heard in it; such a silence teaches nothing


@dataclass(frozen=True, slots=True)
class Life:
    """What is usual, and what is now."""

    habit: Habit
    quiet: Quiet


@dataclass(frozen=True, slots=True)
class Learned:
    """Raises when the resident was not heard for longer than the limit of the half hour in which the silence
    began. While the doors say that nobody is in, another limit holds."""

    part: Part = field(compare=False)  # other limits, from the next night on: the resident is the same
    zone: ZoneInfo
    exterior: frozenset[DeviceId] = field(compare=False, repr=False)
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default=KEY, init=False)
    kinds: frozenset[Kind] = field(default=LIFE, init=False)

    def start(self, now: datetime) -> Life:
        """Taking over counts as a sign: nothing is known of before."""
        habit = self._learn((), 1.0, now)
        limit = self._limit(habit, now, out=False)
        return Life(habit, Quiet(now, NOBODY, None, NOBODY, 0, False, _WAITING, limit, now + limit * _MINUTE))

    def step(self, state: Life, event: Event, now: datetime) -> tuple[Life, Sequence[Decision]]:
        """Take a sign of life, the end of the wait, the night's learning, or a person's word."""
        if isinstance(event, Reading):
            if not alive(event) or event.at <= state.quiet.last or state.quiet.watch is _SUSPENDED:
                return state, ()
            return self._sign(state, event.device, min(event.at, now), now)
        match event:
            case Tick():
                return self._tick(state, now)
            case ModeSet(mode=mode):
                return self._mode(state, mode, now)
            case Unheard():
                return self._unheard(state, event)
            case Swapped(old=old, new=new) if state.quiet.device == old:
                return replace(state, quiet=replace(state.quiet, device=new)), ()
        return state, ()

    def due(self, state: Life) -> datetime | None:
        """When the silence is too long, or when to learn, whichever is first."""
        due, learn = state.quiet.due, state.habit.next
        return learn if due is None or learn < due else due

    def usual(self, state: Life) -> int:
        """The longest silence, in minutes, that is usual if it began when this one did; 0 while unknown."""
        habit = state.habit
        return habit.usual[_slot(habit, state.quiet.last)] if len(habit.days) >= _COLD else 0

    def waiting(self, state: Life) -> Wait:
        """What the silence now is held against."""
        quiet, known = state.quiet, self.usual(state)
        end = None if quiet.watch is _SUSPENDED else quiet.due or quiet.last + quiet.limit * _MINUTE
        own = known * _MINUTE if known and not quiet.out else None
        return Wait(quiet.last, quiet.device, quiet.limit * _MINUTE, end, own)

    def _sign(
        self, state: Life, device: DeviceId, at: datetime, now: datetime
    ) -> tuple[Life, Sequence[Decision]]:
        old, habit = state.quiet, state.habit
        if at <= old.last:
            return state, ()
        if at - old.last >= _SHORT:
            habit = self._noted(habit, old, at)
        door, alone, heard, out = self._whereabouts(old, device, at)
        limit = self._limit(habit, at, out)
        quiet = Quiet(at, device, door, alone, heard, out, _WAITING, limit, at + limit * _MINUTE)
        if old.watch is not _RAISED:
            return Life(habit, quiet), ()
        return Life(habit, quiet), (Clear(OUT if old.out else KEY, now),)

    def _whereabouts(
        self, old: Quiet, device: DeviceId, at: datetime
    ) -> tuple[datetime | None, DeviceId, int, bool]:
        """Out after an exterior door. In again at the next inner sign of life, unless it is one sensor alone,
        seldom, and no other room confirms it: a cat in the kitchen of somebody on holiday."""
        if device in self.exterior:
            return at, NOBODY, 0, True
        if old.heard == _CONFIRMED or old.door is None:
            return old.door, old.alone, _CONFIRMED, False
        if old.heard and old.alone != device:
            return old.door, old.alone, _CONFIRMED, False
        heard, since = old.heard + 1, at - old.door
        return old.door, device, heard, since > LINGER and heard <= 1 + since.total_seconds() / 3600

    def _noted(self, habit: Habit, quiet: Quiet, at: datetime) -> Habit:
        """A silence that ended by itself is how the resident lives, one that raised too: the limits widen."""
        length = at - quiet.last
        if quiet.deaf is not None or length > _LONG:
            return habit
        gap = (int(_minute(habit, quiet.last)), round(length / _MINUTE), int(quiet.out))
        if quiet.watch is _RAISED and not quiet.out:
            loose = min(3.0, habit.loose * self.part.patience)
            habit = replace(habit, loose=loose, limits=self._limits(habit.usual, loose, len(habit.days)))
        return replace(habit, today=(*habit.today, gap))

    def _tick(self, state: Life, now: datetime) -> tuple[Life, Sequence[Decision]]:
        if state.habit.next <= now:
            today = state.habit.today
            days = (*state.habit.days, today)[-DAYS:] if today else state.habit.days
            loose = state.habit.loose**self.part.forget
            state = replace(state, habit=self._learn(days, loose, now))
        quiet = state.quiet
        if quiet.due is None or quiet.due > now:
            return state, ()
        found = self._finding(state, quiet.due)
        return replace(state, quiet=replace(quiet, watch=_RAISED, due=None)), (found,)

    def _mode(self, state: Life, mode: Mode, now: datetime) -> tuple[Life, Sequence[Decision]]:
        quiet = state.quiet
        match mode in _ABSENT, quiet.watch:
            case True, Watch.SUSPENDED:
                return state, ()
            case True, watch:
                over = (Clear(OUT if quiet.out else KEY, now),) if watch is _RAISED else ()
                return replace(state, quiet=replace(quiet, watch=_SUSPENDED, due=None, deaf=now)), over
            case False, Watch.SUSPENDED:
                limit = self._limit(state.habit, now, out=False)
                new = Quiet(
                    now, quiet.device, None, NOBODY, 0, False, _WAITING, limit, now + limit * _MINUTE, now
                )
                return replace(state, quiet=new), ()
        return state, ()

    def _unheard(self, state: Life, event: Unheard) -> tuple[Life, Sequence[Decision]]:
        """Time in which nothing could be heard is no silence: the wait goes on by as much."""
        quiet = state.quiet
        lost = event.at - max(event.since, quiet.last, quiet.deaf or quiet.last)
        if lost <= timedelta(0):
            return state, ()
        due = None if quiet.due is None else quiet.due + lost
        return replace(state, quiet=replace(quiet, due=due, deaf=event.at)), ()

    def _learn(self, days: tuple[tuple[Gap, ...], ...], loose: float, now: datetime) -> Habit:
        own = usual(days)
        local = now.astimezone(self.zone)
        midnight = datetime.combine(local.date(), time(0), self.zone)
        nights = (
            datetime.combine(local.date() + timedelta(days=ahead), _NIGHTLY, self.zone).astimezone(UTC)
            for ahead in range(3)
        )
        upcoming = next(night for night in nights if night > now)
        return Habit(
            days,
            (),
            own,
            self._limits(own, loose, len(days)),
            outing(days, self._bounds()),
            loose,
            midnight.timestamp(),
            upcoming,
        )

    def _limits(self, own: Sequence[int], loose: float, days: int) -> tuple[int, ...]:
        known = limits(own, loose, self._bounds())
        if days >= _COLD:
            return known
        return tuple(max(limit, self._cold(slot)) for slot, limit in enumerate(known))

    def _cold(self, slot: int) -> int:
        by_day = 4 * 60 <= slot * SLOT < 20 * 60
        return int((self.part.cold if by_day else self.part.cold_night) / _MINUTE)

    def _bounds(self) -> Bounds:
        part = self.part
        least, most, out = (int(t / _MINUTE) for t in (part.least, part.most, part.out_least))
        return Bounds(part.factor, least, most, part.stretch, (out, int(part.out_most / _MINUTE)))

    def _limit(self, habit: Habit, at: datetime, out: bool) -> int:
        """In minutes, for a silence that begins at `at`; between two half hours in proportion."""
        if out:
            return habit.out
        slot, share = divmod((_minute(habit, at) - SLOT / 2) / SLOT, 1.0)
        first, second = habit.limits[int(slot) % SLOTS], habit.limits[(int(slot) + 1) % SLOTS]
        return round(first + (second - first) * share)

    def _finding(self, state: Life, at: datetime) -> Raise:
        quiet = state.quiet
        facts: dict[str, Fact] = place(self.rooms, quiet.device) | {
            "since": quiet.last.isoformat(),
            "minutes": minutes(quiet.last, at),
            "limit": float(quiet.limit),
        }
        if quiet.out:
            return Raise(OUT, Severity.CHECK, at, facts)
        if known := self.usual(state):
            facts["usual"] = float(known)
        return Raise(KEY, self.part.severity, at, facts)


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """Nothing where no device could ever give a sign of life."""
    if any(not device.kinds or device.kinds & LIFE for device in home.devices):
        exterior = frozenset(device.id for device in home.devices if device.exterior)
        yield Learned(part, home.zone, exterior, home.rooms())


def _minute(habit: Habit, at: datetime) -> float:
    """The minute of the local day."""
    return (at.timestamp() - habit.midnight) % _DAY / 60


def _slot(habit: Habit, at: datetime) -> int:
    return int(_minute(habit, at) // SLOT)
