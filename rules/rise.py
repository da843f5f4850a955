"""Not up by the usual hour: since the morning began nobody was seen outside the bedroom, later than ever."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
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
from rules.presence import LIFE, Presence, alive
from rules.strict import Range, Span

KEY: Final = "rise"
WINDOW: Final = 28  # days that count
EVENING: Final = timedelta(hours=11)  # before the morning opens: who was not seen since did not sleep here
LATEST: Final = timedelta(hours=12)  # after the morning opened: who is seen first then came home
LIMIT: Final = timedelta(hours=18)  # the latest instant of a finding, before the next morning
_STILL: Final = timedelta(minutes=1)  # a sign so soon after the last one is no news
_DRIFT: Final = timedelta(hours=1)  # a morning that opens further from its hour is none: the clock was set
_DAY = timedelta(days=1)
_ABSENT = frozenset({Mode.AWAY, Mode.HOSPITAL})

Rising: TypeAlias = tuple[int, int]
"""The day (ordinal) and the minute of it. Numbers and not instants: see rules.absence.Outing."""


@dataclass(frozen=True, slots=True)
class Part:
    """Not up by the usual hour. The numbers were chosen on recorded homes: docs/rules.md says how."""

    margin: Span = timedelta(hours=1)  # after the latest rising of 28 days, beside the resident's own spread
    days: Annotated[int, Range(3, 28)] = 14  # risings to know before anything is said
    opens: time = time(5)  # what is seen earlier belongs to the night
    bedrooms: tuple[str, ...] = ("bedroom", "卧室", "主卧", "次卧")


class Watch(StrEnum):
    """Where the rule stands."""

    NIGHT = "night"  # or the day after the rising: nothing to wait for but the next morning
    MORNING = "morning"  # nobody was seen up yet
    RAISED = "raised"


_NIGHT = Watch.NIGHT


@dataclass(frozen=True, slots=True)
class Morning:
    """The last sign of life, the morning that is watched, and the risings of the last weeks."""

    presence: Presence
    opened: datetime  # the morning that is watched, or the last one
    due: datetime | None  # when it is too late, or when the next one opens
    limit: datetime | None = None  # when it is too late; None: nothing is watched, or too little is known
    watch: Watch = Watch.NIGHT
    heard: datetime | None = None  # the end of the last time in which nothing could be heard
    mode: Mode = Mode.HOME
    risings: tuple[Rising, ...] = ()


@dataclass(frozen=True, slots=True)
class Rise:
    """Raises when somebody who was at home in the evening is not seen outside the bedroom until the latest
    rising of four weeks, the spread of these risings (between their quarters) and `margin` later."""

    margin: timedelta
    days: int
    opens: time
    zone: ZoneInfo
    sleeps: frozenset[DeviceId] = field(compare=False, repr=False)  # in a bedroom
    doors: frozenset[DeviceId] = field(compare=False, repr=False)
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default=KEY, init=False)
    kinds: frozenset[Kind] = field(default=LIFE, init=False)

    def start(self, now: datetime) -> Morning:
        """Wait for the next morning."""
        return Morning(Presence(now), now, self._next(now))

    def step(self, state: Morning, event: Event, now: datetime) -> tuple[Morning, Sequence[Decision]]:
        """Follow the signs of life; see who is up, and look when it is time."""
        if isinstance(event, Reading):
            return self._sign(state, event, now)
        match event:
            case Tick() if state.due is not None and state.due <= now:
                return self._look(state, state.due, now)
            case ModeSet():
                return self._mode(state, event.mode, now)
            case Unheard():
                return self._deaf(state, event, now)
            case Swapped() if state.presence.device == event.old:
                return replace(state, presence=replace(state.presence, device=event.new)), ()
        return state, ()

    def due(self, state: Morning) -> datetime | None:
        """When the morning opens, or the exact instant at which it is too late."""
        return state.due

    def _sign(self, state: Morning, event: Reading, now: datetime) -> tuple[Morning, Sequence[Decision]]:
        if not alive(event):
            return state, ()
        at, device, old = event.at, event.device, state.presence
        if at > now:
            at = now
        watched = state.watch is not _NIGHT and at >= state.opened
        if watched and (device not in self.sleeps or (event.kind is Kind.BED and not event.value)):
            return self._up(state, device, at, now)
        if at - old.last < _STILL and device not in self.doors and not old.out:
            return state, ()
        new = old.after(device, at, device in self.doors)
        return (state if new == old else _seen(state, new)), ()

    def _up(
        self, state: Morning, device: DeviceId, at: datetime, now: datetime
    ) -> tuple[Morning, Sequence[Decision]]:
        risings = state.risings
        if at - state.opened <= LATEST and state.mode in (Mode.HOME, Mode.TEST):
            day = _local(state.opened, self.zone)[0]
            minute = self._opening() + int(minutes(state.opened, at))
            kept = tuple(r for r in risings if 0 < day - r[0] <= WINDOW)  # later than today: an unset clock's
            risings = (*kept, (day, minute))
        presence = state.presence.after(device, at, device in self.doors)
        new = replace(self._over(state, now), presence=presence, heard=None, risings=risings)
        return new, _gone(state, now)

    def _look(self, state: Morning, due: datetime, now: datetime) -> tuple[Morning, Sequence[Decision]]:
        if state.limit is None:
            return self._opened(state, due), ()
        return replace(state, due=None, watch=Watch.RAISED), (self._finding(state, due),)

    def _opened(self, state: Morning, due: datetime) -> Morning:
        """A morning begins. Where nobody slept, it is not watched."""
        new, seen = replace(self._over(state, due), opened=due), state.presence
        slept = not seen.out and due - seen.last <= EVENING and state.mode not in _ABSENT
        off = timedelta(minutes=abs(_local(due, self.zone)[1] - self._opening()))
        if off > _DRIFT or not slept or (state.heard is not None and seen.last < state.heard):
            return new
        limit = self._limit(state, due)
        return replace(new, watch=Watch.MORNING, due=limit or new.due, limit=limit)

    def _limit(self, state: Morning, opened: datetime) -> datetime | None:
        """When it is too late on the morning that opened then; None while too little is known."""
        known = self._known(state, opened)
        if len(known) < self.days:
            return None
        low, _, high = statistics.quantiles(known, n=4, method="inclusive")
        return opened + min(LIMIT, timedelta(minutes=max(known) + high - low) + self.margin)

    def _known(self, state: Morning, opened: datetime) -> list[int]:
        """How many minutes after its opening each morning of the last weeks saw somebody up."""
        day = _local(opened, self.zone)[0]
        return [minute - self._opening() for began, minute in state.risings if 0 < day - began <= WINDOW]

    def _over(self, state: Morning, now: datetime) -> Morning:
        """Nothing to wait for but the next morning."""
        return replace(state, watch=Watch.NIGHT, limit=None, due=self._next(now))

    def _mode(self, state: Morning, mode: Mode, now: datetime) -> tuple[Morning, Sequence[Decision]]:
        if mode is state.mode:
            return state, ()
        if mode not in _ABSENT:
            return replace(state, mode=mode), ()
        return replace(self._over(state, now), mode=mode), _gone(state, now)

    def _deaf(self, state: Morning, gap: Unheard, now: datetime) -> tuple[Morning, Sequence[Decision]]:
        """Whoever got up meanwhile was not seen; and what was found meanwhile, nobody could know."""
        new = replace(state, heard=gap.at)
        if state.watch is _NIGHT or gap.at <= state.opened:
            return new, ()
        if state.watch is Watch.RAISED and state.limit is not None and state.limit < gap.since:
            return new, ()
        return self._over(new, now), _gone(state, now)

    def _finding(self, state: Morning, at: datetime) -> Raise:
        seen, known = state.presence, self._known(state, state.opened) or [0]  # none: the clock was set
        usual = state.opened + timedelta(minutes=statistics.median(known))
        latest = state.opened + timedelta(minutes=max(known))
        facts: dict[str, Fact] = place(self.rooms, seen.device) | {
            "since": seen.last.isoformat(),
            "minutes": minutes(usual, at),
            "rising": usual.isoformat(),
            "latest": latest.isoformat(),
            "count": float(len(known)),
        }
        return Raise(KEY, Severity.URGENT, at, facts)

    def _opening(self) -> int:
        return self.opens.hour * 60 + self.opens.minute

    def _next(self, now: datetime) -> datetime:
        """The first opening after `now`."""
        day = now.astimezone(self.zone).date()
        while (opening := datetime.combine(day, self.opens, self.zone).astimezone(UTC)) <= now:
            day += _DAY
        return opening


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule, where somebody could be seen up: outside the bedroom, or leaving the bed."""
    able = [d for d in home.devices if not d.kinds or d.kinds & LIFE]
    sleeps = frozenset(d.id for d in home.devices if d.room in part.bedrooms)
    if any(d.id not in sleeps or Kind.BED in d.kinds for d in able):
        doors = frozenset(device.id for device in home.devices if device.exterior)
        yield Rise(part.margin, part.days, part.opens, home.zone, sleeps, doors, home.rooms())


def _seen(state: Morning, new: Presence) -> Morning:
    """The same with another last sign; said in full, for every motion passes here."""
    return Morning(
        *(new, state.opened, state.due, state.limit, state.watch, state.heard, state.mode, state.risings)
    )


def _gone(state: Morning, now: datetime) -> Sequence[Decision]:
    return (Clear(KEY, now),) if state.watch is Watch.RAISED else ()


def _local(at: datetime, zone: ZoneInfo) -> tuple[int, int]:
    local = at.astimezone(zone)
    return local.toordinal(), local.hour * 60 + local.minute
