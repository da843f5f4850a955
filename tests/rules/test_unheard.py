"""A time in which nothing could be heard, after a power cut: no rule takes it for the resident's silence."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.engine import Engine
from rules.home import Supervision
from rules.hours import Hours
from rules.inactivity import Inactivity
from rules.model import Decision, DeviceId, Event, Kind, Origin, Raise, Reading, Severity, Tick, Unheard
from rules.presence import LIFE
from rules.silence import Silence
from rules.water import Water

T = datetime(2026, 11, 21, tzinfo=UTC)
H = timedelta(hours=1)
PIR = DeviceId("pir")
ROOMS = {PIR: "kitchen"}
BY_DAY = Hours(time(6), time(22), ZoneInfo("UTC"))
ALL_DAY = Hours(time(0), time(0), ZoneInfo("UTC"))


def decided(engine: Engine, *events: Event) -> list[Decision]:
    """All that is decided on these events, each taken when it happened."""
    state, found = engine.start(T), []
    for event in events:
        state, decisions = engine.step(state, event, event.at)
        found += decisions
    return found


def inactivity(hours: Hours = ALL_DAY) -> Engine:
    return Engine((Inactivity("inactivity", hours, 5 * H, Severity.URGENT, LIFE, None, ROOMS),))


def moved(at: datetime) -> Reading:
    return Reading(PIR, Kind.MOTION, 1.0, at)


def raised(found: list[Decision]) -> list[tuple[str, timedelta]]:
    return [(one.key, one.at - T) for one in found if isinstance(one, Raise)]


def test_what_was_left_to_wait_is_left_after_it() -> None:
    found = decided(inactivity(), moved(T + H), Unheard(T + 2 * H, T + 10 * H), Tick(T + 20 * H))
    assert raised(found) == [("inactivity", 14 * H)]


def test_only_the_hours_that_count_are_left() -> None:
    """A last sign at 19:00; nothing is heard from 20:00 to 23:00: four hours are left, from six on."""
    day = [moved(T + hour * H) for hour in (10, 12, 16, 19)]
    found = decided(inactivity(BY_DAY), *day, Unheard(T + 20 * H, T + 23 * H), Tick(T + 40 * H))
    assert raised(found) == [("inactivity", 34 * H)]


def test_what_was_due_before_it_is_raised_at_its_own_instant() -> None:
    found = decided(inactivity(), moved(T), Unheard(T + 6 * H, T + 10 * H))
    assert raised(found) == [("inactivity", 5 * H)]


def test_a_gateway_that_starts_anew_each_hour_hides_no_silence() -> None:
    gaps = [Unheard(T + n * H, T + n * H + H / 6) for n in range(1, 12)]
    found = decided(inactivity(), moved(T), *gaps, Tick(T + 20 * H))
    assert raised(found) == [("inactivity", 5 * H + 5 * H / 6)]


def test_it_is_counted_once_however_often_it_is_told() -> None:
    gap = Unheard(T + H, T + 3 * H)
    found = decided(inactivity(), moved(T), gap, gap, Tick(T + 20 * H))
    assert raised(found) == [("inactivity", 7 * H)]


@pytest.mark.parametrize("learn", [False, True])
def test_a_device_has_what_was_left_of_its_window(learn: bool) -> None:
    engine = Engine((Silence({PIR: Supervision(3 * H, 5 * H, learn)}, ROOMS),))
    beat = Reading(PIR, Kind.MOTION, 0.0, T + H, Origin.HEARTBEAT)
    gap = Unheard(T + 2 * H, T + 12 * H)
    assert decided(engine, beat, gap, Tick(T + 13 * H)) == []
    assert raised(decided(engine, beat, gap, gap, Tick(T + 20 * H))) == [
        ("device.silent:pir", 14 * H),
        ("device.silent:pir", 16 * H),
    ]
    again = Reading(PIR, Kind.MOTION, 0.0, T + 13 * H, Origin.HEARTBEAT)
    assert raised(decided(engine, beat, gap, again, Tick(T + 17 * H))) == [("device.silent:pir", 16 * H)]


def test_the_meter_has_the_rest_of_its_span() -> None:
    engine = Engine((Water(10.0, 12 * H, Severity.URGENT, {DeviceId("m"): "kitchen"}),))
    used = Reading(DeviceId("m"), Kind.WATER_VOLUME, 100.0, T + H)
    found = decided(engine, used, Unheard(T + 2 * H, T + 7 * H), Tick(T + 30 * H))
    assert raised(found) == [("inactivity:water", 17 * H)]
