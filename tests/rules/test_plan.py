"""A measurement plan: kept by any measurement in its window, missed twice is a finding."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.catalogue import BadProfileError, read
from rules.engine import Engine
from rules.home import Device, Home
from rules.model import (
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
    Tick,
    Unheard,
)
from rules.plan import Part, Times, rules

T = datetime(2026, 3, 1, 16, tzinfo=UTC)  # midnight in Shanghai
M, H, D = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CUFF = DeviceId("cuff")
HOME = Home(
    HomeId("h"), ZoneInfo("Asia/Shanghai"), (Device(CUFF, "lounge", kinds=frozenset({Kind.SYSTOLIC})),)
)
DAILY = Part(Times(systolic=(time(8),)))  # 6:00–11:00
TWICE = Part(Times(systolic=(time(8), time(20))), misses=3)


def measured(at: datetime, origin: Origin = Origin.EVENT) -> Event:
    return Reading(CUFF, Kind.SYSTOLIC, 130.0, at, origin)


def told(events: Iterable[Event], until: datetime, part: Part = DAILY) -> list[Decision]:
    engine = Engine(tuple(rules(part, HOME)))
    state, said = engine.start(T), []
    for event in (*events, Tick(until)):
        state, found = engine.step(state, event, event.at)
        said += found
    return said


def keys(said: Iterable[Decision]) -> list[tuple[str, str, timedelta]]:
    return [(type(one).__name__.lower(), one.key, one.at - T) for one in said]


def test_a_plan_that_is_kept_says_nothing() -> None:
    assert told((measured(T + i * D + (6 + i % 5) * H) for i in range(20)), T + 20 * D) == []


def test_once_forgotten_is_nothing_twice_is_a_finding_and_a_measurement_ends_it() -> None:
    kept = [measured(T + i * D + 8 * H) for i in range(3)]
    assert told([*kept, measured(T + 4 * D + 8 * H)], T + 5 * D) == []
    late = measured(T + 5 * D + 15 * H)
    said = told([*kept, late], T + 6 * D)
    assert keys(said) == [
        ("raise", "vitals.plan:systolic", 4 * D + 11 * H),
        ("clear", "vitals.plan:systolic", 5 * D + 15 * H),
    ]
    assert isinstance(said[0], Raise)
    assert said[0].severity is Severity.CHECK
    assert said[0].facts == {
        "measure": "systolic",
        "missed": 2.0,
        "since": (T + 2 * D + 8 * H).isoformat(),
        "minutes": 2 * 24 * 60 + 180.0,
    }


def test_it_is_said_once() -> None:
    assert len(told([], T + 30 * D)) == 1


def test_morning_and_evening_are_two_windows() -> None:
    mornings = [measured(T + i * D + 8 * H) for i in range(10)]
    assert told(mornings, T + 10 * D, TWICE) == []  # every second one is kept
    assert keys(told([], T + 3 * D, TWICE)) == [("raise", "vitals.plan:systolic", D + 11 * H)]


@pytest.mark.parametrize("origin", [Origin.REPLAY, Origin.SYNTHETIC, Origin.HEARTBEAT])
def test_what_was_not_measured_now_keeps_no_plan(origin: Origin) -> None:
    assert len(told([measured(T + i * D + 8 * H, origin) for i in range(3)], T + 3 * D)) == 1


def test_an_impossible_value_keeps_no_plan() -> None:
    failed: list[Event] = [Reading(CUFF, Kind.SYSTOLIC, 0.0, T + i * D + 8 * H) for i in range(3)]
    assert len(told(failed, T + 3 * D)) == 1


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL])
def test_who_is_away_need_not_measure(mode: Mode) -> None:
    gone = ModeSet(mode, T + 2 * D, "centre")
    said = told([gone], T + 30 * D)
    assert keys(said) == [
        ("raise", "vitals.plan:systolic", D + 11 * H),
        ("clear", "vitals.plan:systolic", 2 * D),
    ]
    back = ModeSet(Mode.HOME, T + 10 * D + 10 * H, "centre")  # within a window: it does not count
    assert keys(told([gone, back], T + 30 * D))[2:] == [("raise", "vitals.plan:systolic", 12 * D + 11 * H)]


def test_who_could_not_be_heard_did_not_miss_it() -> None:
    away = Unheard(T + 5 * H, T + 35 * H + M)  # both windows
    assert keys(told([away], T + 2 * D + 10 * H)) == []
    short = Unheard(T + 8 * H, T + 9 * H)
    assert keys(told([short], T + 4 * D)) == [("raise", "vitals.plan:systolic", 2 * D + 11 * H)]


@pytest.mark.parametrize("by", [-400 * D, -H, H, 400 * D])
def test_a_clock_step_raises_nothing_by_itself(by: timedelta) -> None:
    engine = Engine(tuple(rules(DAILY, HOME)))
    state, _ = engine.step(engine.start(T), measured(T + 8 * H), T + 8 * H)
    state, said = engine.step(state, ClockStepped(by, T + 12 * H + by), T + 12 * H + by)
    assert said == ()
    _, said = engine.step(state, Tick(T + 12 * H + by + M), T + 12 * H + by + M)
    assert said == ()


@given(waits=st.lists(st.integers(1, 2000), max_size=20), ticks=st.lists(st.integers(0, 30_000), max_size=20))
def test_the_cadence_of_ticks_changes_no_decision(waits: list[int], ticks: list[int]) -> None:
    at, events = T, []
    for wait in waits:
        at += wait * M
        events.append(measured(at))
    until = at + 4 * D
    extra = [Tick(T + tick * M) for tick in ticks if T + tick * M < until]
    mixed = sorted([*events, *extra], key=lambda event: event.at)
    assert told(mixed, until) == told(events, until)


def test_a_plan_for_what_nobody_can_measure_is_none() -> None:
    assert list(rules(Part(Times(weight=(time(8),))), HOME)) == []
    assert list(rules(Part(), HOME)) == []


def test_a_plan_is_read_from_a_profile() -> None:
    table = {"title": "", "source": "", "plan": {"misses": 1, "times": {"systolic": [time(8), time(20)]}}}
    part = read(table).plan
    assert part is not None
    assert part.times.systolic == (time(8), time(20))
    with pytest.raises(BadProfileError, match="systolic"):
        read({"title": "", "source": "", "plan": {"times": {"sistolic": [time(8)]}}})
