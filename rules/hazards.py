"""What cannot wait: a pressed SOS button, and sensors that report smoke, gas, CO, heat, water or a fall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rules.facts import place
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

SEVERITIES: Mapping[Kind, Severity] = {
    Kind.SMOKE: Severity.EMERGENCY,
    Kind.GAS: Severity.EMERGENCY,
    Kind.CO: Severity.EMERGENCY,
    Kind.HEAT: Severity.EMERGENCY,
    Kind.FALL: Severity.EMERGENCY,
    Kind.WATER_LEAK: Severity.URGENT,
}


@dataclass(frozen=True, slots=True)
class Pressed:
    """An SOS that is open: when the button was pressed last, and how often."""

    last: datetime
    presses: int


@dataclass(frozen=True, slots=True)
class Calls:
    """The SOS buttons whose call is open."""

    open: Mapping[DeviceId, Pressed]


@dataclass(frozen=True, slots=True)
class Sos:
    """A press calls; each further press says so again under the same key. A button knows no "off": the call
    is over (for the sensor's part) when it was not pressed for `clear_after`."""

    clear_after: timedelta
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default="sos", init=False)
    kinds: frozenset[Kind] = field(default=frozenset({Kind.SOS}), init=False)

    def start(self, now: datetime) -> Calls:
        """No call is open."""
        return Calls({})

    def step(self, state: Calls, event: Event, now: datetime) -> tuple[Calls, Sequence[Decision]]:
        """Count a press, or end the calls nobody repeated. Only an EVENT is a press: a cached one is old."""
        match event:
            case Reading(kind=Kind.SOS, origin=Origin.EVENT) if event.value > 0:
                return self._press(state, event, now)
            case Tick():
                return self._end(state, now)
            case Swapped(old=old) if old in state.open:
                left = {device: call for device, call in state.open.items() if device != old}
                return Calls(left), (Clear(f"sos:{old}", event.at),)
        return state, ()

    def due(self, state: Calls) -> datetime | None:
        """When the first open call ends."""
        if not state.open:
            return None
        return min(call.last for call in state.open.values()) + self.clear_after

    def _press(self, state: Calls, press: Reading, now: datetime) -> tuple[Calls, Sequence[Decision]]:
        before = state.open.get(press.device)
        count = before.presses + 1 if before else 1
        facts = place(self.rooms, press.device) | {"presses": float(count), "value": press.value}
        call = Raise(f"sos:{press.device}", Severity.EMERGENCY, now, facts)
        return Calls({**state.open, press.device: Pressed(now, count)}), (call,)

    def _end(self, state: Calls, now: datetime) -> tuple[Calls, Sequence[Decision]]:
        over = [device for device, call in state.open.items() if call.last + self.clear_after <= now]
        if not over:
            return state, ()
        left = {device: call for device, call in state.open.items() if device not in over}
        return Calls(left), tuple(Clear(f"sos:{device}", now) for device in over)


@dataclass(frozen=True, slots=True)
class Alight:
    """The keys ("smoke:<device>") of the hazards that are open."""

    open: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hazards:
    """Sensors that report a danger as a state: one finding a device and kind, from 1 to 0."""

    kinds: frozenset[Kind]
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default="hazards", init=False)

    def start(self, now: datetime) -> Alight:
        """Nothing is open."""
        return Alight(frozenset())

    def step(self, state: Alight, event: Event, now: datetime) -> tuple[Alight, Sequence[Decision]]:
        """Open or clear. A cached 1 counts (it may have begun while nobody listened) unless it is open
        already; a cached 0 does not: the cache may be older than the fire."""
        if isinstance(event, Swapped):
            return self._swap(state, event)
        if not isinstance(event, Reading) or event.kind not in self.kinds:
            return state, ()
        key = f"{event.kind.value}:{event.device}"
        match event.value > 0, key in state.open:
            case True, False if event.origin is not Origin.SYNTHETIC:
                return Alight(state.open | {key}), (self._finding(key, event, now),)
            case False, True if event.origin is not Origin.REPLAY:
                return Alight(state.open - {key}), (Clear(key, now),)
        return state, ()

    def due(self, state: Alight) -> datetime | None:
        """Never: a state ends when the sensor says so."""
        return None

    def _swap(self, state: Alight, swap: Swapped) -> tuple[Alight, Sequence[Decision]]:
        """The old sensor will never say that it is over; the new one says if it is not."""
        over = {f"{kind.value}:{swap.old}" for kind in self.kinds} & state.open
        if not over:
            return state, ()
        return Alight(state.open - over), tuple(Clear(key, swap.at) for key in sorted(over))

    def _finding(self, key: str, reading: Reading, now: datetime) -> Raise:
        facts = place(self.rooms, reading.device) | {"value": reading.value}
        return Raise(key, SEVERITIES[reading.kind], now, facts)
