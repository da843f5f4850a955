"""Time as a demonstration or a rehearsal tells it: fast through quiet hours, slow where things happen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """A piecewise linear story: `points` are (real instant, told instant), both rising; after the last, time
    runs at its own speed."""

    points: Sequence[tuple[datetime, datetime]]

    def told(self, real: datetime) -> datetime:
        """The story's instant at a real one."""
        return _along(self.points, real, 0)

    def real(self, told: datetime) -> datetime:
        """The real instant at which the story reaches `told`."""
        return _along(self.points, told, 1)


def _along(points: Sequence[tuple[datetime, datetime]], at: datetime, given: int) -> datetime:
    wanted = 1 - given
    i = bisect_right([point[given] for point in points], at) - 1
    if i < 0:
        return points[0][wanted] + (at - points[0][given])
    start = points[i]
    if i == len(points) - 1:
        return start[wanted] + (at - start[given])
    end = points[i + 1]
    share = (at - start[given]) / (end[given] - start[given])
    span: timedelta = end[wanted] - start[wanted]
    return start[wanted] + span * share
