"""What hindsight knows of the silences in a recorded home: outings, and where a silence may be injected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.recorded import HOLE, MONTH, Recorded, recorded
from rules.presence import LIFE

GRID = 300.0  # seconds between the instants that may be drawn
AFTER_DOOR, BEFORE_DOOR, AWAY = 120.0, 300.0, 900.0  # seconds: when a silence was an outing, in hindsight
LONG, END = 24 * 3600.0, 86_400.0  # unexplained absence; the last day is not drawn from

_Times = NDArray[np.float64]
_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Silences:
    """One home and the gaps between its activations. Seconds since 1970."""

    of: Recorded
    times: _Times  # of the activations; gap i follows the i-th
    gone: _Flags  # per gap: the recording itself had stopped in it
    drawable: _Times  # instants at home in test time, GRID apart
    begin: float  # test time begins
    months: float  # of test time, holes left out


def usable(folder: Path) -> tuple[Silences, ...]:
    """The homes with 28 days and an exterior door."""
    homes = (_silences(home) for home in recorded(folder, LIFE) if _doors(home).any())
    return tuple(homes)


def _silences(home: Recorded) -> Silences:
    times = np.array([reading.at.timestamp() for reading in home.readings])
    length, gone = np.diff(times), _gone(home, times)
    begin = home.test.timestamp()
    grid = np.arange(times[0], times[-1], GRID)
    gap = np.clip(np.searchsorted(times, grid, "right") - 1, 0, len(length) - 1)
    test = (grid >= begin) & ~gone[gap]
    away, door = _outings(times, _doors(home))
    lost = (length > LONG) & ~door
    drawable = grid[test & ~away[gap] & ~lost[gap] & (grid < times[-1] - END)]
    return Silences(home, times, gone, drawable, begin, float(test.sum() * GRID / (MONTH * 86_400)))


def _gone(home: Recorded, times: _Times) -> _Flags:
    """The gaps that a hole touches."""
    gone = np.zeros(len(times) - 1, dtype=bool)
    for since, until in home.holes:
        gone |= (times[:-1] < until.timestamp()) & (times[1:] > since.timestamp())
    return gone & (np.diff(times) > HOLE.total_seconds())


def _outings(times: _Times, exterior: _Flags) -> tuple[_Flags, _Flags]:
    """Per gap: whether it was an outing, which begins and ends at a door; and whether it began at one."""
    before = np.maximum.accumulate(np.where(exterior, times, -np.inf))[:-1]
    after = np.minimum.accumulate(np.where(exterior, times, np.inf)[::-1])[::-1][1:]
    door = times[:-1] - before <= AFTER_DOOR
    return door & (after - times[1:] <= BEFORE_DOOR) & (np.diff(times) >= AWAY), door


def _doors(home: Recorded) -> _Flags:
    exterior = {device.id for device in home.home.devices if device.exterior}
    return np.array([reading.device in exterior for reading in home.readings])
