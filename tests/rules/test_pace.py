"""A story's time: fast through the quiet hours, and back again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.pace import Pace

R = datetime(2026, 11, 21, tzinfo=UTC)
T = datetime(2026, 3, 1, tzinfo=UTC)
S, H = timedelta(seconds=1), timedelta(hours=1)
PACE = Pace([(R, T), (R + 10 * S, T + 6 * H), (R + 30 * S, T + 6 * H + 20 * S)])


def test_it_runs_fast_then_slow_then_at_its_own_speed() -> None:
    told = [(0, timedelta(0)), (5, 3 * H), (10, 6 * H), (20, 6 * H + 10 * S), (40, 6 * H + 30 * S)]
    assert [PACE.told(R + i * S) - T for i, _ in told] == [after for _, after in told]


def test_before_the_story_time_runs_at_its_own_speed() -> None:
    assert PACE.told(R - 5 * S) == T - 5 * S


@given(st.integers(-60_000, 60_000))
def test_there_and_back(milliseconds: int) -> None:
    real = R + timedelta(milliseconds=milliseconds)
    assert abs(PACE.real(PACE.told(real)) - real) <= timedelta(microseconds=1)


@given(st.integers(-60_000, 60_000), st.integers(0, 60_000))
def test_time_never_runs_back(milliseconds: int, more: int) -> None:
    real = R + timedelta(milliseconds=milliseconds)
    assert PACE.told(real) <= PACE.told(real + timedelta(milliseconds=more))
