"""Windows of the day: over midnight, across daylight saving, and arithmetic in the place of a calendar."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.hours import NOWHERE, Hours, soon

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONDON = ZoneInfo("Europe/London")
DAY = Hours(time(6), time(22), SHANGHAI)
H = timedelta(hours=1)

ZONES = st.sampled_from(
    [
        SHANGHAI,
        LONDON,
        ZoneInfo("America/New_York"),
        ZoneInfo("Australia/Lord_Howe"),
        ZoneInfo("Asia/Kathmandu"),
    ]
)
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
INSTANTS = st.integers(0, 1_900_000_000).map(lambda seconds: datetime.fromtimestamp(seconds + 0.25, UTC))
LIMITS = st.timedeltas(timedelta(minutes=1), timedelta(days=3))


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("since", "hours", "until"),
    [
        ("2026-11-21T09:00", 5, "2026-11-21T14:00"),  # all in the window
        ("2026-11-21T17:00", 5, "2026-11-21T22:00"),  # just before it closes
        ("2026-11-21T18:00", 5, "2026-11-22T07:00"),  # four hours today, one tomorrow
        ("2026-11-21T22:00", 5, "2026-11-22T11:00"),  # it has just closed
        ("2026-11-22T03:00", 5, "2026-11-22T11:00"),  # by night nothing is counted
        ("2026-11-22T06:00", 5, "2026-11-22T11:00"),
        ("2026-11-21T12:00", 36, "2026-11-23T16:00"),  # more than two whole days
    ],
)
def test_gone_counts_only_the_window(since: str, hours: int, until: str) -> None:
    assert DAY.gone(shanghai(since), hours * H) == shanghai(until)


def test_a_window_may_cross_midnight() -> None:
    night = Hours(time(22), time(6), SHANGHAI)
    assert night.gone(shanghai("2026-11-21T23:30"), H) == shanghai("2026-11-22T00:30")
    assert night.gone(shanghai("2026-11-22T05:30"), H) == shanghai("2026-11-22T22:30")
    assert night.gone(shanghai("2026-11-22T12:00"), 8 * H) == shanghai("2026-11-23T06:00")


def test_daylight_saving_changes_the_length_of_a_window_not_its_hours() -> None:
    hours = Hours(time(0), time(6), LONDON)
    spring, autumn = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)
    lengths = [closes - opens for at in (spring, autumn) for opens, closes in islice(hours.windows(at), 1)]
    assert lengths == [5 * H, 7 * H]
    assert hours.gone(spring, 5 * H) == datetime(2026, 3, 29, 6, tzinfo=LONDON)
    assert hours.gone(spring, 6 * H) == datetime(2026, 3, 30, 1, tzinfo=LONDON)


def test_an_hour_that_is_skipped_has_no_window() -> None:
    gap = Hours(time(1, 15), time(1, 45), LONDON)  # on 29 March 2026 the clock goes from 1:00 to 2:00
    opens = [
        opens.astimezone(LONDON).date().day
        for opens, _ in islice(gap.windows(shanghai("2026-03-28T20:00")), 3)
    ]
    assert opens == sorted(opens)
    assert gap.gone(datetime(2026, 3, 29, 12, tzinfo=UTC), timedelta(minutes=30)).date().day == 30


def test_nowhere_carries_nothing() -> None:
    assert soon(NOWHERE, shanghai("2026-11-21T09:00")) is None


@given(INSTANTS, CLOCKS, CLOCKS, ZONES, LIMITS)
def test_what_has_gone_is_the_sum_of_the_windows(
    since: datetime, start: time, end: time, zone: ZoneInfo, length: timedelta
) -> None:
    hours = Hours(start, end, zone)
    done = hours.gone(since, length)
    if start == end:
        assert done == since + length
        return
    total = timedelta(0)
    for opens, closes in hours.windows(since):
        if opens >= done:
            break
        total += min(closes, done) - max(opens, since)
    assert total == length


@given(INSTANTS, st.timedeltas(-timedelta(days=1), timedelta(days=1)), CLOCKS, CLOCKS, ZONES, LIMITS)
@example(shanghai("2026-11-21T18:00"), -H, time(6), time(22), SHANGHAI, 5 * H)
@example(shanghai("2026-11-21T09:00"), 8 * H, time(6), time(22), SHANGHAI, 5 * H)
def test_where_an_answer_carries_it_is_the_calendars(
    since: datetime, later: timedelta, start: time, end: time, zone: ZoneInfo, length: timedelta
) -> None:
    hours = Hours(start, end, zone)
    reach = hours.reach(since, length)
    assert soon(reach, since) == hours.gone(since, length)
    assert soon(reach, since + later) in (None, hours.gone(since + later, length))
