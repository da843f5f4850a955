"""More visits to the bathroom than ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

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
    Raise,
    Reading,
    Tick,
    Unheard,
)
from rules.visits import BathroomVisits, Part, rules

T = datetime(2026, 11, 20, 16, tzinfo=UTC)  # midnight in Shanghai
H, M, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
BATH, BED = DeviceId("bath"), DeviceId("bedroom")
MOTION = frozenset({Kind.MOTION})
HOME = Home(
    HomeId("h"),
    ZoneInfo("Asia/Shanghai"),
    (Device(BATH, "卫生间", kinds=MOTION), Device(BED, "bedroom", kinds=MOTION)),
)


def run(events: list[Event], until: datetime) -> list[Decision]:
    fold, found = Engine(tuple(rules(Part(), HOME))), []
    state = fold.start(T)
    for event in (*events, Tick(until)):
        state, more = fold.step(state, event, event.at)
        found += more
    return found


def visits(count: int, start: datetime, apart: timedelta = 20 * M) -> list[Event]:
    """So many visits, each seen to end in the bedroom."""
    told: list[Event] = []
    for i in range(count):
        at = start + i * apart
        told += [
            Reading(BATH, Kind.MOTION, 1.0, at),
            Reading(BATH, Kind.MOTION, 1.0, at + 2 * M),
            Reading(BED, Kind.MOTION, 1.0, at + 5 * M),
        ]
    return told


def nights(days: int, count: int = 3) -> list[Event]:
    """Nights of so many visits from 23:00 on."""
    return [event for day in range(days) for event in visits(count, T + day * DAY + 23 * H)]


def test_a_night_beyond_the_habit_raises_with_the_visit_that_is_too_much() -> None:
    start = T + 20 * DAY + 23 * H
    found = run([*nights(20), *visits(14, start)], start + 12 * H)
    raised, cleared = found
    assert isinstance(raised, Raise)
    assert (raised.key, raised.severity) == ("bathroom.visits", "check")
    assert raised.at == start + 11 * 20 * M  # the 12th: 3 + 5 × √3 is 11.7
    assert raised.facts == {
        "device": "bath",
        "room": "卫生间",
        "since": (T + 20 * DAY + 22 * H).isoformat(),
        "count": 12.0,
        "most": 3.0,
        "mean": 3.0,
        "period": "night",
    }
    assert cleared == Clear("bathroom.visits", T + 21 * DAY + 6 * H)  # when the night is over


def test_two_weeks_are_needed_to_know_the_habit() -> None:
    assert run([*nights(13), *visits(14, T + 13 * DAY + 23 * H)], T + 15 * DAY) == []


def test_nights_and_days_have_their_own_habit() -> None:
    assert run([*nights(20), *visits(14, T + 20 * DAY + 9 * H)], T + 22 * DAY) != []  # by day there were none
    days = [event for day in range(20) for event in visits(14, T + day * DAY + 9 * H)]
    assert run([*days, *visits(14, T + 20 * DAY + 9 * H)], T + 22 * DAY) == []


def test_few_visits_are_never_too_many() -> None:
    assert run([*nights(20, count=0), *visits(5, T + 20 * DAY + 23 * H)], T + 22 * DAY) == []


def test_one_long_visit_counts_once_and_so_does_who_comes_back_at_once() -> None:
    start = T + 20 * DAY + 23 * H
    long: list[Event] = [Reading(BATH, Kind.MOTION, 1.0, start + i * 6 * M) for i in range(30)]
    assert run([*nights(20), *long], start + 12 * H) == []
    again = [
        Reading(device, Kind.MOTION, 1.0, start + i * 2 * M) for i, device in enumerate([BATH, BED] * 30)
    ]
    assert run([*nights(20), *again], start + 12 * H) == []


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL, Mode.VISITOR])
def test_days_with_others_or_without_anybody_raise_nothing_and_teach_nothing(mode: Mode) -> None:
    start = T + 20 * DAY + 23 * H
    said, over = ModeSet(mode, start - 3 * H, "centre"), ModeSet(Mode.HOME, start + 10 * H, "centre")
    assert run([*nights(20), said, *visits(14, start)], start + 9 * H) == []
    later = visits(14, start + DAY)
    found = run([*nights(20), said, *visits(14, start), over, *later], start + 2 * DAY)
    assert [one.at for one in found if isinstance(one, Raise)] == [start + DAY + 220 * M]


def test_a_night_that_was_not_heard_whole_teaches_nothing() -> None:
    fold = Engine(tuple(rules(Part(), HOME)))
    state = fold.start(T)
    gap = Unheard(T + DAY + 23 * H, T + DAY + 24 * H)
    for event in (*nights(1), gap, *visits(2, T + DAY + 25 * H), Tick(T + 3 * DAY)):
        state, _ = fold.step(state, event, event.at)
    assert state.rules["bathroom.visits"].nights == (3,)  # not the first half night, not that of the gap


def test_it_runs_only_where_the_bathroom_can_be_told_from_the_rest() -> None:
    assert list(rules(Part(), Home(HomeId("h"), ZoneInfo("UTC"), HOME.devices[1:]))) == []
    (rule,) = rules(Part(), HOME)
    assert isinstance(rule, BathroomVisits)
