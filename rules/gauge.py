"""How full a battery is, by what it says of itself day by day, and when it will be empty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

_DAY: Final = timedelta(days=1)
# A line is drawn through the last 56 days, for steps of 5 % are weeks apart, and another through the last 14,
# for the knee at the end of a lithium cell's flat life.
_LONG: Final = 56.0
_SHORT: Final = 14.0
_LEAST: Final = 7  # daily values over most of those days make a trend
_CLEAR: Final = 3.0  # a fall smaller than so many times the usual deviation is noise
_FAR: Final = 3650.0  # days: no forecast beyond
# By the highest voltage seen, in mV: at what voltage sensors with such a cell stop. 3 V (CR, or two alkaline)
# 2.5 V, which is 0 % in Zigbee2MQTT's scale 3V_2500; the others are our choice: one alkaline cell 1.0 V,
# Li-SOCl2 3.0 V, Li-ion 3.3 V, four alkaline 4.0 V, a block of 9 V 7.0 V. More is no battery.
CELLS: Final = (
    (1_800, 1_000),
    (3_450, 2_500),
    (3_800, 3_000),
    (4_500, 3_300),
    (6_800, 4_000),
    (10_000, 7_000),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """What a gauge's numbers mean: `bottom` is empty, at `low` it is low, above `well` no longer; a value
    `jump` higher than before is another battery, and less than `step` is no change."""

    bottom: float
    low: float
    well: float
    jump: float
    step: float


@dataclass(frozen=True, slots=True)
class Gauge:
    """What a battery said of itself: the newest value, the highest, the lowest of each day as (days after
    `since`, value), since when it is low, and when it will be empty."""

    since: datetime
    value: float
    top: float
    days: tuple[tuple[float, float], ...]
    low: datetime | None = None
    empty: datetime | None = None


def percent(low: float) -> Scale:
    """Of a gauge in per cent, low at `low`. Few work below 5."""
    return Scale(min(5.0, low), low, low + 5, 15, 3)


def millivolts(top: float) -> Scale | None:
    """Of a gauge in mV whose highest value was `top`; None if that is no battery."""
    bottom = next((bottom for most, bottom in CELLS if top <= most), None)
    if bottom is None:
        return None
    return Scale(bottom, bottom, bottom * 1.02, bottom * 0.08, bottom * 0.01)


def read(old: Gauge | None, value: float, at: datetime, scale: Scale) -> Gauge:
    """The gauge after a value at `at`. The same object if that tells nothing new."""
    if old is None or value >= _level(old) + scale.jump:
        return Gauge(at, value, value, ((0.0, value),), at if value <= scale.low else None)
    low = old.low
    if value <= scale.low:
        low = low or at
    elif value > scale.well:
        low = None
    after = (at - old.since) / _DAY
    last, lowest = old.days[-1]
    if after < last:  # an old value that came late
        return old
    if after < last + 1:
        lowest = min(value, lowest)
        new = Gauge(old.since, value, max(old.top, value), (*old.days[:-1], (last, lowest)), low, old.empty)
        return old if new == old else new
    days = tuple(day for day in old.days if day[0] > after - _LONG)
    fitted = replace(old, days=days, empty=_empty(old.since, days, scale))
    return replace(fitted, value=value, top=max(old.top, value), days=(*days, (after, value)), low=low)


def _level(gauge: Gauge) -> float:
    """Without the one value a day that a bad contact or a cold night makes."""
    return float(np.median([value for _, value in gauge.days[-3:]]))


def _empty(since: datetime, days: tuple[tuple[float, float], ...], scale: Scale) -> datetime | None:
    """When the battery will be empty: the earlier of what its long and its short line say."""
    if not days:
        return None
    short = tuple(day for day in days if day[0] > days[-1][0] - _SHORT)
    ends = [end for row, span in ((days, _SHORT), (short, _SHORT / 2)) if (end := _end(row, span, scale))]
    return since + timedelta(days=min(ends)) if ends else None


def _end(days: tuple[tuple[float, float], ...], span: float, scale: Scale) -> float | None:
    """Where, in days, the line through the days meets the bottom: Theil and Sen's, which a quarter of bad
    days cannot bend. None if they span too little to tell, or there is no fall."""
    if len(days) < _LEAST or days[-1][0] - days[0][0] < span:
        return None
    x, y = np.array(days).T
    i, j = np.triu_indices(len(x), 1)
    slope = float(np.median((y[j] - y[i]) / (x[j] - x[i])))
    start = float(np.median(y - slope * x))
    noise = float(np.median(np.abs(y - slope * x - start)))
    fall = -slope * float(x[-1] - x[0])
    if fall <= max(scale.step, _CLEAR * noise):
        return None
    end = (scale.bottom - start) / slope
    return end if end < x[-1] + _FAR else None
