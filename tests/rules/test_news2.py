"""NEWS2 as a part score: the chart of 2017, what is missing, how old; no single sample carries it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine import Engine
from rules.home import Device, Home
from rules.model import (
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
)
from rules.news2 import Part, rules
from rules.points import CHART, points
from rules.snapshot import dump, load

T = datetime(2026, 3, 2, 1, tzinfo=UTC)
M, H, D = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BOX = DeviceId("box")
HOME = Home(HomeId("h"), ZoneInfo("Asia/Shanghai"), (Device(BOX, "bedroom", kinds=frozenset(CHART)),))
PLAIN = Part()
WELL = {Kind.RESPIRATION: 16.0, Kind.SPO2: 97.0, Kind.SYSTOLIC: 130.0, Kind.HEART_RATE: 70.0}
ILL = {Kind.RESPIRATION: 24.0, Kind.SPO2: 93.0, Kind.SYSTOLIC: 105.0}  # 2 + 2 + 1


def measured(at: datetime, values: dict[Kind, float]) -> list[Event]:
    return [Reading(BOX, kind, value, at) for kind, value in values.items()]


def told(events: Iterable[Event], until: datetime, part: Part = PLAIN) -> list[Decision]:
    engine = Engine(tuple(rules(part, HOME)))
    state, said = engine.start(T - D), []
    for event in (*events, Tick(until)):
        state, found = engine.step(state, event, event.at)
        said += found
    return said


def kinds(said: Iterable[Decision]) -> list[str]:
    return [one.severity.value if isinstance(one, Raise) else "clear" for one in said]


@pytest.mark.parametrize(
    ("kind", "table"),
    [  # Royal College of Physicians 2017, chart 1: first and last value of each box
        (Kind.RESPIRATION, "3 5-8 1 9-11 0 12-20 2 21-24 3 25-60"),
        (Kind.SPO2, "3 60-91 2 92-93 1 94-95 0 96-100"),
        (Kind.SYSTOLIC, "3 50-90 2 91-100 1 101-110 0 111-219 3 220-280"),
        (Kind.HEART_RATE, "3 20-40 1 41-50 0 51-90 1 91-110 2 111-130 3 131-200"),
        (Kind.BODY_TEMPERATURE, "3 30.0-35.0 1 35.1-36.0 0 36.1-38.0 1 38.1-39.0 2 39.1-42.0"),
    ],
)
def test_the_chart(kind: Kind, table: str) -> None:
    words = table.split()
    for score, box in zip(words[::2], words[1::2], strict=True):
        for value in box.split("-"):
            assert points(kind, float(value), 1, False) == int(score), value


@pytest.mark.parametrize(
    ("value", "air", "oxygen"),
    [(83, 3, 3), (84, 2, 2), (86, 1, 1), (88, 0, 0), (92, 0, 0), (93, 0, 1), (95, 0, 2), (97, 0, 3)],
)
def test_the_second_scale_of_saturation(value: float, air: int, oxygen: int) -> None:
    assert points(Kind.SPO2, value, 2, False) == air
    assert points(Kind.SPO2, value, 2, True) == oxygen


@pytest.mark.parametrize(("value", "score"), [(36.04, 1), (36.05, 0), (90.4, 3), (90.5, 2)])
def test_between_two_boxes_the_nearer_one(value: float, score: int) -> None:
    kind = Kind.SYSTOLIC if value > 50 else Kind.BODY_TEMPERATURE
    assert points(kind, value, 1, False) == score


def test_an_ill_day_measured_twice_is_urgent_and_says_what_is_missing() -> None:
    said = told([*measured(T, ILL), *measured(T + 15 * M, ILL)], T + H)
    assert kinds(said) == ["urgent"]
    assert isinstance(said[0], Raise)
    assert said[0].at == T + 26 * M
    assert said[0].facts == {
        "device": "box",
        "room": "bedroom",
        "respiration": 24.0,
        "spo2": 93.0,
        "systolic": 105.0,
        "score": 5.0,
        "measured": 3.0,
        "of": 7.0,
        "worst": "spo2",
        "missing": "heart_rate body_temperature oxygen consciousness",
        "since": (T + 16 * M).isoformat(),
        "minutes": 10.0,
    }


def test_what_no_single_sample_carries_needs_no_second_measurement() -> None:
    """Three signs at once, each measured once: whichever is left out, 5 remain."""
    very = {Kind.RESPIRATION: 26.0, Kind.SPO2: 90.0, Kind.HEART_RATE: 120.0}  # 3 + 3 + 2
    assert kinds(told(measured(T, very), T + H)) == ["urgent"]
    worst = {**very, Kind.SYSTOLIC: 85.0}  # 11; 8 without any one
    assert kinds(told(measured(T, worst), T + H)) == ["emergency"]


def test_one_bad_sample_carries_nothing() -> None:
    bad = {**WELL, Kind.RESPIRATION: 30.0}
    assert told([*measured(T, WELL), *measured(T + H, bad)], T + 3 * D) == []
    assert told(measured(T, ILL), T + 3 * D) == []  # 5, but 3 without the worst


def test_a_single_sign_of_three_calls_when_measured_twice_and_only_if_wanted() -> None:
    bad = [*measured(T, {**WELL, Kind.SPO2: 90.0}), *measured(T + 12 * M, {Kind.SPO2: 89.0})]
    assert kinds(told(bad, T + H)) == ["urgent"]
    assert told(bad, T + H, Part(single=False)) == []


def test_too_few_signs_are_no_score() -> None:
    two = {Kind.SPO2: 80.0, Kind.HEART_RATE: 140.0}
    events = [*measured(T, two), *measured(T + H, two)]
    assert told(events, T + 2 * H) == []
    # with oxygen 8, and 5 without any one sample; 8 without any one from the second measurement on
    assert kinds(told(events, T + 2 * H, Part(oxygen=True))) == ["urgent", "emergency"]
    assert kinds(told(events, T + 2 * H, Part(least=2))) == ["urgent"]


def test_it_worsens_and_it_is_over() -> None:
    worse = {**ILL, Kind.HEART_RATE: 125.0}
    events = [
        *measured(T, ILL),
        *measured(T + 15 * M, ILL),
        *measured(T + H, worse),
        *measured(T + 2 * H, worse),
    ]
    assert kinds(told(events, T + 3 * H)) == ["urgent", "emergency"]
    assert kinds(told([*events, *measured(T + 4 * H, WELL)], T + 5 * H)) == ["urgent", "emergency", "clear"]


def test_a_better_measurement_within_the_hold_takes_it_back() -> None:
    events = [*measured(T, ILL), *measured(T + 5 * M, ILL), *measured(T + 10 * M, WELL)]
    assert told(events, T + D) == []


def test_a_measurement_counts_for_a_day_and_bears_out_for_two() -> None:
    events = [*measured(T, ILL), *measured(T + 12 * M, ILL)]
    said = told(events, T + 3 * D)
    assert kinds(said) == ["urgent", "clear"]
    assert said[1].at == T + 12 * M + D
    daily = [*measured(T, ILL), *measured(T + 25 * H, ILL)]
    assert kinds(told(daily, T + 26 * H)) == ["urgent"]
    late = [*measured(T, ILL), *measured(T + 49 * H, ILL)]
    assert told(late, T + 50 * H) == []


def test_nobody_is_scored_who_is_not_there() -> None:
    events = [*measured(T, ILL), *measured(T + 15 * M, ILL), ModeSet(Mode.HOSPITAL, T + H, "centre")]
    more = [*measured(T + 2 * H, ILL), *measured(T + 3 * H, ILL)]
    assert kinds(told([*events, *more], T + D)) == ["urgent", "clear"]
    home = ModeSet(Mode.HOME, T + 4 * H, "centre")
    again = [*measured(T + 5 * H, ILL), *measured(T + 6 * H, ILL)]
    assert kinds(told([*events, *more, home, *again], T + 7 * H)) == ["urgent", "clear", "urgent"]


def test_a_home_that_can_never_measure_enough_has_no_such_rule() -> None:
    cuff = Home(
        HomeId("h"), HOME.zone, (Device(BOX, "hall", kinds=frozenset({Kind.SYSTOLIC, Kind.HEART_RATE})),)
    )
    assert list(rules(PLAIN, cuff)) == []
    assert [rule.name for rule in rules(Part(oxygen=False), cuff)] == ["news2"]
    assert list(rules(Part(least=1), Home(HomeId("h"), HOME.zone))) == []


VALUES = st.lists(
    st.tuples(st.integers(1, 900), st.sampled_from(sorted(CHART)), st.floats(5, 230)), max_size=30
)


def readings(values: list[tuple[int, Kind, float]]) -> list[Event]:
    at, events = T, []
    for wait, kind, value in values:
        at += wait * M
        events.append(Reading(BOX, kind, value, at))
    return events


@given(values=VALUES, ticks=st.lists(st.integers(0, 9000), max_size=20))
def test_the_cadence_of_ticks_changes_no_decision(
    values: list[tuple[int, Kind, float]], ticks: list[int]
) -> None:
    events = readings(values)
    until = (events[-1].at if events else T) + 4 * D
    extra = [Tick(T + tick * M) for tick in ticks if T + tick * M < until]
    mixed = sorted([*events, *extra], key=lambda event: event.at)
    assert told(mixed, until) == told(events, until)


@given(values=VALUES, cut=st.integers(0, 30))
def test_a_restart_changes_no_decision(values: list[tuple[int, Kind, float]], cut: int) -> None:
    engine = Engine(tuple(rules(PLAIN, HOME)))
    plain = broken = engine.start(T)
    for i, event in enumerate(readings(values)):
        if i == cut:
            broken = load(engine, dump(engine, broken))
        plain, said = engine.step(plain, event, event.at)
        broken, again = engine.step(broken, event, event.at)
        assert said == again
    assert plain == broken


@given(
    good=st.lists(st.sampled_from(sorted(WELL)), min_size=1, max_size=20),
    kind=st.sampled_from(sorted(CHART)),
    value=st.floats(2, 300),
    place=st.integers(0, 20),
)
def test_whatever_one_sample_says_among_good_ones_nothing_is_raised(
    good: list[Kind], kind: Kind, value: float, place: int
) -> None:
    values = [(30, one, WELL[one]) for one in good]
    values.insert(min(place, len(values)), (30, kind, value))
    assert told(readings(values), T + 5 * D) == []


def test_while_nothing_scores_nothing_is_waited_for() -> None:
    engine = Engine(tuple(rules(PLAIN, HOME)))
    state = engine.start(T - D)
    for event in (*measured(T, WELL), *measured(T + H, WELL)):
        state, _ = engine.step(state, event, event.at)
        assert engine.due(state) is None
    for event in measured(T + 2 * H, {Kind.SPO2: 93.0}):
        state, _ = engine.step(state, event, event.at)
    assert engine.due(state) == T + 2 * H + M


def test_well_values_that_nobody_waited_for_make_a_score_whole() -> None:
    """Two of three signs were measured long before the one that endangers."""
    said = told(
        [
            *measured(T, {Kind.RESPIRATION: 16.0, Kind.SYSTOLIC: 130.0}),
            *measured(T + H, {Kind.SPO2: 85.0}),
            *measured(T + H + 5 * M, {Kind.SPO2: 85.0}),
        ],
        T + 2 * H,
    )
    assert [(one.severity.value, one.at) for one in said if isinstance(one, Raise)] == [
        ("urgent", T + H + 16 * M)
    ]
