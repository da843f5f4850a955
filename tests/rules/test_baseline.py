"""What is usual, and the limit that follows: longer than what happens, within its bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.baseline import DAYS, SHORTEST, SLOTS, Bounds, Gap, limits, outing, usual

BOUNDS = Bounds(1.15, 204, 720, 1.5, (720, 1800))
NAP: Gap = (14 * 60, 90, 0)
GAPS = st.tuples(st.integers(0, 1439), st.integers(SHORTEST, 2880), st.integers(0, 1))
WEEKS = st.lists(st.lists(GAPS, max_size=30), max_size=DAYS)


def test_a_nap_of_every_day_is_usual_around_its_hour_only() -> None:
    own = usual([[NAP]] * DAYS)
    assert own[28] == 90
    assert own[28 + 6] == SHORTEST  # three hours later
    assert limits(own, 1.0, BOUNDS)[28] == BOUNDS.least


def test_a_long_silence_of_once_a_month_alone_is_not_usual() -> None:
    days = [[NAP]] * (DAYS - 1) + [[(14 * 60, 600, 0)]]
    assert 90 < usual(days)[28] < 200


def test_a_night_wraps_around_midnight() -> None:
    own = usual([[(23 * 60 + 30, 480, 0)]] * DAYS)
    assert own[47] == own[0] == 480


def test_limits_grow_faster_than_the_usual_and_end_at_the_most() -> None:
    three, five, nine = (limits((m,) * SLOTS, 1.0, BOUNDS)[0] for m in (180, 300, 540))
    assert (three, nine) == (209, BOUNDS.most)
    assert five == 449
    assert limits((300,) * SLOTS, 1.2, BOUNDS)[0] > five


def test_outings_are_kept_apart() -> None:
    days: list[list[Gap]] = [[(600, 300, 1)]] * DAYS
    assert set(usual(days)) == {SHORTEST}
    assert outing(days, BOUNDS) == 900
    assert outing([], BOUNDS) == 1800
    assert outing([[(600, 20, 1)]], BOUNDS) == 720


@given(WEEKS)
def test_limits_stay_in_their_bounds(days: list[list[Gap]]) -> None:
    known = limits(usual(days), 1.0, BOUNDS)
    assert len(known) == SLOTS
    assert all(BOUNDS.least <= limit <= BOUNDS.most for limit in known)
    assert 720 <= outing(days, BOUNDS) <= 1800


@given(WEEKS, st.integers(0, DAYS))
def test_the_order_of_the_days_does_not_matter(days: list[list[Gap]], turn: int) -> None:
    assert usual(days) == usual([*days[turn:], *days[:turn]])
