"""No sign of life: what counts as one, when the silence is too long, and when nobody is expected."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.engine import Engine
from rules.hours import Hours
from rules.inactivity import Inactivity, Quiet
from rules.model import (
    Clear,
    ClockStepped,
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
)
from rules.presence import LIFE

ZONE = ZoneInfo("Asia/Shanghai")
H = timedelta(hours=1)
KITCHEN = DeviceId("pir-kitchen")
DOOR = DeviceId("front-door")
ROOMS = {KITCHEN: "kitchen", DOOR: "hall"}
NINE = datetime(2026, 11, 21, 1, tzinfo=UTC)  # 9:00 in Shanghai


def rule(**changed: Any) -> Inactivity:
    settings: dict[str, Any] = {
        "name": "inactivity",
        "hours": Hours(time(6), time(22), ZONE),
        "limit": 5 * H,
        "severity": Severity.URGENT,
        "kinds": LIFE,
        "devices": None,
        "rooms": ROOMS,
    }
    return Inactivity(**(settings | changed))


def motion(at: datetime, value: float = 1.0, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(KITCHEN, Kind.MOTION, value, at, origin)


def test_it_raises_at_the_exact_instant_and_says_since_when() -> None:
    watch = rule()
    state, _ = watch.step(watch.start(NINE), motion(NINE + H), NINE + H)
    assert watch.due(state) == NINE + 6 * H
    state, found = watch.step(state, Tick(NINE + 6 * H), NINE + 6 * H)
    facts = {
        "device": "pir-kitchen",
        "room": "kitchen",
        "since": (NINE + H).isoformat(),
        "minutes": 300.0,
        "limit": 300.0,
    }
    assert found == (Raise("inactivity", Severity.URGENT, NINE + 6 * H, facts),)
    assert watch.due(state) is None
    assert watch.step(state, Tick(NINE + 9 * H), NINE + 9 * H) == (state, ())


def test_a_sign_of_life_clears_and_the_wait_begins_anew() -> None:
    watch = rule()
    state, _ = watch.step(watch.start(NINE), Tick(NINE + 5 * H), NINE + 5 * H)
    state, found = watch.step(state, motion(NINE + 6 * H), NINE + 6 * H)
    assert found == (Clear("inactivity", NINE + 6 * H),)
    assert watch.due(state) == NINE + 11 * H


def test_the_night_is_not_counted() -> None:
    watch = rule()
    late = NINE + 12 * H  # 21:00
    state, _ = watch.step(watch.start(NINE), motion(late), late)
    assert watch.due(state) == NINE + 25 * H  # one hour tonight, four from 6:00


@pytest.mark.parametrize(
    ("kind", "value", "life"),
    [
        (Kind.MOTION, 1, True),
        (Kind.MOTION, 0, False),
        (Kind.PRESENCE, 1, True),
        (Kind.PRESENCE, 0, False),
        (Kind.CONTACT, 1, True),
        (Kind.CONTACT, 0, True),
        (Kind.BED, 1, True),
        (Kind.BED, 0, True),
        (Kind.SOS, 1, True),
        (Kind.BUTTON, 1, True),
        (Kind.BATTERY, 21, False),
        (Kind.SMOKE, 1, False),
        (Kind.ONLINE, 1, False),
    ],
)
def test_what_counts_as_life(kind: Kind, value: float, life: bool) -> None:
    watch, at = rule(), NINE + H
    state, _ = watch.step(watch.start(NINE), Reading(KITCHEN, kind, value, at), at)
    assert (state.last == at) is life


@pytest.mark.parametrize("origin", [Origin.HEARTBEAT, Origin.REPLAY, Origin.SYNTHETIC])
def test_only_an_event_is_a_sign_of_life(origin: Origin) -> None:
    watch, state = rule(), rule().start(NINE)
    assert watch.step(state, motion(NINE + H, origin=origin), NINE + H) == (state, ())


def test_an_older_sign_changes_nothing_and_a_future_one_counts_as_now() -> None:
    watch = rule()
    state, _ = watch.step(watch.start(NINE), motion(NINE + H), NINE + H)
    assert watch.step(state, motion(NINE), NINE + 2 * H) == (state, ())
    state, _ = watch.step(state, motion(NINE + 90 * H), NINE + 2 * H)
    assert state.last == NINE + 2 * H


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL])
def test_nobody_is_expected_while_away(mode: Mode) -> None:
    watch = rule()
    state, _ = watch.step(watch.start(NINE), ModeSet(mode, NINE, "centre"), NINE)
    assert watch.due(state) is None
    away = state
    assert watch.step(away, motion(NINE + H), NINE + H) == (away, ())
    state, _ = watch.step(state, ModeSet(Mode.HOME, NINE + 3 * H, "centre"), NINE + 3 * H)
    assert watch.due(state) == NINE + 8 * H


def test_going_away_clears_what_was_raised() -> None:
    watch = rule()
    state, _ = watch.step(watch.start(NINE), Tick(NINE + 5 * H), NINE + 5 * H)
    state, found = watch.step(state, ModeSet(Mode.HOSPITAL, NINE + 6 * H, "centre"), NINE + 6 * H)
    assert found == (Clear("inactivity", NINE + 6 * H),)
    assert watch.due(state) is None


@pytest.mark.parametrize("mode", [Mode.HOME, Mode.VISITOR, Mode.TEST])
def test_a_word_that_changes_nothing_restarts_nothing(mode: Mode) -> None:
    watch, state = rule(), rule().start(NINE)
    assert watch.step(state, ModeSet(mode, NINE + H, "centre"), NINE + H) == (state, ())


def test_only_the_chosen_kinds_and_devices_count() -> None:
    watch = rule(kinds=frozenset({Kind.CONTACT}), devices=frozenset({DOOR}))
    state = watch.start(NINE)
    for device, kind in ((KITCHEN, Kind.CONTACT), (DOOR, Kind.MOTION)):
        assert watch.step(state, Reading(device, kind, 1.0, NINE + H), NINE + H) == (state, ())
    state, _ = watch.step(state, Reading(DOOR, Kind.CONTACT, 1.0, NINE + H), NINE + H)
    assert state.last == NINE + H


def test_after_a_clock_step_what_was_left_to_wait_is_left_and_the_hours_are_the_new_clocks() -> None:
    watch = rule()
    engine = Engine((watch,))
    state, _ = engine.step(engine.start(NINE), motion(NINE + H), NINE + H)
    step = ClockStepped(timedelta(hours=9), NINE + 10 * H)  # it is 19:00 in truth
    state, found = engine.step(state, step, NINE + 10 * H)
    assert (found, state.due) == ((), NINE + 15 * H)
    state, _ = engine.step(
        state, motion(NINE + 11 * H), NINE + 11 * H
    )  # 20:00: two hours today, three tomorrow
    assert state.due == NINE + 24 * H


def test_daylight_saving_counts_hours_that_really_passed() -> None:
    watch = rule(hours=Hours(time(0), time(6), ZoneInfo("Europe/London")))
    eve = datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert watch.due(watch.start(eve)) == datetime(2026, 3, 29, 5, tzinfo=UTC)  # 6:00 BST: the window had 5 h


def test_a_motion_costs_no_calendar() -> None:
    """The fast path and the calendar agree over a day of motions, one every 7 minutes."""
    watch = rule()
    state: Quiet = watch.start(NINE)
    for i in range(1, 400):
        at = NINE + timedelta(minutes=7 * i, microseconds=i)
        event: Event = motion(at)
        state, _ = watch.step(state, event, at)
        assert state.due == watch.hours.gone(at, watch.limit)
