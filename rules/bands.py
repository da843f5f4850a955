"""Between which values a vital sign is of no concern to anybody, and how far from their own usual one it may
be for this resident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Annotated, Final

from rules.habit import Habit
from rules.model import Kind
from rules.strict import Range

_Number = Annotated[float, Range(0, 1_000)]


@dataclass(frozen=True, slots=True)
class Band:
    """A vital sign is dangerous at or below `low`, at or above `high`, worth a look at `mild_low` and
    `mild_high`, unusual at least `off` away from what is usual for the resident, and well again `back`
    inside. In the kind's unit; 0 is no edge, None in a profile the default."""

    low: _Number | None = None
    high: _Number | None = None
    mild_low: _Number | None = None
    mild_high: _Number | None = None
    back: _Number | None = None
    off: _Number | None = None


# Dangerous: what scores 3 by itself in NEWS2 (Royal College of Physicians 2017); pressure from above from
# grade 3 hypertension on (ESC/ESH 2018, Chinese guideline 2018: 180 and 110), as NEWS2's 220 is late at home.
# Mild: what scores 2 there, and fever; pressure from grade 2 on (160 and 100); a pulse that is called slow or
# fast (50, ESC 2021; 100). The diastolic has no norm from below. `back` and `off` are our choice: about what
# two measurements minutes apart differ by at rest, and several times that; 2 kg in 3 days is heart failure's
# (ESC 2021).
BANDS: Final[Mapping[Kind, Band]] = {
    Kind.HEART_RATE: Band(40, 131, 50, 100, 5, 20),
    Kind.RESPIRATION: Band(8, 25, 0, 21, 2, 6),
    Kind.SPO2: Band(91, 0, 93, 0, 1, 3),
    Kind.SYSTOLIC: Band(90, 180, 100, 160, 5, 25),
    Kind.DIASTOLIC: Band(40, 110, 50, 100, 3, 15),
    Kind.BODY_TEMPERATURE: Band(35.0, 39.1, 0, 38.1, 0.2, 0.8),
    Kind.WEIGHT: Band(0, 0, 0, 0, 0.5, 2.0),
}


@dataclass(frozen=True, slots=True)
class Bands:
    """One band a kind; what is left out is the default's."""

    heart_rate: Band = Band()
    respiration: Band = Band()
    spo2: Band = Band()
    systolic: Band = Band()
    diastolic: Band = Band()
    body_temperature: Band = Band()
    weight: Band = Band()

    def whole(self) -> dict[Kind, Band]:
        """The bands with nothing left out."""
        return {kind: _filled(getattr(self, kind.value), default) for kind, default in BANDS.items()}


class Norm(StrEnum):
    """Whose edge it is."""

    OWN = "own"  # this resident's
    MILD = "mild"  # anybody's, worth a look today
    DANGER = "danger"  # anybody's, and urgent


@dataclass(frozen=True, slots=True)
class Edge:
    """The edge that a value broke; `side` −1 below, 1 above."""

    side: int
    norm: Norm
    bound: float


def edge(band: Band, habit: Habit, own: float, value: float) -> Edge | None:
    """The edge that `value` broke, the gravest, if it did. `own` times their own spread away from what is
    usual is unusual, but never less than the band's `off`; 0: nothing is."""
    for norm, low, high in ((Norm.DANGER, band.low, band.high), (Norm.MILD, band.mild_low, band.mild_high)):
        if low and value <= low:
            return Edge(-1, norm, low)
        if high and value >= high:
            return Edge(1, norm, high)
    if own and habit.usual is not None:
        far = max(own * habit.spread, band.off or 0.0)
        side = 1 if value > habit.usual else -1
        if abs(value - habit.usual) >= far:
            return Edge(side, Norm.OWN, habit.usual + side * far)
    return None


def near(band: Band, habit: Habit, own: float, value: float, side: int) -> bool:
    """Whether `value` came back over the edge on this side, but by less than `back`: not well yet."""
    found = edge(band, habit, own, value + side * (band.back or 0.0))
    return found is not None and found.side == side


def _filled(said: Band, default: Band) -> Band:
    values = {f.name: getattr(said, f.name) for f in fields(Band)}
    return Band(*(getattr(default, name) if value is None else value for name, value in values.items()))
