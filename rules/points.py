"""The chart of NEWS2 (Royal College of Physicians 2017): how many points a vital sign scores."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from math import floor
from typing import Final, TypeAlias

from rules.model import Kind

_Steps: TypeAlias = tuple[tuple[float, ...], tuple[int, ...]]
"""Upper ends, each still in its step, and the points of each step and of what is above the last."""

URGENT: Final = 5  # a total for an urgent answer; a single sign that scores RED calls for one too
EMERGENCY: Final = 7
RED: Final = 3
OXYGEN: Final = 2  # for breathing oxygen
OF: Final = 7  # the five below, oxygen and consciousness
CHART: Final[Mapping[Kind, _Steps]] = {
    Kind.RESPIRATION: ((8, 11, 20, 24), (3, 1, 0, 2, 3)),
    Kind.SPO2: ((91, 93, 95), (3, 2, 1, 0)),
    Kind.SYSTOLIC: ((90, 100, 110, 219), (3, 2, 1, 0, 3)),
    Kind.HEART_RATE: ((40, 50, 90, 110, 130), (3, 1, 0, 1, 2, 3)),
    Kind.BODY_TEMPERATURE: ((35.0, 36.0, 38.0, 39.0), (3, 1, 0, 1, 2)),
}
# Scale 2, for those a doctor said it of: hypercapnic respiratory failure, 88–92 % is what is wanted.
_SPO2_ON_AIR: Final[_Steps] = ((83, 85, 87), (3, 2, 1, 0))
_SPO2_ON_OXYGEN: Final[_Steps] = ((83, 85, 87, 92, 94, 96), (3, 2, 1, 0, 1, 2, 3))


def points(kind: Kind, value: float, scale: int, oxygen: bool) -> int:
    """0–3 for one of CHART's signs, the value in its kind's unit. The chart knows whole numbers, and tenths
    of a degree: the value is rounded to them, halves up."""
    ends, scores = CHART[kind]
    if kind is Kind.SPO2 and scale == 2:
        ends, scores = _SPO2_ON_OXYGEN if oxygen else _SPO2_ON_AIR
    fine = 10 if kind is Kind.BODY_TEMPERATURE else 1
    return scores[bisect_left(ends, floor(value * fine + 0.5) / fine)]
