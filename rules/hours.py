"""Hours of the day in a home's own time: when a window is open, and when so much of it has gone by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

Span: TypeAlias = tuple[float, float, float, float, float]
"""Two windows in a row, in seconds since 1970: shut from, opens, closes, opens again, closes again.

Numbers, not instants: hours of the day belong to the wall clock, so a clock step must not shift them."""

NO_SPAN: Span = (0.0, 0.0, 0.0, 0.0, 0.0)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """From `start` to `end` each day by the clock on the wall; over midnight if `end` is not later.
    Equal times mean all day."""

    start: time
    end: time
    zone: ZoneInfo

    def windows(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The windows that close after `since`, in order, in UTC; daylight saving changes their length."""
        day = since.astimezone(self.zone).date() - _DAY
        while True:
            opens, closes = self._at(day, self.start), self._at(day + self._nights(), self.end)
            if closes > since and closes > opens:
                yield opens, closes
            day += _DAY

    def gone(self, since: datetime, length: timedelta) -> datetime:
        """The instant at which, counted from `since`, `length` of open window has gone by."""
        if self.start == self.end:
            return since + length
        for opens, closes in self.windows(since):
            start = max(since, opens)
            if closes - start >= length:
                return start + length
            length -= closes - start
        raise AssertionError("there is always another day")  # pragma: no cover

    def span(self, at: datetime) -> Span:
        """The two windows from `at` on."""
        shut = max(self._closed(at), at - 2 * _DAY)
        walk = self.windows(at)
        (opens, closes), (again, end) = next(walk), next(walk)
        return shut.timestamp(), opens.timestamp(), closes.timestamp(), again.timestamp(), end.timestamp()

    def _closed(self, at: datetime) -> datetime:
        """When the last window before `at` closed."""
        before = (closes for _, closes in self.windows(at - 3 * _DAY))
        last = next(before)
        for closes in before:
            if closes > at:
                return last
            last = closes
        return last  # pragma: no cover

    def _nights(self) -> timedelta:
        return _DAY if self.end <= self.start else timedelta(0)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


def soon(span: Span, since: datetime, length: timedelta) -> datetime | None:
    """What `Hours.gone` says, by arithmetic alone; None where `span` does not reach."""
    shut, opens, closes, again, end = span
    at = since.timestamp()
    if not shut <= at < closes:
        return None
    left = length.total_seconds() - (closes - max(at, opens))
    if left <= 0:
        return since + length if at >= opens else since + length + timedelta(seconds=opens - at)
    if left > end - again:
        return None
    return since + length + timedelta(seconds=max(opens - at, 0.0) + again - closes)
