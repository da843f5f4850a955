"""How fast a story is told: stretches of it, each with its own speed, as a Pace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.pace import Pace


@dataclass(frozen=True, slots=True)
class Stretch:
    """Until `until` the story runs `speed` times as fast as life."""

    until: datetime
    speed: float


def pace(real: datetime, told: datetime, stretches: Sequence[Stretch]) -> Pace:
    """A story that begins at `told` when it is `real`; after the last stretch time runs at its own speed."""
    points = [(real, told)]
    for stretch in stretches:
        length = stretch.until - told
        real, told = real + length / stretch.speed, stretch.until
        points.append((real, told))
    return Pace(points)


def slowly(scenes: Sequence[tuple[datetime, datetime, float]], quiet: float) -> list[Stretch]:
    """Stretches that pass each scene (from, to, speed) at its speed and the hours between at `quiet`."""
    stretches: list[Stretch] = []
    for begin, end, speed in scenes:
        if not stretches or stretches[-1].until < begin:
            stretches.append(Stretch(begin, quiet))
        stretches.append(Stretch(end, speed))
    return stretches


def lasts(told: datetime, stretches: Sequence[Stretch]) -> timedelta:
    """How long it takes to tell them from `told` on."""
    whole = timedelta(0)
    for stretch in stretches:
        whole += (stretch.until - told) / stretch.speed
        told = stretch.until
    return whole
