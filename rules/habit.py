"""What is usual for one resident, learned from their own measurements of the last 28 days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

DAYS: Final = 28  # a habit follows a slow change within a month
LEAST_DAYS: Final = 7  # before that nothing is usual
_A_DAY: Final = 8  # measurements kept of a day: enough for its middle, however often a radar speaks
_MAD: Final = 1.4826  # makes the median absolute deviation comparable with a standard deviation


@dataclass(frozen=True, slots=True)
class Habit:
    """The days' measurements, newest day last, in the kind's unit; `usual` (median) and `spread` (robust
    standard deviation) as of the last night."""

    today: tuple[float, ...] = ()
    skipped: int = 0  # measurements between two that are kept of today
    heard: int = 0
    days: tuple[tuple[float, ...], ...] = ()
    usual: float | None = None
    spread: float = 0.0


def noted(habit: Habit, value: float) -> Habit:
    """With one measurement more: all of a day that has few, an even choice of a day that has many."""
    heard, today, skipped = habit.heard + 1, habit.today, habit.skipped
    if heard % (skipped + 1) == 0:
        today = (*today, round(value, 2))
        if len(today) > _A_DAY:
            today, skipped = today[1::2], skipped * 2 + 1
    return Habit(today, skipped, heard, habit.days, habit.usual, habit.spread)


def slept(habit: Habit) -> Habit:
    """After a night: the day joins those before it. A day without a measurement is none, so what is usual
    outlasts a holiday."""
    if not habit.today:
        return habit
    days = (*habit.days, habit.today)[-DAYS:]
    if len(days) < LEAST_DAYS:
        return Habit(days=days)
    values = np.concatenate(days)
    usual = float(np.median(values))
    spread = float(np.median(np.abs(values - usual))) * _MAD
    return Habit(days=days, usual=round(usual, 3), spread=round(spread, 3))
