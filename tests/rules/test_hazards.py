"""SOS buttons and sensors of danger: when they raise, when they do not, and what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rules.hazards import SEVERITIES, Hazards, Pressed, Sos
from rules.model import Clear, Decision, DeviceId, Kind, Origin, Raise, Reading, Severity, Tick

T = datetime(2026, 11, 21, 4, tzinfo=UTC)
M = timedelta(minutes=1)
BUTTON, SMOKE = DeviceId("button"), DeviceId("0xsmoke")
ROOMS = {BUTTON: "bedroom", SMOKE: "kitchen"}
SOS = Sos(10 * M, ROOMS)
HAZARDS = Hazards(frozenset(SEVERITIES), ROOMS)


def press(at: datetime, origin: Origin = Origin.EVENT, device: DeviceId = BUTTON) -> Reading:
    return Reading(device, Kind.SOS, 1.0, at, origin)


def test_each_press_calls_under_the_same_key_and_counts() -> None:
    state, found = SOS.start(T), list[Decision]()
    for at in (T, T + M, T + 5 * M):
        state, more = SOS.step(state, press(at), at)
        found += more
    assert [decision.key for decision in found] == ["sos:button"] * 3
    assert [d.facts["presses"] for d in found if isinstance(d, Raise)] == [1, 2, 3]
    assert found[0] == Raise(
        "sos:button",
        Severity.EMERGENCY,
        T,
        {"device": "button", "room": "bedroom", "presses": 1.0, "value": 1.0},
    )


def test_a_call_ends_ten_minutes_after_the_last_press() -> None:
    state, _ = SOS.step(SOS.start(T), press(T), T)
    state, _ = SOS.step(state, press(T + 4 * M), T + 4 * M)
    assert SOS.due(state) == T + 14 * M
    assert SOS.step(state, Tick(T + 13 * M), T + 13 * M) == (state, ())
    state, found = SOS.step(state, Tick(T + 14 * M), T + 14 * M)
    assert found == (Clear("sos:button", T + 14 * M),)
    assert SOS.due(state) is None


def test_two_buttons_are_two_calls() -> None:
    state, _ = SOS.step(SOS.start(T), press(T), T)
    state, found = SOS.step(state, press(T + M, device=DeviceId("cord")), T + M)
    assert [d.facts["presses"] for d in found if isinstance(d, Raise)] == [1]
    state, found = SOS.step(state, Tick(T + 10 * M), T + 10 * M)
    assert found == (Clear("sos:button", T + 10 * M),)
    assert state.open == {"cord": Pressed(T + M, 1)}


@pytest.mark.parametrize("origin", [Origin.HEARTBEAT, Origin.REPLAY, Origin.SYNTHETIC])
def test_only_an_event_is_a_press(origin: Origin) -> None:
    state = SOS.start(T)
    assert SOS.step(state, press(T, origin), T) == (state, ())


def test_the_release_of_a_button_is_no_press() -> None:
    state = SOS.start(T)
    assert SOS.step(state, Reading(BUTTON, Kind.SOS, 0.0, T), T) == (state, ())


@pytest.mark.parametrize("kind", list(SEVERITIES))
@pytest.mark.parametrize("origin", [Origin.EVENT, Origin.HEARTBEAT, Origin.REPLAY])
def test_a_danger_raises_once_however_it_was_learned(kind: Kind, origin: Origin) -> None:
    alight = Reading(SMOKE, kind, 1.0, T, origin)
    state, found = HAZARDS.step(HAZARDS.start(T), alight, T)
    key = f"{kind.value}:0xsmoke"
    assert found == (Raise(key, SEVERITIES[kind], T, {"device": "0xsmoke", "room": "kitchen", "value": 1.0}),)
    for again in Origin:
        assert HAZARDS.step(state, Reading(SMOKE, kind, 1.0, T + M, again), T + M) == (state, ())


@pytest.mark.parametrize(
    ("origin", "clears"),
    [(Origin.EVENT, True), (Origin.HEARTBEAT, True), (Origin.SYNTHETIC, True), (Origin.REPLAY, False)],
)
def test_a_cached_all_clear_clears_nothing(origin: Origin, clears: bool) -> None:
    state, _ = HAZARDS.step(HAZARDS.start(T), Reading(SMOKE, Kind.SMOKE, 1.0, T), T)
    _, found = HAZARDS.step(state, Reading(SMOKE, Kind.SMOKE, 0.0, T + M, origin), T + M)
    assert found == ((Clear("smoke:0xsmoke", T + M),) if clears else ())


def test_a_timer_raises_nothing() -> None:
    state = HAZARDS.start(T)
    assert HAZARDS.step(state, Reading(SMOKE, Kind.FALL, 1.0, T, Origin.SYNTHETIC), T) == (state, ())


def test_severities_are_those_of_the_contract() -> None:
    assert {k for k, s in SEVERITIES.items() if s is Severity.EMERGENCY} == {
        Kind.SMOKE, Kind.GAS, Kind.CO, Kind.HEAT, Kind.FALL,
    }  # fmt: skip
    assert SEVERITIES[Kind.WATER_LEAK] is Severity.URGENT


def test_a_device_in_no_known_room_says_no_room() -> None:
    _, found = HAZARDS.step(HAZARDS.start(T), Reading(DeviceId("new"), Kind.CO, 1.0, T), T)
    assert [d.facts for d in found if isinstance(d, Raise)] == [{"device": "new", "value": 1.0}]
