"""What is usual in this home: from the silences of four weeks to a limit for every half hour. numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Gap: TypeAlias = tuple[int, int, int]
"""A silence: the minute of the local day at which it began, its length in minutes, 1 if probably out."""

SLOTS: Final = 48  # half hours
SLOT: Final = 30  # minutes
SHORTEST: Final = 18  # minutes; shorter silences never decide a limit and are not kept
DAYS: Final = 28
_DAY: Final = 1440
# The geometric mean of the longest few silences around an hour is steadier than the longest alone. Three
# widths of "around", each with its own few, did better than any of them (docs/detection.md).
_NEAR: Final = ((60, 2), (90, 3), (135, 5))  # minutes each way, how many of the longest
_FLOOR: Final = float(SHORTEST)

_Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How a usual silence becomes a limit, in minutes; docs/detection.md tells where the numbers are from."""

    factor: float  # a limit is so many times the usual
    least: int
    most: int
    stretch: float  # the exponent above `least`: long limits grow faster than the usual
    out: tuple[int, int]  # the least and the most while probably out


def usual(days: Sequence[Sequence[Gap]]) -> tuple[int, ...]:
    """The longest silence that is usual, in minutes, if it begins in each half hour of the day."""
    kept = np.array([g for day in days for g in day if not g[2] and g[1] <= _DAY], dtype=np.float64)
    if not kept.size:
        return (SHORTEST,) * SLOTS
    middles = np.arange(SLOTS) * SLOT + SLOT / 2
    away = np.abs((kept[:, :1] - middles + _DAY / 2) % _DAY - _DAY / 2)
    logs = np.log(np.maximum(kept[:, 1:2], _FLOOR))
    means = [_longest(np.where(away <= width, logs, np.log(_FLOOR)), few, len(days)) for width, few in _NEAR]
    return tuple(int(m) for m in np.exp(np.mean(means, axis=0)).round())


def limits(usual: Sequence[int], loose: float, bounds: Bounds) -> tuple[int, ...]:
    """The limit in minutes for each half hour; `loose` ≥ 1 widens them all."""
    own = np.array(usual, dtype=np.float64) * bounds.factor * loose / bounds.least
    wide = bounds.least * np.where(own > 1, own**bounds.stretch, 1.0)
    return tuple(int(m) for m in np.minimum(wide, bounds.most).round())


def outing(days: Sequence[Sequence[Gap]], bounds: Bounds) -> int:
    """The limit in minutes while probably out: three times the longest outing (a day and a half at most)."""
    least, most = bounds.out
    longest = max((min(g[1], _DAY * 3 // 2) for day in days for g in day if g[2]), default=most)
    return int(min(max(3 * longest, least), most))


def _longest(logs: _Floats, few: int, days: int) -> _Floats:
    """The mean of the `few` largest of each column; of fewer while fewer than DAYS days are known."""
    count = max(1, round(few * min(days, DAYS) / DAYS))
    if len(logs) < count:
        return np.full(logs.shape[1], np.log(_FLOOR))
    longest: _Floats = np.partition(logs, -count, axis=0)[-count:].mean(axis=0)
    return longest
