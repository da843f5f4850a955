"""Not back by the usual return."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from rules.absence import MOST, Absence, Out, Part, rules
from rules.engine import Engine
from rules.home import Device, Home
from rules.model import (
    Clear,
    ClockStepped,
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
    Severity,
    Swapped,
    Tick,
    Unheard,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
T = datetime(2026, 11, 2, 1, tzinfo=UTC)  # 9:00 in Shanghai, a Monday
M, H, D = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FRONT, HALL, OTHER = DeviceId("front"), DeviceId("hall"), DeviceId("other")
ROOMS = {FRONT: "entrance", HALL: "hall"}
RULE = Absence(12 * H, 6 * H, 8 * H, 24 * H, SHANGHAI, frozenset({FRONT}), ROOMS)


def door(at: datetime, value: float = 1.0, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(FRONT, Kind.CONTACT, value, at, origin)


def walk(at: datetime) -> Reading:
    return Reading(HALL, Kind.MOTION, 1.0, at)


def told(state: Out, *events: Event) -> tuple[Out, list[Decision]]:
    """The state after these events, each at its own time, deadlines fired as the engine does."""
    found: list[Decision] = []
    for event in events:
        if (due := RULE.due(state)) is not None and due <= event.at:
            state, more = RULE.step(state, Tick(due), due)
            found += more
        state, more = RULE.step(state, event, event.at)
        found += more
    return state, found


def outing(at: datetime, away: timedelta) -> tuple[Event, ...]:
    """She shuts the door, is away, comes back and is seen inside."""
    return door(at), door(at + away), walk(at + away + 3 * M)


def used(days: int = 7, away: timedelta = 3 * H, at: datetime = T) -> Out:
    """A home where somebody goes out every morning."""
    events = [event for day in range(days) for event in outing(at + day * D, away)]
    return told(RULE.start(at), *events)[0]


def test_until_it_is_known_what_is_usual_twelve_hours_are_too_long() -> None:
    state, found = told(RULE.start(T), door(T), door(T + M / 12, 0), Tick(T + 13 * H))
    facts = {"device": "front", "room": "entrance", "since": "2026-11-02T01:00:05+00:00"}
    late = T + M / 12 + 12 * H
    assert found == [Raise("absence", Severity.CHECK, late, facts | {"minutes": 720.0, "limit": 720.0})]
    assert RULE.due(state) is None
    state, found = told(state, door(T + 14 * H))
    assert found == [Clear("absence", T + 14 * H)]
    assert told(state, walk(T + 14 * H + 3 * M))[0].left is None


def test_who_is_seen_inside_after_the_door_is_at_home() -> None:
    state, _ = told(RULE.start(T), door(T), walk(T + 119 * M / 60))
    assert state.left == T  # the hall's sensor still saw her leave
    state, found = told(state, walk(T + 3 * M), Tick(T + 40 * H))
    assert (state.left, state.due, found) == (None, None, [])


@pytest.mark.parametrize("origin", [Origin.HEARTBEAT, Origin.REPLAY, Origin.SYNTHETIC])
def test_only_what_happened_moves_anybody(origin: Origin) -> None:
    assert RULE.step(RULE.start(T), door(T, origin=origin), T) == (RULE.start(T), ())
    out, _ = told(RULE.start(T), door(T))
    inside = Reading(HALL, Kind.MOTION, 1.0, T + H, origin)
    assert RULE.step(out, inside, T + H) == (out, ())
    assert RULE.step(out, Reading(HALL, Kind.MOTION, 0.0, T + H), T + H) == (out, ())


def test_it_is_late_by_the_margin_after_the_latest_usual_return() -> None:
    _, found = told(used(away=3 * H), door(T + 7 * D), Tick(T + 8 * D))
    (late,) = found
    assert isinstance(late, Raise)
    assert (late.at, late.facts["usual"]) == (T + 7 * D + 9 * H, 180.0)


def test_who_leaves_later_than_usual_is_not_expected_later() -> None:
    state, _ = told(used(away=5 * H), door(T + 7 * D + H))  # an hour later than on other days
    assert state.due == T + 7 * D + H + 10 * H  # back at 14:00 as ever, and six hours


def test_the_limit_has_a_floor_and_a_top() -> None:
    assert told(used(away=H / 2), door(T + 7 * D))[0].due == T + 7 * D + 8 * H
    assert told(used(away=22 * H), door(T + 7 * D))[0].due == T + 8 * D


def test_an_evening_out_is_not_held_against_mornings() -> None:
    state, _ = told(used(), door(T + 7 * D + 10 * H))  # 19:00
    assert state.due == T + 7 * D + 22 * H


def test_outings_around_midnight_are_near_each_other() -> None:
    night = datetime(2026, 11, 2, 15, 50, tzinfo=UTC)  # 23:50
    state, _ = told(used(at=night, away=4 * H), door(night + 7 * D + H))
    assert state.due == night + 7 * D + H + 9 * H


def test_a_door_that_moves_again_at_once_teaches_nothing() -> None:
    state = used(away=14 * M)
    assert state.outings == ()


def test_four_weeks_count_and_a_state_stays_small() -> None:
    state = used(40)
    assert len(state.outings) == 29
    busy = replace(state, outings=state.outings * 9)
    assert len(told(busy, *outing(T + 40 * D, H))[0].outings) == MOST


def test_after_four_weeks_away_from_the_habit_nothing_is_usual() -> None:
    assert told(used(), door(T + 40 * D))[0].due == T + 40 * D + 12 * H


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL])
def test_who_is_said_to_be_away_is_not_late(mode: Mode) -> None:
    state, found = told(used(), door(T + 7 * D), Tick(T + 8 * D), ModeSet(mode, T + 8 * D, "wang"))
    assert [type(f) for f in found] == [Raise, Clear]
    state, found = told(state, door(T + 9 * D), Tick(T + 12 * D), ModeSet(Mode.HOME, T + 12 * D, "wang"))
    assert (found, state.left, len(state.outings)) == ([], None, 7)
    assert told(state, door(T + 13 * D))[0].due == T + 13 * D + 9 * H


def test_a_visitor_at_the_door_teaches_nothing() -> None:
    state, _ = told(used(), ModeSet(Mode.VISITOR, T + 7 * D, "wang"), *outing(T + 7 * D + H, 20 * H))
    assert len(state.outings) == 7
    state, _ = told(state, ModeSet(Mode.HOME, T + 9 * D, "wang"), *outing(T + 9 * D + H, 2 * H))
    assert len(state.outings) == 8


def test_what_was_not_heard_is_no_time_away() -> None:
    state, _ = told(used(), door(T + 7 * D))
    deaf = Unheard(T + 7 * D + H, T + 7 * D + 3 * H)
    state, found = told(state, deaf)
    assert (state.due, found) == (T + 7 * D + 11 * H, [])
    assert RULE.step(state, deaf, deaf.at) == (state, ())
    state, _ = told(state, *outing(T + 7 * D + 4 * H, 30 * M)[2:])
    assert len(state.outings) == 7  # she may have been back meanwhile


def test_a_clock_that_was_set_forgets_the_hours_and_raises_nothing() -> None:
    engine = Engine([RULE])
    state = engine.start(T)
    for event in (e for day in range(7) for e in outing(T + day * D, 3 * H)):
        state, _ = engine.step(state, event, event.at)
    state, _ = engine.step(state, door(T + 7 * D), T + 7 * D)
    back = T - 900 * D
    state, found = engine.step(state, ClockStepped(back - T - 7 * D, back), back)
    assert (found, engine.due(state)) == ((), back + 9 * H)
    state, _ = engine.step(state, door(back + H), back + H)
    assert engine.due(state) == back + 13 * H
    for event in outing(back + D, H):
        state, _ = engine.step(state, event, event.at)
    assert all(0 <= b[0] - a[0] <= 28 for a, b in pairwise(state.rules["absence"].outings))


def test_a_new_sensor_on_the_door_goes_on() -> None:
    state, _ = told(RULE.start(T), door(T))
    state, _ = RULE.step(state, Swapped(FRONT, OTHER, T + H), T + H)
    assert state.device == OTHER


def test_it_runs_where_a_door_says_out_and_a_sensor_says_back() -> None:
    front = Device(FRONT, "entrance", exterior=True, kinds=frozenset({Kind.CONTACT}))
    hall = Device(HALL, "hall", kinds=frozenset({Kind.MOTION}))
    smoke = Device(OTHER, "kitchen", kinds=frozenset({Kind.SMOKE}))
    assert not list(rules(Part(), Home(HomeId("h"), SHANGHAI, (front, smoke))))
    assert not list(rules(Part(), Home(HomeId("h"), SHANGHAI, (hall, smoke))))
    assert list(rules(Part(), Home(HomeId("h"), SHANGHAI, (front, hall)))) == [RULE]
