"""What every rule promises: it is pure, its deadline moves on, its state survives, it minds its own kinds."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import battery, equipment
from rules.absence import Absence
from rules.bands import Bands
from rules.bed import BedOut
from rules.door import Door
from rules.dry import WaterHabit
from rules.hazards import SEVERITIES, Hazards, Sos
from rules.home import Supervision
from rules.hours import Hours
from rules.inactivity import Inactivity
from rules.learned import Learned
from rules.learned import Part as LearnedPart
from rules.lived import Lived
from rules.model import (
    AnyRule,
    DeviceId,
    Event,
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
from rules.news2 import News2
from rules.night import DoorNight
from rules.plan import Plan
from rules.presence import LIFE
from rules.rise import Rise
from rules.shift import shifted
from rules.silence import Silence
from rules.stay import BathroomStay
from rules.trust import Doubting, Part
from rules.visits import BathroomVisits
from rules.vitals import Vitals
from rules.water import Water

T = datetime(2026, 3, 27, 20, tzinfo=UTC)  # two days before a change of the clocks
H = timedelta(hours=1)
DEVICES = [DeviceId("a"), DeviceId("b"), DeviceId("stranger")]
ROOMS = {DEVICES[0]: "kitchen", DEVICES[1]: "hall"}
VITAL = [Kind.HEART_RATE, Kind.SPO2, Kind.SYSTOLIC, Kind.DIASTOLIC, Kind.BODY_TEMPERATURE]
SELF = [Kind.FAULT, Kind.TAMPER, Kind.MAINS, Kind.BATTERY, Kind.BATTERY_LOW, Kind.VOLTAGE]
LONDON = ZoneInfo("Europe/London")
RULES: list[AnyRule] = [
    Sos(timedelta(minutes=10), ROOMS),
    Hazards(frozenset(SEVERITIES), ROOMS),
    Inactivity("inactivity", Hours(time(6), time(22), LONDON), 5 * H, Severity.URGENT, LIFE, None, ROOMS),
    Inactivity(
        "night", Hours(time(22), time(6), LONDON), 2 * H, Severity.URGENT, LIFE, frozenset(DEVICES[:1]), ROOMS
    ),
    Silence({DEVICES[0]: Supervision(H, 3 * H), DEVICES[1]: Supervision(6 * H, 26 * H)}, ROOMS),
    Water(2.0, 12 * H, Severity.URGENT, ROOMS),
    Door({DEVICES[0]: H / 2, DEVICES[1]: 2 * H}, ROOMS),
    Vitals(2, H / 6, H / 2, 3.0, True, Bands().whole(), Hours(time(0), time(3, 30), LONDON), ROOMS),
    News2(24 * H, H / 6, 1, True, 1, True, ROOMS),
    Plan({Kind.SYSTOLIC: (time(8), time(20)), Kind.SPO2: (time(7),)}, 2 * H, 3 * H, 2, LONDON),
    Absence(12 * H, 6 * H, 4 * H, 24 * H, LONDON, frozenset(DEVICES[1:2]), ROOMS),
    Rise(H, 1, time(5), LONDON, frozenset(DEVICES[:1]), frozenset(DEVICES[1:2]), ROOMS),
    BathroomStay(H, 2 * H, 12 * H, 2.0, Severity.URGENT, LONDON, frozenset(DEVICES[:1]), ROOMS),
    BathroomVisits(H / 12, 6, 5.0, Severity.CHECK, LONDON, frozenset(DEVICES[:1]), ROOMS),
    BedOut(H, time(22), time(6), 1.5, Severity.URGENT, LONDON, ROOMS),
    WaterHabit(
        1.25,
        6 * H,
        24 * H,
        1.0,
        3 * H,
        Severity.URGENT,
        LONDON,
        frozenset(DEVICES[:1]),
        frozenset(DEVICES[1:2]),
        ROOMS,
    ),
    DoorNight(time(23), time(5), H / 4, 2, Severity.URGENT, LONDON, frozenset(DEVICES[:1]), ROOMS),
    battery.Battery(battery.Part(), ROOMS),
    equipment.Equipment(equipment.Part(), ROOMS),
    Learned(LearnedPart(), LONDON, frozenset(DEVICES[1:2]), ROOMS),
    Lived(H, 2, 12 * H, Severity.CHECK, frozenset(DEVICES[:1]), frozenset(DEVICES[1:2]), ROOMS),
    Doubting(Part(), ROOMS, frozenset(DEVICES[1:2]), frozenset(DEVICES[:2])),
]
EVENTS: st.SearchStrategy[Callable[[datetime], Event]] = st.one_of(
    st.builds(
        lambda device, kind, value, origin, late: (
            lambda now: Reading(device, kind, value, now - late, origin)
        ),
        st.sampled_from(DEVICES),
        st.sampled_from([*LIFE, *SEVERITIES, Kind.LINK, Kind.ONLINE, *SELF, Kind.WATER_VOLUME, *VITAL]),
        st.sampled_from([0.0, 1.0, 2.5, 35.0, 39.5, 95.0, 185.0]),
        st.sampled_from(Origin),
        st.timedeltas(timedelta(0), 2 * H),
    ),
    st.sampled_from(Mode).map(lambda mode: lambda now: ModeSet(mode, now, "centre")),
    st.just(Tick),
    st.timedeltas(timedelta(0), 9 * H).map(lambda gap: lambda now: Unheard(now - gap, now)),
)
STORIES = st.lists(st.tuples(st.timedeltas(timedelta(0), 9 * H), EVENTS), max_size=25)

every = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
patient = settings(deadline=None, max_examples=60)


def states(rule: AnyRule, story: list[Any]) -> list[tuple[Any, datetime]]:
    """Every state that the rule goes through, deadlines fired as the engine does, and when."""
    state, now = rule.start(T), T
    told = [(state, now)]
    for wait, make in story:
        end = now + wait
        while (due := rule.due(state)) is not None and due <= end:
            now = max(due, now)
            state, _ = rule.step(state, Tick(due), now)
            told.append((state, now))
        now = end
        event = make(now)
        if not isinstance(event, Reading) or event.kind in rule.kinds:
            state, _ = rule.step(state, event, now)
            told.append((state, now))
    return told


@every
@patient
@given(story=STORIES)
def test_after_its_tick_a_deadline_is_later_or_none(rule: AnyRule, story: list[Any]) -> None:
    for state, _ in states(rule, story):
        if (due := rule.due(state)) is not None:
            after, _ = rule.step(state, Tick(due), due)
            later = rule.due(after)
            assert later is None or later > due


@every
@patient
@given(story=STORIES)
def test_a_tick_before_the_deadline_changes_nothing(rule: AnyRule, story: list[Any]) -> None:
    for state, now in states(rule, story):
        due = rule.due(state)
        if due is None or due > now:
            assert rule.step(state, Tick(now), now) == (state, ())


@every
@patient
@given(story=STORIES)
def test_a_state_survives_the_disk(rule: AnyRule, story: list[Any]) -> None:
    for state, _ in states(rule, story):
        assert msgspec.json.decode(msgspec.json.encode(state), type=type(rule.start(T))) == state


@every
@patient
@given(story=STORIES, days=st.sampled_from([-400, 400]))
def test_a_clock_step_moves_the_deadline_with_it(rule: AnyRule, story: list[Any], days: int) -> None:
    by = timedelta(days=days)
    for state, _ in states(rule, story):
        due = rule.due(state)
        assert rule.due(shifted(state, by)) == (None if due is None else due + by)


@every
@patient
@given(story=STORIES, make=EVENTS)
def test_the_same_in_gives_the_same_out_and_changes_nothing_given(
    rule: AnyRule, story: list[Any], make: Callable[[datetime], Event]
) -> None:
    state, now = states(rule, story)[-1]
    kept, event = deepcopy(state), make(now + H)
    assert rule.step(state, event, now + H) == rule.step(kept, event, now + H)
    assert state == kept


@every
@patient
@given(story=STORIES, make=EVENTS)
def test_an_event_that_comes_twice_is_taken_once(
    rule: AnyRule, story: list[Any], make: Callable[[datetime], Event]
) -> None:
    state, now = states(rule, story)[-1]
    event = make(now + H)
    if isinstance(event, Reading) and event.kind is Kind.SOS:
        return  # two presses are two presses; the sieve knows the copy of one
    state, _ = rule.step(state, event, now + H)
    if (due := rule.due(state)) is None or due > now + H:
        assert rule.step(state, event, now + H) == (state, ())


@every
@patient
@given(story=STORIES)
def test_what_it_does_not_watch_does_not_touch_it(rule: AnyRule, story: list[Any]) -> None:
    state, now = states(rule, story)[-1]
    for kind in set(Kind) - rule.kinds:
        assert rule.step(state, Reading(DEVICES[0], kind, 1.0, now), now) == (state, ())


@every
@patient
@given(story=STORIES)
def test_decisions_are_never_dated_after_they_were_taken(rule: AnyRule, story: list[Any]) -> None:
    state, now = states(rule, story)[-1]
    due = rule.due(state) or now
    for event in (Tick(due), *(Reading(DEVICES[0], kind, 1.0, due) for kind in rule.kinds)):
        for decision in rule.step(state, event, max(due, now))[1]:
            assert decision.at <= max(due, now)
            if isinstance(decision, Raise):
                assert set(decision.facts) & {"device", "since"}


@every
def test_an_instance_is_its_settings(rule: AnyRule) -> None:
    assert is_dataclass(rule)
    assert rule.__dataclass_params__.frozen  # type: ignore[attr-defined]
    state = rule.start(T)
    assert is_dataclass(state)
    assert state.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert {f.name for f in fields(rule)} >= {"name", "kinds"}
