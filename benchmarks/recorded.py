"""Recorded homes to measure rules on: their readings, the holes in them, and intervals over homes."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from rules.home import Device, Home
from rules.model import DeviceId, Event, HomeId, Kind, Reading, Unheard

TRAIN = timedelta(days=14)  # of each home: nothing is counted in it
MONTH = 30.44  # days
HOLE = timedelta(hours=12)  # nothing heard of any home for longer: the recording stopped, not the homes
ZONE = ZoneInfo("UTC")  # the recordings' local times, taken as they stand
_EXTERIOR = ("front-door", "back-door")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One home: what was heard, in order, and when the recording itself had stopped."""

    home: Home
    readings: tuple[Reading, ...]
    holes: tuple[tuple[datetime, datetime], ...]

    @property
    def test(self) -> datetime:
        """When the first TRAIN days, counted from midnight, are over."""
        return self.readings[0].at.replace(hour=0, minute=0, second=0) + TRAIN

    @property
    def end(self) -> datetime:
        """The last reading."""
        return self.readings[-1].at

    @property
    def months(self) -> float:
        """How long it was tested, without the holes."""
        lost = sum((max(b - max(a, self.test), timedelta(0)) for a, b in self.holes), timedelta(0))
        return (self.end - self.test - lost) / timedelta(days=MONTH)

    def tested(self, at: datetime) -> bool:
        """Whether what is found then counts: after the training, and not where the recording had stopped."""
        return at >= self.test and not any(a < at < b for a, b in self.holes)

    def events(self) -> Iterator[Event]:
        """The readings, and after a hole the word that nothing could be heard in it."""
        ends = list(self.holes)
        for reading in self.readings:
            while ends and ends[0][1] <= reading.at:
                yield Unheard(*ends.pop(0))
            yield reading


def recorded(folder: Path, kinds: Iterable[Kind], days: int = 28) -> tuple[Recorded, ...]:
    """The homes of FOLDER/readings.csv.gz (`home,device,kind,value,at`) that were heard for that long, sorted
    by id, with only these kinds of readings."""
    rows = _rows(folder / "readings.csv.gz", frozenset(kinds))
    holes = _holes(sorted({reading.at for readings in rows.values() for reading in readings}))
    found = (_home(name, rows[name], holes) for name in sorted(rows))
    return tuple(home for home in found if home.end - home.readings[0].at >= timedelta(days=days))


def half(homes: Sequence[Recorded], which: str) -> tuple[Recorded, ...]:
    """`choose`: every other home from the first on; `report`: the others; `all`."""
    return tuple(homes if which == "all" else homes[0 if which == "choose" else 1 :: 2])


def interval(counts: Sequence[int], months: Sequence[float], draws: int = 2000) -> tuple[float, float]:
    """95 % bootstrap interval over homes of the alarms a home-month. The same each time."""
    dice = np.random.default_rng(3)
    picks = dice.integers(0, len(counts), (draws, len(counts)))
    rates = np.asarray(counts)[picks].sum(axis=1) / np.asarray(months)[picks].sum(axis=1)
    low, high = np.quantile(rates, [0.025, 0.975])
    return round(float(low), 2), round(float(high), 2)


def _rows(path: Path, kinds: frozenset[Kind]) -> Mapping[str, list[Reading]]:
    rows: dict[str, list[Reading]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        for home, device, kind, value, at in list(csv.reader(text))[1:]:
            if kind in kinds:
                instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
                reading = Reading(DeviceId(device), Kind(kind), float(value), instant)
                rows.setdefault(home, []).append(reading)
    return {home: sorted(readings, key=lambda reading: reading.at) for home, readings in rows.items()}


def _holes(instants: Sequence[datetime]) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((a, b) for a, b in pairwise(instants) if b - a > HOLE)


def _home(name: str, readings: list[Reading], holes: tuple[tuple[datetime, datetime], ...]) -> Recorded:
    kinds: dict[DeviceId, set[Kind]] = {}
    for reading in readings:
        kinds.setdefault(reading.device, set()).add(reading.kind)
    devices = tuple(
        Device(name, name, exterior=name in _EXTERIOR, kinds=frozenset(found))
        for name, found in kinds.items()
    )
    mine = tuple((a, b) for a, b in holes if readings[0].at < b and a < readings[-1].at)
    return Recorded(Home(HomeId(name), ZONE, devices), tuple(readings), mine)
