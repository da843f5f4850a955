"""Vital signs: one bad sample never raises, two that agree do; a daily cuff as well as a radar all night."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import explain
from rules.bands import BANDS, Band, Bands
from rules.catalogue import BadProfileError, build, read
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
    Severity,
    Swapped,
    Tick,
)
from rules.snapshot import dump, load
from rules.vitals import Part, rules

T = datetime(2026, 3, 2, 1, tzinfo=UTC)  # 9:00 in Shanghai
M, H, D = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CUFF, RADAR, CLIP, OTHER = DeviceId("cuff"), DeviceId("radar"), DeviceId("clip"), DeviceId("other")
HARD = Bands(
    systolic=Band(mild_low=0, mild_high=0),
    heart_rate=Band(mild_low=0, mild_high=0),
    spo2=Band(mild_low=0),
    body_temperature=Band(mild_high=0),
)  # only dangers
PLAIN, OWN = Part(bands=HARD), Part(bands=HARD, own=3.0)
HOME = Home(
    HomeId("h"),
    ZoneInfo("Asia/Shanghai"),
    (
        Device(CUFF, "lounge", kinds=frozenset({Kind.SYSTOLIC, Kind.DIASTOLIC, Kind.HEART_RATE})),
        Device(RADAR, "bedroom", kinds=frozenset({Kind.HEART_RATE, Kind.RESPIRATION})),
    ),
)


def told(*events: Event, part: Part = PLAIN, until: datetime | None = None) -> list[Decision]:
    """What the rule says of these events, and of the time until `until`."""
    engine = Engine(tuple(rules(part, HOME)))
    state, said = engine.start(T - D), []
    for event in (*events, *((Tick(until),) if until else ())):
        state, found = engine.step(state, event, event.at)
        said += found
    return said


def keys(said: Iterable[Decision]) -> list[tuple[str, str]]:
    return [(type(one).__name__.lower(), one.key) for one in said]


def upper(value: float, at: datetime, device: DeviceId = CUFF) -> Reading:
    return Reading(device, Kind.SYSTOLIC, value, at)


def pulse(value: float, at: datetime, device: DeviceId = RADAR) -> Reading:
    return Reading(device, Kind.HEART_RATE, value, at)


def stream(value: float, start: datetime, length: timedelta, every: timedelta) -> list[Reading]:
    return [pulse(value, start + i * every) for i in range(int(length / every))]


def test_two_measurements_ten_minutes_apart_raise() -> None:
    said = told(upper(195, T), upper(190, T + 12 * M), until=T + H)
    assert keys(said) == [("raise", "vitals:systolic")]
    assert isinstance(said[0], Raise)
    assert (said[0].severity, said[0].at) == (Severity.URGENT, T + 13 * M)
    assert said[0].facts == {
        "device": "cuff",
        "room": "lounge",
        "measure": "systolic",
        "value": 190.0,
        "bound": 180.0,
        "side": "high",
        "norm": "danger",
        "count": 2.0,
        "since": T.isoformat(),
        "minutes": 13.0,
    }


def test_two_measurements_at_once_raise_when_ten_minutes_brought_no_better_one() -> None:
    said = told(upper(195, T), upper(190, T + 2 * M), until=T + H)
    assert [(one.key, one.at) for one in said] == [("vitals:systolic", T + 10 * M)]
    assert told(upper(195, T), upper(190, T + 2 * M), upper(150, T + 6 * M), until=T + D) == []


def test_a_single_bad_value_of_a_cuff_asks_for_another_and_raises_nothing() -> None:
    said = told(upper(195, T), until=T + 2 * D)
    assert keys(said) == [("raise", "vitals.again:systolic")]
    assert isinstance(said[0], Raise)
    assert (said[0].severity, said[0].at) == (Severity.CHECK, T + 30 * M)
    assert said[0].facts["value"] == 195.0


def test_who_does_not_want_to_be_asked_is_not() -> None:
    assert told(upper(195, T), part=Part(bands=HARD, ask=False), until=T + 2 * D) == []


def test_a_good_value_answers_the_question() -> None:
    assert told(upper(195, T), upper(140, T + 5 * M), until=T + D) == []
    said = told(upper(195, T), upper(140, T + 2 * H), until=T + D)
    assert keys(said) == [("raise", "vitals.again:systolic"), ("clear", "vitals.again:systolic")]


def test_a_bad_value_answers_it_too() -> None:
    said = told(upper(195, T), upper(192, T + 2 * H), until=T + D)
    assert keys(said) == [
        ("raise", "vitals.again:systolic"),
        ("clear", "vitals.again:systolic"),
        ("raise", "vitals:systolic"),
    ]


def test_a_daily_cuff_on_two_days_in_a_row_raises_on_the_second() -> None:
    said = told(upper(195, T), upper(192, T + D), until=T + D + H, part=Part(bands=HARD, ask=False))
    assert [(one.key, one.at) for one in said] == [("vitals:systolic", T + D + M)]
    apart = told(upper(195, T), upper(192, T + 3 * D), until=T + 3 * D + H, part=Part(bands=HARD, ask=False))
    assert apart == []


def test_another_cuff_may_confirm_or_answer() -> None:
    assert keys(told(upper(195, T), upper(190, T + 12 * M, OTHER), until=T + H)) == [
        ("raise", "vitals:systolic")
    ]
    assert told(upper(195, T), upper(140, T + 12 * M, OTHER), until=T + D) == []


def test_it_is_over_only_well_inside_the_band() -> None:
    begun = [upper(195, T), upper(190, T + 12 * M)]
    assert keys(told(*begun, upper(177, T + 2 * H), until=T + D)) == [("raise", "vitals:systolic")]
    assert keys(told(*begun, upper(174, T + 2 * H), until=T + D)) == [
        ("raise", "vitals:systolic"),
        ("clear", "vitals:systolic"),
    ]


def test_a_value_near_the_edge_alone_is_nothing() -> None:
    assert told(upper(178, T), upper(178, T + 12 * M), until=T + D) == []


def test_high_and_low_do_not_confirm_each_other() -> None:
    said = told(pulse(35, T, CUFF), pulse(150, T + 12 * M, CUFF), until=T + 40 * M)
    assert said == []


@pytest.mark.parametrize("every", [timedelta(seconds=5), M, 5 * M])
def test_a_radar_raises_after_the_hold(every: timedelta) -> None:
    well = stream(60, T, 2 * H, every)
    bad = stream(140, T + 2 * H, 30 * M, every)
    said = told(*well, *bad)
    assert keys(said) == [("raise", "vitals:heart_rate")]
    assert T + 2 * H + 10 * M <= said[0].at <= T + 2 * H + 16 * M
    assert isinstance(said[0], Raise)
    assert said[0].facts["device"] == "radar"


def test_single_samples_of_a_radar_say_nothing_however_many() -> None:
    night = stream(60, T, 8 * H, timedelta(seconds=5))
    noisy = [pulse(220, one.at) if i % 7 == 0 else one for i, one in enumerate(night)]
    assert told(*noisy, until=T + D) == []


def test_a_stream_that_ends_in_the_hold_asks_nobody() -> None:
    said = told(*stream(60, T, H, M), *stream(140, T + H, 5 * M, M), until=T + D)
    assert said == []


def test_a_radar_is_believed_well_only_by_more_than_one_value() -> None:
    events = [*stream(60, T, H, M), *stream(140, T + H, 20 * M, M)]
    once = [*events, pulse(60, T + 80 * M), *stream(140, T + 81 * M, 5 * M, M)]
    assert keys(told(*once)) == [("raise", "vitals:heart_rate")]
    assert keys(told(*events, *stream(60, T + 80 * M, 5 * M, M))) == [
        ("raise", "vitals:heart_rate"),
        ("clear", "vitals:heart_rate"),
    ]


def test_a_clip_worn_for_a_minute_a_day_is_one_measurement() -> None:
    clip = [
        Reading(CLIP, Kind.SPO2, 60.0 if i == 7 else 96.0, T + i * timedelta(seconds=2)) for i in range(30)
    ]
    assert told(*clip, until=T + D) == []
    low = [Reading(CLIP, Kind.SPO2, 85.0, T + i * timedelta(seconds=2)) for i in range(29)]
    assert keys(told(*low, until=T + D)) == [("raise", "vitals.again:spo2")]


def test_a_clip_neither_answers_for_the_radar_nor_the_radar_for_a_cuff() -> None:
    night = stream(60, T - 2 * H, 4 * H, M)
    events = sorted([*night, pulse(150, T, CUFF), pulse(152, T + 3 * M, CUFF)], key=lambda one: one.at)
    assert keys(told(*events)) == [("raise", "vitals:heart_rate")]


def test_a_person_who_measured_often_once_is_a_person_again() -> None:
    often = [upper(150, T + i * 5 * M) for i in range(12)]
    said = told(*often, upper(150, T + D), upper(150, T + 2 * D), upper(195, T + 3 * D), until=T + 4 * D)
    assert keys(said) == [("raise", "vitals.again:systolic")]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.BODY_TEMPERATURE, 43.0),
        (Kind.SYSTOLIC, 310.0),
        (Kind.HEART_RATE, 0.0),
        (Kind.SPO2, 127.0),
        (Kind.SYSTOLIC, float("nan")),
        (Kind.SYSTOLIC, float("inf")),
    ],
)
def test_impossible_values_are_refused(kind: Kind, value: float) -> None:
    said = told(*(Reading(CUFF, kind, value, T + i * 5 * M) for i in range(8)), until=T + D)
    assert said == []


def test_a_cuff_that_failed_measured_nothing() -> None:
    """Diastolic not below systolic: TIHM holds 166/137 and 143/130 beside good ones; 90/90 is no pressure."""
    events: list[Event] = []
    for i in range(3):
        at = T + i * 15 * M
        events += [
            Reading(CUFF, Kind.SYSTOLIC, 190.0, at),
            Reading(CUFF, Kind.DIASTOLIC, 190.0, at + timedelta(seconds=1)),
        ]
    assert told(*events, until=T + D) == []


@pytest.mark.parametrize("origin", [Origin.HEARTBEAT, Origin.REPLAY, Origin.SYNTHETIC])
def test_only_what_was_measured_now_counts(origin: Origin) -> None:
    said = told(*(Reading(CUFF, Kind.SYSTOLIC, 195.0, T + i * 15 * M, origin) for i in range(4)), until=T + D)
    assert said == []


def test_what_is_unusual_for_her_is_checked_today() -> None:
    weeks = [upper(120 + 4 * (i % 3), T + i * D) for i in range(14)]
    strange = [upper(160, T + 14 * D), upper(162, T + 14 * D + 12 * M)]
    assert told(*weeks, *strange, until=T + 14 * D + 12 * H) == []
    said = told(*weeks, *strange, part=OWN, until=T + 14 * D + 12 * H)
    assert keys(said) == [("raise", "vitals:systolic")]
    assert isinstance(said[0], Raise)
    assert said[0].severity is Severity.CHECK
    assert said[0].facts["norm"] == "own"
    assert said[0].facts["bound"] == pytest.approx(124 + 25, abs=1)


def test_what_is_mild_is_checked_today_and_a_danger_among_it_needs_another() -> None:
    mild = told(upper(165, T), upper(162, T + 12 * M), part=Part(), until=T + H)
    mixed = told(upper(195, T), upper(162, T + 12 * M), part=Part(), until=T + H)
    for said, value in ((mild, 162.0), (mixed, 162.0)):
        assert keys(said) == [("raise", "vitals:systolic")]
        assert isinstance(said[0], Raise)
        assert said[0].severity is Severity.CHECK
        facts = {name: said[0].facts[name] for name in ("value", "bound", "norm", "count")}
        assert facts == {"value": value, "bound": 160.0, "norm": "mild", "count": 2.0}
    worse = told(upper(195, T), upper(162, T + 12 * M), upper(191, T + 20 * M), part=Part(), until=T + H)
    assert isinstance(worse[-1], Raise)
    assert worse[-1].severity is Severity.URGENT
    assert (worse[-1].facts["value"], worse[-1].facts["bound"]) == (191.0, 180.0)


def test_what_was_unusual_and_becomes_a_danger_is_said_again() -> None:
    weeks = [upper(120 + 4 * (i % 3), T + i * D) for i in range(14)]
    day = T + 14 * D
    worse = [upper(160, day), upper(162, day + 12 * M), upper(190, day + H), upper(191, day + 2 * H)]
    said = told(*weeks, *worse, part=OWN, until=day + 12 * H)
    assert [one.severity for one in said if isinstance(one, Raise)] == [Severity.CHECK, Severity.URGENT]
    assert {one.key for one in said} == {"vitals:systolic"}


def test_a_week_must_pass_before_anything_is_usual() -> None:
    few = [upper(120, T + i * D) for i in range(6)]
    strange = [upper(160, T + 6 * D), upper(160, T + 6 * D + 12 * M)]
    assert told(*few, *strange, part=OWN, until=T + 7 * D) == []


def test_a_slow_change_becomes_usual() -> None:
    drift = [upper(120 + i, T + i * D) for i in range(50)]
    assert told(*drift, part=OWN, until=T + 51 * D) == []


def test_a_visitors_pressure_is_not_learned() -> None:
    weeks: list[Event] = [upper(120, T + i * D) for i in range(14)]
    weeks.append(ModeSet(Mode.VISITOR, T + 14 * D, "centre"))
    weeks += [upper(155, T + (14 + i) * D) for i in range(1, 15)]
    weeks.append(ModeSet(Mode.HOME, T + 29 * D, "centre"))
    part = Part(bands=HARD, own=3.0, ask=False)
    before = told(*weeks, part=part, until=T + 30 * D)
    own = [upper(156, T + 31 * D), upper(156, T + 31 * D + 12 * M)]
    after = told(*weeks, upper(120, T + 30 * D), *own, part=part, until=T + 32 * D)
    assert keys(after[len(before) :])[-1] == ("raise", "vitals:systolic")


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL])
def test_in_hospital_nothing_is_judged_and_what_is_open_ends(mode: Mode) -> None:
    events = [
        upper(195, T),
        upper(190, T + 12 * M),
        Reading(CLIP, Kind.SPO2, 80.0, T),
        ModeSet(mode, T + 2 * H, "centre"),
        *(upper(195, T + 3 * H + i * 15 * M) for i in range(4)),
    ]
    said = told(*events, until=T + 2 * D)
    assert (
        keys(said)
        == [
            ("raise", "vitals:systolic"),
            ("raise", "vitals.again:spo2"),
            ("clear", "vitals:systolic"),
            ("clear", "vitals.again:spo2"),
        ][:1]
        + keys(said)[1:]
    )
    assert {one.key for one in said if isinstance(one, Clear)} == {"vitals:systolic", "vitals.again:spo2"}
    assert all(one.at <= T + 2 * H for one in said)


def test_a_new_cuff_goes_on_where_the_old_one_stopped() -> None:
    weeks = [upper(120, T + i * D) for i in range(14)]
    swap = Swapped(CUFF, OTHER, T + 14 * D)
    strange = [upper(160, T + 15 * D, OTHER), upper(162, T + 15 * D + 12 * M, OTHER)]
    said = told(*weeks, swap, *strange, part=OWN, until=T + 16 * D)
    assert [one.facts["device"] for one in said if isinstance(one, Raise)] == ["other"]


def test_a_radar_that_is_exchanged_ends_its_finding() -> None:
    events = [*stream(60, T, H, M), *stream(140, T + H, 20 * M, M), Swapped(RADAR, OTHER, T + 2 * H)]
    assert keys(told(*events)) == [("raise", "vitals:heart_rate"), ("clear", "vitals:heart_rate")]


@given(
    values=st.lists(st.tuples(st.integers(1, 300), st.floats(40, 250)), max_size=30),
    ticks=st.lists(st.integers(0, 9000), max_size=30),
)
def test_the_cadence_of_ticks_changes_no_decision(values: list[tuple[int, float]], ticks: list[int]) -> None:
    at, events = T, []
    for wait, value in values:
        at += wait * M
        events.append(upper(value, at))
    extra: list[Event] = [Tick(T + tick * M) for tick in ticks if T + tick * M < at]
    mixed = sorted([*events, *extra], key=lambda event: event.at)
    part, until = Part(own=2.5), at + 2 * D
    assert told(*mixed, part=part, until=until) == told(*events, part=part, until=until)


@given(
    values=st.lists(st.tuples(st.integers(1, 300), st.floats(40, 250)), min_size=2, max_size=30),
    cut=st.floats(0, 1),
)
def test_a_restart_changes_no_decision(values: list[tuple[int, float]], cut: float) -> None:
    engine = Engine(tuple(rules(Part(own=2.5), HOME)))
    plain = broken = engine.start(T)
    at = T
    for i, (wait, value) in enumerate(values):
        at += wait * M
        if i == int(cut * len(values)):
            broken = load(engine, dump(engine, broken))
        plain, said = engine.step(plain, upper(value, at), at)
        broken, again = engine.step(broken, upper(value, at), at)
        assert said == again
    assert plain == broken


@given(values=st.lists(st.floats(40, 175), min_size=1, max_size=20), bad=st.floats(176, 300))
def test_one_bad_sample_among_good_ones_never_raises(values: list[float], bad: float) -> None:
    at = [T + i * 20 * M for i in range(len(values) * 2 + 1)]
    good = [max(100.0, value) for value in (*values, *values)]
    events = [upper(v, t) for v, t in zip([*good[: len(values)], bad, *good[len(values) :]], at, strict=True)]
    assert [one for one in told(*events, until=at[-1] + D) if one.key.startswith("vitals:")] == []


def test_a_month_of_every_sensor_is_small() -> None:
    engine = Engine(tuple(rules(Part(own=3.0), HOME)))
    state = engine.start(T)
    for day in range(40):
        for i in range(400):
            at = T + day * D + i * M
            for kind in BANDS:
                state, _ = engine.step(state, Reading(RADAR, kind, 36.123 + i % 9, at), at)
    assert len(dump(engine, state)) < 20_000


def test_a_profile_may_move_one_edge_alone() -> None:
    part = read({"title": "", "source": "", "vitals": {"bands": {"systolic": {"high": 160.0}}}}).vitals
    assert part is not None
    bands = part.bands.whole()
    assert bands[Kind.SYSTOLIC] == Band(90, 160, 100, 160, 5, 25)
    assert bands[Kind.SPO2] == BANDS[Kind.SPO2]
    assert Bands(weight=Band(low=0)).whole()[Kind.WEIGHT].off == 2.0
    with pytest.raises(BadProfileError, match="systolik"):
        read({"title": "", "source": "", "vitals": {"bands": {"systolik": {}}}})


def test_an_edge_of_nought_is_none() -> None:
    part = Part(bands=Bands(systolic=Band(high=0, mild_high=0)))
    assert told(upper(250, T), upper(250, T + 12 * M), part=part, until=T + D) == []


def test_a_home_without_such_a_sensor_has_no_such_rule() -> None:
    profile = {"title": "", "source": "", "vitals": {}}
    bare = Home(HomeId("h"), HOME.zone, (Device(DeviceId("pir"), "hall", kinds=frozenset({Kind.MOTION})),))
    assert build(profile, bare).rules == {}
    assert list(build(profile, HOME).rules) == ["vitals"]
    unsaid = Home(HomeId("h"), HOME.zone, (Device(DeviceId("r60"), "bedroom"),))
    assert list(build({**profile, "news2": {}}, unsaid).rules) == ["vitals", "news2"]


def test_a_finding_is_one_plain_sentence_in_both_languages() -> None:
    said = told(upper(195, T), upper(190, T + 12 * M), until=T + H)
    asked = told(upper(195, T), until=T + H)
    weeks = [upper(120, T + i * D) for i in range(14)]
    strange = [upper(160, T + 14 * D), upper(162, T + 14 * D + 12 * M)]
    own = told(*weeks, *strange, part=OWN, until=T + 15 * D)
    assert [sentence(one, "zh") for one in (*said, *asked, *own)] == [
        "收缩压 190，不低于 180，连续 2 次，自 09:00 起。",
        "收缩压测得一次 195，不低于 180，之后没有再测：请再测一次。",
        "收缩压 162，不低于 145，与平时不同，连续 2 次，自 09:00 起。",
    ]
    assert [sentence(one, "en") for one in (*said, *asked, *own)] == [
        "systolic pressure 190, at or above 180, 2 times in a row since 09:00.",
        "systolic pressure was 195 once, at or above 180, and nobody measured again: please do.",
        "systolic pressure 162, at or above 145: unusual for this resident, 2 times in a row since 09:00.",
    ]


def sentence(found: Decision, name: str) -> str:
    path = Path(__file__).resolve().parents[2] / "config" / "messages" / f"{name}.toml"
    language, problems = explain.read(tomllib.loads(path.read_text("utf-8")), name)
    assert language is not None, problems
    assert isinstance(found, Raise)
    return explain.sentence(language, found.key, found.facts, HOME.zone, found.at)


def test_a_calm_night_of_a_radar_needs_no_deadline_but_the_learning() -> None:
    engine = Engine(tuple(rules(PLAIN, HOME)))
    state = engine.start(T - D)
    night = engine.due(state)
    for event in stream(62.0, T - D, 4 * H, 2 * M):
        state, _ = engine.step(state, event, event.at)
        assert engine.due(state) == night
    bad = pulse(150.0, T - D + 4 * H)
    state, _ = engine.step(state, bad, bad.at)
    assert engine.due(state) == bad.at + M


def test_a_bad_sample_late_in_a_calm_measurement_is_judged_when_that_is_whole() -> None:
    engine = Engine(tuple(rules(PLAIN, HOME)))
    state = engine.start(T - D)
    for event in (pulse(62.0, T), pulse(150.0, T + 20 * M / 60)):
        state, _ = engine.step(state, event, event.at)
    assert engine.due(state) == T + M


def test_a_late_bad_sample_is_judged_after_the_calm_measurement_that_was_whole_before_it_came() -> None:
    engine = Engine(tuple(rules(PLAIN, HOME)))
    state, said = engine.start(T - D), []
    calm, late = pulse(62.0, T), pulse(150.0, T - M / 2, CUFF)
    for event, now in ((calm, T), (late, T + 5 * M), (Tick(T + H), T + H)):
        state, found = engine.step(state, event, now)
        said += found
    assert keys(said) == [("raise", "vitals.again:heart_rate")]
