"""Devices that are no longer heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rules.engine import Engine
from rules.home import Supervision
from rules.model import Clear, DeviceId, Kind, Origin, Raise, Reading, Severity, Tick
from rules.silence import Heard, Silence, Stage

T = datetime(2026, 11, 21, tzinfo=UTC)
H = timedelta(hours=1)
A, B, RF = DeviceId("a"), DeviceId("b"), DeviceId("rf")
ROOMS = {A: "kitchen", B: "hall"}
RULE = Silence({A: Supervision(6 * H, 26 * H), B: Supervision(12 * H, 26 * H)}, ROOMS)


def heard(device: DeviceId, at: datetime, origin: Origin = Origin.HEARTBEAT) -> Reading:
    return Reading(device, Kind.LINK, 80.0, at, origin)


def test_in_doubt_then_dead_each_at_its_own_instant() -> None:
    engine = Engine((RULE,))
    state, _ = engine.step(engine.start(T), heard(A, T + H), T + H)
    state, _ = engine.step(state, heard(B, T + 100 * H), T + H)  # a time in the future counts as now
    _, found = engine.step(state, Tick(T + 60 * H), T + 60 * H)
    told = [(d.key, d.at - T, d.facts["stage"], d.facts["minutes"]) for d in found if isinstance(d, Raise)]
    assert told == [
        ("device.silent:a", 7 * H, "warn", 360.0),
        ("device.silent:b", 13 * H, "warn", 720.0),
        ("device.silent:a", 27 * H, "fault", 1560.0),
        ("device.silent:b", 27 * H, "fault", 1560.0),
    ]
    assert found[0] == Raise(
        "device.silent:a",
        Severity.TROUBLE,
        T + 7 * H,
        {"device": "a", "room": "kitchen", "heard": (T + H).isoformat(), "stage": "warn", "minutes": 360.0},
    )


def test_once_all_are_dead_there_is_nothing_to_wait_for() -> None:
    engine = Engine((RULE,))
    state, _ = engine.step(engine.start(T), Tick(T + 30 * H), T + 30 * H)
    assert engine.due(state) is None


@pytest.mark.parametrize("later", [7, 30])
def test_a_word_clears_and_it_is_supervised_again(later: int) -> None:
    engine, at = Engine((RULE,)), T + later * H
    state, _ = engine.step(engine.start(T), heard(B, at - H), at - H)
    state, found = engine.step(state, heard(A, at), at)
    assert found == (Clear("device.silent:a", at),)
    _, found = engine.step(state, Tick(at + 6 * H), at + 6 * H)
    assert [(d.key, d.at) for d in found] == [("device.silent:a", at + 6 * H)]


def test_a_reading_only_postpones_so_the_next_look_stays() -> None:
    state = RULE.start(T)
    after, found = RULE.step(state, heard(A, T + H), T + H)
    assert (found, after.check is state.check, after.silent is state.silent) == ((), True, True)


@pytest.mark.parametrize("origin", [Origin.EVENT, Origin.HEARTBEAT, Origin.SYNTHETIC])
def test_every_living_word_counts(origin: Origin) -> None:
    state, _ = RULE.step(RULE.start(T), heard(A, T + H, origin), T + H)
    assert state.last[A] == T + H


def test_a_cached_state_is_no_sign_that_the_device_lives() -> None:
    state = RULE.start(T)
    assert RULE.step(state, heard(A, T + H, Origin.REPLAY), T + H)[0] is state


def test_who_cannot_be_supervised_is_never_missed() -> None:
    rule = Silence({}, {})
    state = rule.start(T)
    assert rule.due(state) is None
    assert rule.step(state, heard(RF, T + H), T + H)[0] is state
    assert rule.step(state, Tick(T + 99 * H), T + 99 * H)[0] is state


def test_a_device_that_the_settings_add_is_supervised_from_the_next_look() -> None:
    before = Heard({A: T}, {A: Stage.FAULT}, None)
    engine = Engine((RULE,))
    state = engine.resume(T + 40 * H, {RULE.name: before})
    state, found = engine.step(state, Tick(T + 52 * H), T + 52 * H)
    assert [(d.key, d.at) for d in found] == [("device.silent:b", T + 52 * H)]


def test_a_device_that_the_settings_took_away_is_cleared() -> None:
    before = Heard({A: T, RF: T}, {RF: Stage.WARN}, T + 6 * H)
    _, found = RULE.step(before, Tick(T + 6 * H), T + 6 * H)
    assert found[0] == Clear("device.silent:rf", T + 6 * H)
