"""Hours of the day in a home's own time: when a window is open, and when so much of it has gone by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

Reach: TypeAlias = tuple[float, float, float, timedelta]
"""How far one answer of `Hours.gone` carries: for every instant from the first to before the second it is
the third, or, where that is 0, the instant plus the fourth. In seconds since 1970 and not as instants: the
hours of the day belong to the wall clock, and a clock step, which moves every instant in a state, must not
move them."""

NOWHERE: Reach = (0.0, 0.0, 0.0, timedelta(0))
_EVER = 1e12  # seconds: beyond every instant that datetime knows
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


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

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the window lies between two instants."""
        if self.start == self.end:
            return max(end - start, timedelta(0))
        total = timedelta(0)
        for opens, closes in self.windows(start):
            if opens >= end:
                return total
            total += min(closes, end) - max(opens, start)
        raise AssertionError("there is always another day")  # pragma: no cover

    def reach(self, since: datetime, length: timedelta) -> Reach:
        """What `gone(since, length)` says, and for which other instants it says the same."""
        if self.start == self.end:
            return -_EVER, _EVER, 0.0, length
        done = self.gone(since, length)
        opens, closes = next(self.windows(since))
        if since < opens:
            return since.timestamp(), opens.timestamp(), done.timestamp(), timedelta(0)
        last_opens, last_closes = self._around(done)
        # not the instant itself that lands on an opening: its time is up when the window before it closes
        first = max(opens, since - (done - last_opens) + _INSTANT) if last_opens > opens else opens
        return first.timestamp(), min(closes, since + (last_closes - done)).timestamp(), 0.0, done - since

    def _around(self, at: datetime) -> tuple[datetime, datetime]:
        """The window that holds `at`, or closes with it."""
        return next(self.windows(at - _INSTANT))

    def _nights(self) -> timedelta:
        return _DAY if self.end <= self.start else timedelta(0)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


def soon(reach: Reach, since: datetime) -> datetime | None:
    """What `Hours.gone` says, by arithmetic alone; None where `reach` does not carry."""
    first, end, fixed, wait = reach
    at = since.timestamp()
    if not first <= at < end:
        return None
    return since + timedelta(seconds=fixed - at) if fixed else since + wait
