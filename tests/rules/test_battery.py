"""Batteries are told of before they are empty, once for each reason, and not for a cold night or a slip."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from rules.battery import Battery, Cells, Part
from rules.engine import Engine
from rules.gauge import Gauge, millivolts, percent, read
from rules.model import (
    Clear,
    Decision,
    DeviceId,
    Event,
    Kind,
    Origin,
    Raise,
    Reading,
    Severity,
    Swapped,
    Tick,
)

T = datetime(2026, 11, 21, tzinfo=UTC)
H, D = timedelta(hours=1), timedelta(days=1)
PIR = DeviceId("pir")
RULE = Battery(Part(), {PIR: "hall"})


def said(value: float, at: datetime, kind: Kind = Kind.VOLTAGE, origin: Origin = Origin.HEARTBEAT) -> Reading:
    return Reading(PIR, kind, value, at, origin)


def told(events: Iterable[Event], until: datetime | None = None) -> list[Decision]:
    engine = Engine((RULE,))
    state, found = engine.start(T), list[Decision]()
    for event in events:
        state, more = engine.step(state, event, event.at)
        found += more
    if until is not None:
        found += engine.step(state, Tick(until), until)[1]
    return found


def life(days: int, start: float, loss: float, noise: float = 0.0, seed: int = 1) -> list[Event]:
    """A voltage every six hours that loses so much a day, with the day's warmth and some noise."""
    chance, row = Random(seed), list[Event]()
    for i in range(days * 4):
        warmth = noise * math.sin(i * math.pi / 2)
        row.append(said(start - loss * i / 4 + warmth + chance.gauss(0, noise / 2), T + i * 6 * H))
    return row


def test_a_device_that_calls_its_battery_low_is_told_of_at_once() -> None:
    found = told([said(1.0, T, Kind.BATTERY_LOW), said(1.0, T + H, Kind.BATTERY_LOW)])
    facts = {"device": "pir", "room": "hall", "reason": "said"}
    assert found == [Raise("battery:pir", Severity.TROUBLE, T, facts)]
    changed = [said(1.0, T, Kind.BATTERY_LOW), said(0.0, T + H, Kind.BATTERY_LOW)]
    assert told(changed)[1:] == [Clear("battery:pir", T + H)]


@pytest.mark.parametrize("seed", range(5))
def test_the_day_of_its_end_is_foreseen_two_weeks_ahead(seed: int) -> None:
    """10 mV a day from 3.0 V: 2.5 V, where a sensor with such a cell stops, after 50 days."""
    found = told(life(60, 3000, 10, noise=12, seed=seed), T + 60 * D)
    first = found[0]
    assert isinstance(first, Raise)
    assert first.facts["reason"] == "forecast"
    assert T + 32 * D <= first.at <= T + 40 * D
    end = datetime.fromisoformat(str(first.facts["empty"]))
    assert abs(end - (T + 50 * D)) < 4 * D
    assert [d.facts["reason"] for d in found if isinstance(d, Raise)] == ["forecast", "low"]
    assert not [d for d in found if isinstance(d, Clear)]


def test_a_knee_is_seen_though_the_months_before_were_flat() -> None:
    flat = life(200, 2990, 0.2, noise=8)
    knee = [said(2950 - 15 * i, T + (200 + i) * D) for i in range(30)]
    found = told([*flat, *knee])
    assert isinstance(found[0], Raise)
    assert T + 206 * D < found[0].at < T + 222 * D  # empty on day 230


@pytest.mark.parametrize("seed", range(8))
def test_a_flat_line_and_its_noise_foresee_nothing(seed: int) -> None:
    assert told(life(120, 2950, 0.1, noise=40, seed=seed), T + 121 * D) == []


def test_one_value_out_of_place_is_no_end_and_no_new_battery() -> None:
    """A button's battery that jumps from 80 to 0 and back (zigbee2mqtt#31821)."""
    jump = [said(80, T, Kind.BATTERY), said(0, T + D, Kind.BATTERY), said(80, T + D + H, Kind.BATTERY)]
    assert told(jump, T + 30 * D) == []
    row = life(45, 3000, 10)
    assert [type(d) for d in told([*row, said(1000, T + 45 * D), said(2549, T + 45.1 * D)])] == [Raise]


def test_low_by_the_devices_own_percentage_when_it_stays_so() -> None:
    found = told([said(9, T, Kind.BATTERY)], T + D)
    assert [(d.at, d.facts["percent"], d.facts["reason"]) for d in found if isinstance(d, Raise)] == [
        (T + 6 * H, 9, "low")
    ]


def test_percent_in_steps_has_a_trend_too() -> None:
    steps = [said(95 - 5 * i, T + i * 3 * D, Kind.BATTERY) for i in range(17)]  # 5 % after 54 days
    found = told(steps)
    assert isinstance(found[0], Raise)
    assert found[0].facts["reason"] == "forecast"
    assert T + 37 * D <= found[0].at <= T + 43 * D


def test_a_new_battery_clears_and_begins_anew() -> None:
    row = [*life(45, 3000, 10), said(3010, T + 45 * D)]
    found = told(row, T + 300 * D)
    assert [type(decision) for decision in found] == [Raise, Clear]
    assert found[1].at == T + 45 * D


def test_the_volts_of_the_mains_are_no_battery() -> None:
    assert millivolts(230_000) is None
    assert told([said(230_000 - 500 * i, T + i * D) for i in range(60)], T + 90 * D) == []


@pytest.mark.parametrize(
    ("fresh", "empty"), [(1580, 1000), (3050, 2500), (3670, 3000), (4180, 3300), (6400, 4000)]
)
def test_each_kind_of_cell_has_its_own_end(fresh: float, empty: float) -> None:
    scale = millivolts(fresh)
    assert scale is not None
    assert scale.bottom == empty


def test_a_cached_value_is_no_news() -> None:
    assert told([said(1.0, T, Kind.BATTERY_LOW, Origin.REPLAY)]) == []


def test_a_sensor_that_was_taken_away_needs_no_battery() -> None:
    found = told([said(1.0, T, Kind.BATTERY_LOW), Swapped(PIR, DeviceId("new"), T + H)])
    assert found[1:] == [Clear("battery:pir", T + H)]


def test_what_comes_late_changes_nothing() -> None:
    gauge = read(None, 80.0, T + 3 * D, percent(10))
    assert read(gauge, 5.0, T, percent(10)) is gauge


def test_a_year_of_it_stays_small() -> None:
    engine = Engine((RULE,))
    state = engine.start(T)
    for event in life(365, 3000, 1, noise=10):
        state, _ = engine.step(state, event, event.at)
    cells: Cells = state.rules["battery"]
    gauge = cells.cells[PIR].voltage
    assert isinstance(gauge, Gauge)
    assert len(gauge.days) <= 58
