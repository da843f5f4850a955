"""No sign of life for too long, counted over a fixed window of the day in the home's own time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rules.facts import minutes, place
from rules.hours import NOWHERE, Hours, Reach, soon
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
from rules.presence import BOTH_WAYS
from rules.wait import Wait

_ABSENT = frozenset({Mode.AWAY, Mode.HOSPITAL})


class Watch(StrEnum):
    """Where the rule stands."""

    WAITING = "waiting"
    RAISED = "raised"
    SUSPENDED = "suspended"  # nobody is expected at home


# Looking an enum's member up costs as much as building a tuple; every motion passes here.
_EVENT, _WAITING, _RAISED, _SUSPENDED = Origin.EVENT, Watch.WAITING, Watch.RAISED, Watch.SUSPENDED


@dataclass(frozen=True, slots=True)
class Quiet:
    """The last sign of life and when its silence is too long. `due` is kept, not derived: a clock step moves
    it with everything else, so what was left to wait stays left to wait, whatever hour it has become."""

    last: datetime
    device: DeviceId  # "" until there was a sign
    watch: Watch
    due: datetime | None
    reach: Reach  # how to find the next `due` without a calendar
    heard: datetime | None = None  # the end of the last time in which nothing could be heard


@dataclass(frozen=True, slots=True)
class Inactivity:
    """Raises when, since the last sign of life, `limit` of the window has gone by. Only an EVENT is a sign: a
    heartbeat, a cached state or a timer's "off" is none."""

    name: str  # the key of its finding too
    hours: Hours
    limit: timedelta
    severity: Severity
    kinds: frozenset[Kind]
    devices: frozenset[DeviceId] | None  # None: all
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)

    def start(self, now: datetime) -> Quiet:
        """Taking over counts as a sign: nothing is known of before."""
        return self._from(now, DeviceId(""), NOWHERE)

    def step(self, state: Quiet, event: Event, now: datetime) -> tuple[Quiet, Sequence[Decision]]:
        """Take a sign of life, the end of the wait, or a person's word that nobody is there."""
        if isinstance(event, Reading):
            return self._reading(state, event, now)
        if isinstance(event, ModeSet):
            return self._mode(state, event.mode, now)
        if isinstance(event, Tick) and state.due is not None and state.due <= now:
            return replace(state, watch=Watch.RAISED, due=None), (self._finding(state, state.due),)
        if isinstance(event, Unheard):
            return self._deaf(state, event), ()
        if isinstance(event, Swapped) and state.device == event.old:  # its finding names the place
            return replace(state, device=event.new), ()
        return state, ()

    def due(self, state: Quiet) -> datetime | None:
        """The exact instant at which the silence is too long."""
        return state.due

    def waiting(self, state: Quiet) -> Wait:
        """What it waits for: a sign of life in time."""
        end = None if state.watch is _SUSPENDED else state.due or self.hours.gone(state.last, self.limit)
        return Wait(state.last, state.device, self.limit, end)

    def _reading(self, state: Quiet, event: Reading, now: datetime) -> tuple[Quiet, Sequence[Decision]]:
        if not self._alive(event) or state.watch is _SUSPENDED:
            return state, ()
        at = event.at
        if at > now:
            at = now
        if at <= state.last:
            return state, ()
        new = self._from(at, event.device, state.reach)
        return new, (Clear(self.name, now),) if state.watch is _RAISED else ()

    def _alive(self, event: Reading) -> bool:
        kind = event.kind
        return (
            event.origin is _EVENT
            and kind in self.kinds
            and (event.value > 0 or kind in BOTH_WAYS)
            and (self.devices is None or event.device in self.devices)
        )

    def _mode(self, state: Quiet, mode: Mode, now: datetime) -> tuple[Quiet, Sequence[Decision]]:
        match mode in _ABSENT, state.watch:
            case True, Watch.RAISED:
                return replace(state, watch=Watch.SUSPENDED, due=None), (Clear(self.name, now),)
            case True, Watch.WAITING:
                return replace(state, watch=Watch.SUSPENDED, due=None), ()
            case False, Watch.SUSPENDED:
                return self._from(now, state.device, state.reach), ()
        return state, ()

    def _deaf(self, state: Quiet, gap: Unheard) -> Quiet:
        """Nobody could hear a sign meanwhile: what was left to wait is left to wait."""
        known = max(filter(None, (state.last, state.heard)))
        if state.due is None or gap.at <= known:
            return state
        left = self.hours.between(max(gap.since, known), state.due)
        return replace(state, due=self.hours.gone(gap.at, left), heard=gap.at)

    def _from(self, at: datetime, device: DeviceId, reach: Reach) -> Quiet:
        due = soon(reach, at)
        if due is None:
            reach = self.hours.reach(at, self.limit)
            due = self.hours.gone(at, self.limit)
        return Quiet(at, device, _WAITING, due, reach)

    def _finding(self, state: Quiet, at: datetime) -> Raise:
        facts = place(self.rooms, state.device) | {
            "since": state.last.isoformat(),
            "minutes": minutes(state.last, at),
            "limit": self.limit.total_seconds() / 60,
        }
        return Raise(self.name, self.severity, at, facts)
