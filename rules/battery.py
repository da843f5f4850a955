"""Batteries that need changing: a device says so, its numbers are low, or it will be empty soon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

from rules.facts import place
from rules.gauge import Gauge, millivolts, percent, read
from rules.home import Home
from rules.model import (
    AnyRule,
    Clear,
    Decision,
    DeviceId,
    Event,
    Fact,
    Kind,
    Origin,
    Raise,
    Reading,
    Severity,
    Swapped,
    Tick,
)
from rules.strict import Range, Span

_KINDS: Final = frozenset({Kind.BATTERY, Kind.VOLTAGE, Kind.BATTERY_LOW})
_DAY: Final = timedelta(days=1)


class Reason(StrEnum):
    """Why a battery is told of, the weakest reason first."""

    FORECAST = "forecast"  # at this rate it will be empty soon
    LOW = "low"  # its own numbers are low
    SAID = "said"  # the device itself says so


_RANK: Final[Mapping[Reason | None, int]] = {None: 0, Reason.FORECAST: 1, Reason.LOW: 2, Reason.SAID: 2}


@dataclass(frozen=True, slots=True)
class Part:
    """When a battery is told of."""

    ahead: Span = timedelta(days=14)  # our choice: time to send somebody on a round that is made anyway
    percent: Annotated[float, Range(1.0, 50.0)] = 10.0  # our choice; low by the device's own percentage
    hold: Span = timedelta(hours=6)  # our choice; a button's battery jumped from 80 to 0: zigbee2mqtt#31821


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of one device's battery, and what was told of it."""

    voltage: Gauge | None = None
    percent: Gauge | None = None
    said: bool = False
    told: Reason | None = None

    @property
    def gauge(self) -> Gauge | None:
        """The one to judge by. Per cent are made of volts, with less care."""
        return self.voltage or self.percent


@dataclass(frozen=True, slots=True)
class Cells:
    """The batteries by device."""

    cells: Mapping[DeviceId, Cell] = field(default_factory=dict)
    check: datetime | None = None  # when the next battery may have to be told of


@dataclass(frozen=True, slots=True)
class Battery:
    """Raises battery:<device>, again when there is a graver reason; clears with a new battery."""

    part: Part
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default="battery", init=False)
    kinds: frozenset[Kind] = field(default=_KINDS, init=False)

    def start(self, now: datetime) -> Cells:
        """Nothing is known of any battery."""
        return Cells()

    def step(self, state: Cells, event: Event, now: datetime) -> tuple[Cells, Sequence[Decision]]:
        """Take what a battery says, or look which one is in need."""
        match event:
            case Reading(kind=kind, device=device) if kind in _KINDS and device in self.rooms:
                return self._read(state, event, now) if event.origin is not Origin.REPLAY else (state, ())
            case Tick() if state.check is not None and state.check <= now:
                return self._look(state, now)
            case Swapped(old=old) if old in state.cells:
                left = {device: cell for device, cell in state.cells.items() if device != old}
                over = (Clear(f"battery:{old}", event.at),) if state.cells[old].told else ()
                return Cells(left, state.check), over
        return state, ()

    def due(self, state: Cells) -> datetime | None:
        """When to look next: a lower bound of when a battery has to be told of."""
        return state.check

    def _read(self, state: Cells, event: Reading, now: datetime) -> tuple[Cells, Sequence[Decision]]:
        old = state.cells.get(event.device, Cell())
        new, found = self._judged(event.device, self._after(old, event, min(event.at, now)), now)
        if new == old:
            return state, ()
        cells = {**state.cells, event.device: new}
        return Cells(cells, self._next(cells, now)), found

    def _look(self, state: Cells, now: datetime) -> tuple[Cells, Sequence[Decision]]:
        cells, found = dict(state.cells), list[Decision]()
        for device, cell in state.cells.items():
            cells[device], more = self._judged(device, cell, now)
            found += more
        return Cells(cells, self._next(cells, now)), found

    def _after(self, old: Cell, event: Reading, at: datetime) -> Cell:
        value = event.value
        match event.kind:
            case Kind.BATTERY_LOW:
                return replace(old, said=value > 0)
            case Kind.BATTERY:
                return replace(old, percent=read(old.percent, value, at, percent(self.part.percent)))
        top = max(value, old.voltage.top) if old.voltage else value
        scale = millivolts(top)
        return (
            old if scale is None or value <= 0 else replace(old, voltage=read(old.voltage, value, at, scale))
        )

    def _judged(self, device: DeviceId, cell: Cell, now: datetime) -> tuple[Cell, Sequence[Decision]]:
        reason = self._reason(cell, now)
        if _RANK[reason] > _RANK[cell.told]:
            return replace(cell, told=reason), (self._finding(device, cell, reason, now),)
        if reason is None and cell.told is not None and not self._near(cell, now):
            return replace(cell, told=None), (Clear(f"battery:{device}", now),)
        return cell, ()

    def _reason(self, cell: Cell, now: datetime) -> Reason | None:
        if cell.said:
            return Reason.SAID
        ends = [end for reason, end in self._ends(cell) if end <= now and reason is Reason.LOW]
        if ends:
            return Reason.LOW
        return Reason.FORECAST if any(end <= now for _, end in self._ends(cell)) else None

    def _near(self, cell: Cell, now: datetime) -> bool:
        """A forecast wavers: what was told holds until the end is twice as far."""
        gauge = cell.gauge
        return gauge is not None and gauge.empty is not None and gauge.empty - self.part.ahead * 2 <= now

    def _ends(self, cell: Cell) -> Iterator[tuple[Reason, datetime]]:
        for gauge in (cell.voltage, cell.percent):
            if gauge is not None and gauge.low is not None:
                yield Reason.LOW, gauge.low + self.part.hold
        if (gauge := cell.gauge) is not None and gauge.empty is not None:
            yield Reason.FORECAST, gauge.empty - self.part.ahead

    def _next(self, cells: Mapping[DeviceId, Cell], now: datetime) -> datetime | None:
        return min(
            (
                end
                for cell in cells.values()
                for reason, end in self._ends(cell)
                if end > now and _RANK[reason] > _RANK[cell.told]
            ),
            default=None,
        )

    def _finding(self, device: DeviceId, cell: Cell, reason: Reason | None, at: datetime) -> Raise:
        facts = place(self.rooms, device) | {"reason": str(reason)}
        if cell.voltage is not None:
            facts["volts"] = cell.voltage.value / 1000
        if cell.percent is not None:
            facts["percent"] = cell.percent.value
        return Raise(f"battery:{device}", Severity.TROUBLE, at, facts | _end(cell, at))


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule for a home: any of its devices may turn out to have a battery."""
    if home.devices:
        yield Battery(part, home.rooms())


def _end(cell: Cell, at: datetime) -> dict[str, Fact]:
    gauge = cell.gauge
    if gauge is None or gauge.empty is None:
        return {}
    return {"empty": gauge.empty.isoformat(), "days": max(0.0, float((gauge.empty - at) // _DAY))}
