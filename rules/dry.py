"""No water used for longer than this resident ever uses none at that hour of the day.

What counts is the time since the meter last turned. For each hour of the day the longest such time of four
weeks, and of the hours beside it, is the habit: long after midnight, short after breakfast.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import numpy as np

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
from rules.nightly import MEMORY, STUDY, following
from rules.presence import LIFE, LINGER, NOBODY, alive
from rules.strict import Range, Span

KEY: Final = "inactivity:water-habit"
_ABSENT: Final = frozenset({Mode.AWAY, Mode.HOSPITAL})
_METER: Final = frozenset({Kind.WATER_VOLUME, Kind.ONLINE})  # the sieve makes ONLINE of an unchanged value
_DAYS: Final = 7  # before a habit counts
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_NONE: Final = (0,) * 24


@dataclass(frozen=True, slots=True)
class Part:
    """Numbers chosen on one half of 11 recorded meters and tried on the other: docs/detection.md."""

    times: Annotated[float, Range(1.0, 10.0)] = 1.5  # × the longest dry time at that hour
    floor: Span = timedelta(hours=12)  # a night and a late breakfast; Shanghai's span
    most: Span = timedelta(hours=24)  # always too long; counts alone until the habit is known
    litres: Annotated[float, Range(0.001, 1000.0)] = 1.0  # less is a drip, or a meter's tolerance
    heard: Span = timedelta(hours=3)  # a meter that speaks hourly and was not heard for longer tells nothing
    severity: Severity = Severity.URGENT


@dataclass(frozen=True, slots=True)
class Dry:
    """Since when no water was used, and how long that lasted before, by the hour of the day."""

    since: datetime  # the last use
    heard: datetime  # the meter's last word
    study: datetime  # when to learn next
    due: datetime | None  # when to look next; None: raised, or it cannot be told
    device: DeviceId = NOBODY
    marks: Mapping[DeviceId, float] = field(default_factory=dict)  # litres at each meter's last use
    speaks: bool = False  # the meter also speaks when nothing was used
    raised: bool = False
    absent: bool = False
    visitor: bool = False
    blind: bool = False  # this dry time teaches nothing
    door: datetime | None = None  # an entry door moved, and nobody was seen inside since
    limits: tuple[float, ...] = ()  # minutes, for each hour of the day; () until the habit is known
    today: tuple[int, ...] = ()  # the longest dry time at each hour, minutes
    past: tuple[tuple[int, ...], ...] = ()  # of each day, oldest first


@dataclass(frozen=True, slots=True)
class WaterHabit:
    """Raises when the dry time passes the limit of the hour, not while an entry door says that everybody is
    out; clears with the next use."""

    times: float
    floor: timedelta
    most: timedelta
    litres: float
    quiet: timedelta
    severity: Severity
    zone: ZoneInfo
    meters: frozenset[DeviceId] = field(compare=False, repr=False)
    doors: frozenset[DeviceId] = field(compare=False, repr=False)
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default=KEY, init=False)
    kinds: frozenset[Kind] = field(default=LIFE | _METER, init=False)

    def start(self, now: datetime) -> Dry:
        """Taking over counts as a use: nothing is known of before."""
        return Dry(now, now - self.quiet, following(now, STUDY, self.zone), now + self.most, blind=True)

    def step(self, state: Dry, event: Event, now: datetime) -> tuple[Dry, Sequence[Decision]]:
        """Take the meter's word, a sign of life, the end of the wait, or what a person says."""
        if isinstance(event, Reading):
            if event.device in self.meters:
                return self._meter(state, event, now)
            if state.door is None and event.device not in self.doors:  # nearly always
                return state, ()
            return self._moved(state, event, now), ()
        match event:
            case Tick():
                return self._look(state, now)
            case ModeSet():
                return self._mode(state, event.mode, now)
            case Unheard() if not state.raised:  # the door was not heard either
                return replace(state, blind=True, door=None), ()
            case Swapped(old=old, new=new) if old in state.marks:  # another meter counts from elsewhere
                marks = {meter: mark for meter, mark in state.marks.items() if meter != old}
                return replace(state, marks=marks, device=new if state.device == old else state.device), ()
        return state, ()

    def due(self, state: Dry) -> datetime | None:
        """When to look at the hour's limit next (a lower bound), or when to learn."""
        return state.study if state.due is None else min(state.study, state.due)

    def _meter(self, state: Dry, event: Reading, now: datetime) -> tuple[Dry, Sequence[Decision]]:
        at = min(event.at, now)
        if event.origin is Origin.REPLAY or event.kind not in _METER or at <= state.heard:
            return state, ()
        mark = state.marks.get(event.device)
        if event.kind is Kind.ONLINE or mark is None or event.value < mark:  # new, or it began again
            if event.kind is Kind.ONLINE:
                state = replace(state, speaks=True)
            else:
                state = replace(state, marks={**state.marks, event.device: event.value}, device=event.device)
            return self._quiet(replace(state, heard=at), now)
        if event.value - mark < self.litres:
            return self._quiet(replace(state, heard=at, speaks=state.speaks or event.value == mark), now)
        state = replace(state, marks={**state.marks, event.device: event.value}, device=event.device)
        return self._used(state, at, now)

    def _quiet(self, state: Dry, now: datetime) -> tuple[Dry, Sequence[Decision]]:
        """The meter spoke again of a dry time whose end was passed while it was silent."""
        if state.due is not None or state.raised or state.absent or state.door is not None:
            return state, ()
        return self._judge(state, now)

    def _used(self, state: Dry, at: datetime, now: datetime) -> tuple[Dry, Sequence[Decision]]:
        over = (Clear(KEY, now),) if state.raised else ()
        if not (state.blind or state.visitor or state.absent):
            end = min(at, state.heard + self.quiet) if state.speaks else at
            today = self._longest(state.today, state.since, end)
        else:
            today = state.today
        return self._from(replace(state, heard=at, blind=False, today=today), at), over

    def _from(self, state: Dry, at: datetime) -> Dry:
        due = None if state.absent else at + timedelta(minutes=min(state.limits, default=self._most))
        return replace(state, since=at, raised=False, due=due)

    @property
    def _most(self) -> float:
        return self.most / _MINUTE

    def _moved(self, state: Dry, event: Reading, now: datetime) -> Dry:
        """A door says that somebody may be out; a sign inside later than LINGER after it, that somebody is
        back: then the wait begins anew, as nobody at home uses no water."""
        at = min(event.at, now)
        if not alive(event):
            return state
        if event.device in self.doors:
            return state if state.door is not None and at <= state.door else replace(state, door=at)
        if state.door is None or at - state.door <= LINGER:
            return state
        state = replace(state, door=None, blind=True)
        return state if state.raised else self._from(state, max(at, state.since))

    def _look(self, state: Dry, now: datetime) -> tuple[Dry, Sequence[Decision]]:
        found: Sequence[Decision] = ()
        if state.due is not None and state.due <= now:
            state, found = self._judge(state, now)
        if state.study <= now:
            state = self._learn(state, now)
        return state, found

    def _judge(self, state: Dry, now: datetime) -> tuple[Dry, Sequence[Decision]]:
        end = self._end(state)
        if end > now:
            return replace(state, due=end), ()
        silent = state.speaks and now - state.heard > self.quiet
        if silent or state.door is not None:  # the meter's next word will tell, or who comes back
            return replace(state, due=None), ()
        return replace(state, due=None, raised=True), (self._finding(state, now),)

    def _end(self, state: Dry) -> datetime:
        """The first instant at which the dry time is beyond the limit of its hour."""
        since, limits = state.since, state.limits
        if not limits:
            return since + self.most
        hour = since.replace(minute=0, second=0, microsecond=0)
        while True:
            end = since + timedelta(minutes=limits[hour.astimezone(self.zone).hour])
            if end < hour + _HOUR:
                return max(end, hour)
            hour += _HOUR

    def _longest(self, today: tuple[int, ...], since: datetime, end: datetime) -> tuple[int, ...]:
        """What one dry time says of each hour that it reached; nothing beyond `most`, which no habit is, and
        nothing of one so short that the floor counts anyway: nearly all are."""
        if (end - since) * self.times <= self.floor:
            return today or _NONE
        ages = list(today or _NONE)
        end = min(end, since + self.most)
        at = since.replace(minute=0, second=0, microsecond=0)
        hour = at.astimezone(self.zone).hour
        while at < end:
            at += _HOUR
            ages[hour] = max(ages[hour], int((min(at, end) - since) / _MINUTE))
            hour = (hour + 1) % 24
        return tuple(ages)

    def _learn(self, state: Dry, now: datetime) -> Dry:
        past = (*state.past, state.today)[-MEMORY:] if state.today else state.past
        limits = self._limits(past) if len(past) >= _DAYS else ()
        return replace(state, study=following(now, STUDY, self.zone), today=(), past=past, limits=limits)

    def _limits(self, past: tuple[tuple[int, ...], ...]) -> tuple[float, ...]:
        longest = np.array(past).max(axis=0)
        near = np.maximum(longest, np.maximum(np.roll(longest, 1), np.roll(longest, -1)))
        limits = np.clip(near * self.times, self.floor / _MINUTE, self._most)
        return tuple(map(float, limits.round(1)))

    def _mode(self, state: Dry, mode: Mode, now: datetime) -> tuple[Dry, Sequence[Decision]]:
        absent, visitor = mode in _ABSENT, mode is Mode.VISITOR
        state = replace(state, visitor=visitor, blind=state.blind or visitor)
        if absent == state.absent:
            return state, ()
        over = (Clear(KEY, now),) if state.raised else ()
        return self._from(replace(state, absent=absent, blind=True, door=None), now), over

    def _finding(self, state: Dry, at: datetime) -> Raise:
        limit = state.limits[at.astimezone(self.zone).hour] if state.limits else self._most
        facts = place(self.rooms, state.device) | {
            "since": state.since.isoformat(),
            "minutes": minutes(state.since, at),
            "limit": float(round(limit)),
        }
        if self.floor / _MINUTE < limit < self._most:
            facts["usual"] = float(round(limit / self.times))
        return Raise(KEY, self.severity, at, facts)


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule, where the home has a water meter."""
    meters = frozenset(device.id for device in home.having({Kind.WATER_VOLUME}))
    able = [d for d in home.devices if d.id not in meters and (not d.kinds or d.kinds & LIFE)]
    inside = any(not d.exterior for d in able)  # without one nobody would be seen to come back
    doors = frozenset(d.id for d in able if d.exterior and inside)
    if meters:
        yield WaterHabit(
            part.times,
            part.floor,
            part.most,
            part.litres,
            part.heard,
            part.severity,
            home.zone,
            meters,
            doors,
            home.rooms(),
        )
