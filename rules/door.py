"""A door left open: an entry door that stands open longer than its limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rules.facts import minutes, place
from rules.model import (
    Clear,
    Decision,
    DeviceId,
    Event,
    Kind,
    Origin,
    Raise,
    Reading,
    Severity,
    Swapped,
    Tick,
)


@dataclass(frozen=True, slots=True)
class Doors:
    """The doors that stand open and since when, and those of them that were reported."""

    open: Mapping[DeviceId, datetime]
    reported: frozenset[DeviceId]


@dataclass(frozen=True, slots=True)
class Door:
    """Raises once when a door of `limits` stands open for its limit; clears when it shuts."""

    limits: Mapping[DeviceId, timedelta] = field(compare=False, repr=False)
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default="door.open", init=False)
    kinds: frozenset[Kind] = field(default=frozenset({Kind.CONTACT}), init=False)

    def start(self, now: datetime) -> Doors:
        """No door is known to stand open."""
        return Doors({}, frozenset())

    def step(self, state: Doors, event: Event, now: datetime) -> tuple[Doors, Sequence[Decision]]:
        """Note a door that opens or shuts, and report one that stands open too long."""
        match event:
            case Reading(kind=Kind.CONTACT) if event.device in self.limits:
                return self._swing(state, event, now)
            case Tick():
                return self._look(state, now)
            case Swapped(old=old) if old in state.open:
                left = {other: since for other, since in state.open.items() if other != old}
                over = (Clear(f"door.open:{old}", event.at),) if old in state.reported else ()
                return Doors(left, state.reported - {old}), over
        return state, ()

    def due(self, state: Doors) -> datetime | None:
        """When the first open door reaches its limit."""
        return min(self._ends(state).values(), default=None)

    def _ends(self, state: Doors) -> dict[DeviceId, datetime]:
        return {
            device: since + self.limits[device]
            for device, since in state.open.items()
            if device in self.limits and device not in state.reported
        }

    def _swing(self, state: Doors, event: Reading, now: datetime) -> tuple[Doors, Sequence[Decision]]:
        device = event.device
        match event.value > 0, device in state.open:
            case True, False:
                return Doors({**state.open, device: min(event.at, now)}, state.reported), ()
            case False, True if event.origin is not Origin.REPLAY:  # a cached "shut" may be an old one
                left = {other: since for other, since in state.open.items() if other != device}
                over = (Clear(f"door.open:{device}", now),) if device in state.reported else ()
                return Doors(left, state.reported - {device}), over
        return state, ()

    def _look(self, state: Doors, now: datetime) -> tuple[Doors, Sequence[Decision]]:
        late = {device: at for device, at in self._ends(state).items() if at <= now}
        if not late:
            return state, ()
        found = tuple(self._finding(device, state.open[device], at) for device, at in late.items())
        return Doors(state.open, state.reported | late.keys()), found

    def _finding(self, device: DeviceId, since: datetime, at: datetime) -> Raise:
        facts = place(self.rooms, device) | {
            "since": since.isoformat(),
            "minutes": minutes(since, at),
            "limit": self.limits[device].total_seconds() / 60,
        }
        return Raise(f"door.open:{device}", Severity.CHECK, at, facts)
