"""A door left open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rules.door import Door
from rules.model import Clear, DeviceId, Kind, Origin, Raise, Reading, Severity, Tick

T = datetime(2026, 11, 21, tzinfo=UTC)
M = timedelta(minutes=1)
FRONT, FRIDGE, CUPBOARD = DeviceId("front"), DeviceId("fridge"), DeviceId("cupboard")
RULE = Door({FRONT: 30 * M, FRIDGE: 5 * M}, {FRONT: "hall", FRIDGE: "kitchen"})


def door(device: DeviceId, value: float, at: datetime, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(device, Kind.CONTACT, value, at, origin)


def test_it_is_reported_once_at_its_limit_and_cleared_when_it_shuts() -> None:
    state, _ = RULE.step(RULE.start(T), door(FRONT, 1, T), T)
    assert RULE.due(state) == T + 30 * M
    state, found = RULE.step(state, Tick(T + 30 * M), T + 30 * M)
    facts = {"device": "front", "room": "hall", "since": T.isoformat(), "minutes": 30.0, "limit": 30.0}
    assert found == (Raise("door.open:front", Severity.CHECK, T + 30 * M, facts),)
    assert RULE.due(state) is None
    state, found = RULE.step(state, door(FRONT, 0, T + 40 * M), T + 40 * M)
    assert found == (Clear("door.open:front", T + 40 * M),)


def test_a_door_that_shuts_in_time_is_no_news() -> None:
    state, _ = RULE.step(RULE.start(T), door(FRIDGE, 1, T), T)
    state, found = RULE.step(state, door(FRIDGE, 0, T + M), T + M)
    assert (state, found) == (RULE.start(T), ())


def test_each_door_has_its_limit() -> None:
    state, _ = RULE.step(RULE.start(T), door(FRONT, 1, T), T)
    state, _ = RULE.step(state, door(FRIDGE, 1, T + M), T + M)
    assert RULE.due(state) == T + 6 * M
    state, found = RULE.step(state, Tick(T + 6 * M), T + 6 * M)
    assert [d.key for d in found] == ["door.open:fridge"]
    assert RULE.due(state) == T + 30 * M


@pytest.mark.parametrize("origin", [Origin.HEARTBEAT, Origin.REPLAY])
def test_hearing_again_that_it_is_open_does_not_start_the_clock_anew(origin: Origin) -> None:
    state, _ = RULE.step(RULE.start(T), door(FRONT, 1, T), T)
    assert RULE.step(state, door(FRONT, 1, T + 20 * M, origin), T + 20 * M) == (state, ())


def test_a_cached_shut_may_be_old() -> None:
    state, _ = RULE.step(RULE.start(T), door(FRONT, 1, T), T)
    assert RULE.step(state, door(FRONT, 0, T + M, Origin.REPLAY), T + M) == (state, ())
    assert RULE.step(state, door(FRONT, 0, T + M, Origin.HEARTBEAT), T + M)[0] == RULE.start(T)


def test_other_doors_are_nobodys_business() -> None:
    state = RULE.start(T)
    assert RULE.step(state, door(CUPBOARD, 1, T), T) == (state, ())


def test_a_door_that_the_settings_took_away_is_waited_for_no_more() -> None:
    state, _ = RULE.step(RULE.start(T), door(FRONT, 1, T), T)
    without = Door({FRIDGE: 5 * M}, {})
    assert without.due(state) is None
    assert without.step(state, Tick(T + 60 * M), T + 60 * M) == (state, ())
