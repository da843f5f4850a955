"""Out of bed too long at night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.bed import BedOut, Part, rules
from rules.engine import Engine
from rules.home import Device, Home
from rules.model import (
    Clear,
    Decision,
    DeviceId,
    Event,
    HomeId,
    Kind,
    Mode,
    ModeSet,
    Origin,
    Raise,
    Reading,
    Swapped,
    Tick,
    Unheard,
)

T = datetime(2026, 11, 21, 14, tzinfo=UTC)  # 22:00 in Shanghai
H, M, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
BED, HALL = DeviceId("mat"), DeviceId("hall")
HOME = Home(
    HomeId("h"),
    ZoneInfo("Asia/Shanghai"),
    (
        Device(BED, "bedroom", kinds=frozenset({Kind.BED})),
        Device(HALL, "hall", kinds=frozenset({Kind.MOTION})),
    ),
)


def bed(lying: bool, at: datetime, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(BED, Kind.BED, float(lying), at, origin)


def run(events: list[Event], until: datetime, part: Part | None = None) -> list[Decision]:
    fold, found = Engine(tuple(rules(part or Part(), HOME))), []
    state = fold.start(T - DAY)
    for event in (*events, Tick(until)):
        state, more = fold.step(state, event, event.at)
        found += more
    return found


def night(start: datetime, out: timedelta) -> list[Event]:
    """In bed, up for `out` three hours later, in bed again."""
    return [bed(True, start), bed(False, start + 3 * H), bed(True, start + 3 * H + out)]


def test_three_quarters_of_an_hour_out_of_bed_raise_and_tell_where_the_resident_was_seen() -> None:
    seen = Reading(HALL, Kind.MOTION, 1.0, T + 3 * H + 5 * M)
    (found,) = run([*night(T, 2 * H)[:2], seen], T + 5 * H)
    assert isinstance(found, Raise)
    assert (found.key, found.severity, found.at) == ("bed.out:mat", "urgent", T + 3 * H + 45 * M)
    assert found.facts == {
        "device": "mat",
        "room": "hall",
        "since": (T + 3 * H).isoformat(),
        "heard": (T + 3 * H + 5 * M).isoformat(),
        "minutes": 45.0,
        "limit": 45.0,
    }


def test_who_lies_down_in_time_is_no_finding_and_who_does_later_clears_it() -> None:
    assert run(night(T, 44 * M), T + 9 * H) == []
    assert run(night(T, 50 * M), T + 9 * H)[1:] == [Clear("bed.out:mat", T + 3 * H + 50 * M)]


@pytest.mark.parametrize("hours", [-2.0, -0.25, 7.5, 9.0])
def test_who_gets_up_by_day_or_for_the_day_is_no_finding(hours: float) -> None:
    """At 20:00, at 21:45 before the night began, at 5:30 where the limit would end after it, at 7:00."""
    at = T + hours * H
    assert run([bed(True, at - H), bed(False, at)], at + 12 * H) == []


def test_who_is_not_in_bed_at_all_is_no_finding() -> None:
    assert run([bed(False, T + 3 * H)], T + 12 * H) == []


def test_an_empty_bed_that_was_reported_clears_in_the_morning_with_a_sign_of_life() -> None:
    up = [Reading(HALL, Kind.MOTION, 1.0, T + hours * H) for hours in (5, 7, 9, 10)]
    assert run([*night(T, 9 * H)[:2], *up], T + 12 * H)[1:] == [Clear("bed.out:mat", T + 9 * H)]
    assert len(run(night(T, 9 * H)[:2], T + 20 * H)) == 1  # nobody was seen: it stands


def test_a_cached_bed_says_nothing_of_now() -> None:
    assert run([bed(True, T), bed(False, T + H, Origin.REPLAY)], T + 9 * H) == []


def test_with_learning_who_is_up_for_an_hour_most_nights_gets_a_longer_limit() -> None:
    past = [event for day in range(8) for event in night(T + day * DAY, 60 * M)]
    last = T + 8 * DAY
    learned = run([*past, *night(last, 3 * H)], last + 9 * H, Part(learn=True))
    assert [one.at for one in learned if isinstance(one, Raise)][-1] == last + 3 * H + 90 * M
    plain = run([*past, *night(last, 3 * H)], last + 9 * H)
    assert [one.at for one in plain if isinstance(one, Raise)][-1] == last + 3 * H + 45 * M


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL, Mode.VISITOR])
def test_while_nobody_or_somebody_else_is_there_nothing_is_said(mode: Mode) -> None:
    said = ModeSet(mode, T - H, "centre")
    assert run([said, *night(T, 3 * H)], T + 9 * H) == []
    late = ModeSet(mode, T + 4 * H, "centre")
    assert run([*night(T, 3 * H)[:2], late], T + 9 * H)[1:] == [Clear("bed.out:mat", T + 4 * H)]


def test_who_may_have_lain_down_unheard_is_not_missed() -> None:
    assert run([*night(T, 3 * H)[:2], Unheard(T + 3 * H + M, T + 3 * H + 9 * M)], T + 9 * H) == []


def test_a_new_mat_clears_what_the_old_one_said_and_keeps_the_habit() -> None:
    past = [event for day in range(8) for event in night(T + day * DAY, 60 * M)]
    new, last = DeviceId("new"), T + 8 * DAY
    swap = Swapped(BED, new, last - H)
    lie = [Reading(new, Kind.BED, 1.0, last), Reading(new, Kind.BED, 0.0, last + 3 * H)]
    found = run([*past, swap, *lie], last + 6 * H, Part(learn=True))
    assert (found[-1].key, found[-1].at) == ("bed.out:new", last + 3 * H + 90 * M)
    open_one = run([*night(T, 3 * H)[:2], Swapped(BED, new, T + 5 * H)], T + 9 * H)
    assert open_one[1:] == [Clear("bed.out:mat", T + 5 * H)]


def test_it_runs_only_where_a_bed_has_a_sensor() -> None:
    assert list(rules(Part(), Home(HomeId("h"), ZoneInfo("UTC"), HOME.devices[1:]))) == []
    (rule,) = rules(Part(), HOME)
    assert isinstance(rule, BedOut)
