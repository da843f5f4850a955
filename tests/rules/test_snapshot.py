"""A restart goes on where it stopped, and forgets only what was set otherwise."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fixed import FIXED
from hypothesis import given
from hypothesis import strategies as st

from rules.catalogue import build, parse
from rules.engine import Engine, HomeState
from rules.home import Device, Home, Supervision
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
    Tick,
)
from rules.snapshot import SnapshotError, dump, fingerprint, load

TEXT = FIXED
PROFILE = parse(TEXT)
T = datetime(2026, 11, 21, 1, tzinfo=UTC)
M, H = timedelta(minutes=1), timedelta(hours=1)
BATTERY = Supervision(6 * H, 26 * H)
KINDS = [Kind.MOTION, Kind.CONTACT, Kind.BED, Kind.SOS, Kind.SMOKE, Kind.FALL, Kind.LINK]
DEVICES = tuple(
    Device(DeviceId(f"d{i}"), f"room {i}", exterior=i == 0, supervision=BATTERY if i else None)
    for i in range(4)
)
HOME = Home(HomeId("h"), ZoneInfo("Europe/London"), DEVICES)
ENGINE = build(PROFILE, HOME)

READINGS = st.builds(
    lambda device, kind, value, origin: (device, kind, value, origin),
    st.sampled_from([device.id for device in DEVICES]),
    st.sampled_from(KINDS),
    st.sampled_from([0.0, 1.0]),
    st.sampled_from([Origin.EVENT] * 5 + list(Origin)),
)
STEPS = st.tuples(st.integers(0, 8 * 3600), READINGS | st.sampled_from(Mode) | st.just("tick"))


def story(steps: list[Any]) -> list[tuple[Event, datetime]]:
    """Events in order, each so many seconds after the one before it."""
    now, told = T, list[tuple[Event, datetime]]()
    for seconds, what in steps:
        now += timedelta(seconds=seconds)
        match what:
            case tuple():
                event: Event = Reading(what[0], what[1], what[2], now, what[3])
            case Mode():
                event = ModeSet(what, now, "centre")
            case _:
                event = Tick(now)
        told.append((event, now))
    return told


def run(
    engine: Engine, state: HomeState, told: list[tuple[Event, datetime]]
) -> tuple[HomeState, tuple[Decision, ...]]:
    found: tuple[Decision, ...] = ()
    for event, now in told:
        state, more = engine.step(state, event, now)
        found += more
    return state, found


@given(st.lists(STEPS, max_size=30), st.integers(0, 30))
def test_a_restart_anywhere_changes_nothing(steps: list[Any], place: int) -> None:
    told = story(steps)
    state, found = run(ENGINE, ENGINE.start(T), told)
    half, first = run(ENGINE, ENGINE.start(T), told[:place])
    again = load(build(PROFILE, HOME), dump(ENGINE, half))
    assert again == half
    assert run(ENGINE, again, told[place:]) == (state, found[len(first) :])


@given(st.lists(STEPS, max_size=20), st.lists(st.integers(1, 8 * 3600), max_size=10))
def test_waking_more_often_changes_nothing(steps: list[Any], wakes: list[int]) -> None:
    told = story(steps)
    end = (told[-1][1] if told else T) + 48 * H
    instants = [T + timedelta(seconds=sum(wakes[: i + 1])) for i in range(len(wakes))]
    ticks: list[tuple[Event, datetime]] = [(Tick(at), at) for at in instants if at <= end]
    more = sorted(told + ticks, key=lambda pair: pair[1])  # stable: of one instant, the event comes first
    last: list[tuple[Event, datetime]] = [(Tick(end), end)]
    assert run(ENGINE, ENGINE.start(T), told + last) == run(ENGINE, ENGINE.start(T), more + last)


@given(st.lists(STEPS, max_size=20), st.sampled_from([-400, -1, 1, 400, 20_000]), st.integers(0, 86_400))
def test_a_clock_step_raises_nothing_by_itself(steps: list[Any], days: int, seconds: int) -> None:
    state, _ = run(ENGINE, ENGINE.start(T), story(steps))
    by = timedelta(days=days, seconds=seconds)
    left = None if state.due is None else state.due - state.now
    state, found = ENGINE.step(state, ClockStepped(by, state.now + by), state.now + by)
    assert found == ()
    assert left == (None if state.due is None else state.due - state.now)
    if left is None or left > timedelta(0):
        assert ENGINE.step(state, Tick(state.now), state.now)[1] == ()


@given(st.lists(STEPS, max_size=20))
def test_an_open_danger_heard_again_in_any_way_but_a_press_raises_nothing(steps: list[Any]) -> None:
    told = story(steps)
    state, _ = run(ENGINE, ENGINE.start(T), told)
    now = state.now
    for key in state.rules["hazards"].open:
        kind, device = key.split(":")
        for origin in Origin:
            again = Reading(DeviceId(device), Kind(kind), 1.0, now, origin)
            _, found = ENGINE.step(state, again, now)
            assert not [d for d in found if isinstance(d, Raise) and d.key == key]


def test_a_changed_setting_starts_its_rule_afresh_and_no_other() -> None:
    state, _ = run(ENGINE, ENGINE.start(T), story([(60, ("d1", Kind.SMOKE, 1.0, Origin.EVENT))]))
    state, _ = run(ENGINE, state, [(Reading(DeviceId("d2"), Kind.MOTION, 1.0, T + H), T + H)])
    other = build(parse(TEXT.replace('"5h"', '"4h"')), HOME)
    again = load(other, dump(ENGINE, state))
    assert again.rules["hazards"] == state.rules["hazards"]
    assert again.rules["inactivity"] == other.rules["inactivity"].start(T + H)


def test_a_sensor_more_or_another_room_makes_no_rule_forget() -> None:
    state, _ = run(ENGINE, ENGINE.start(T), story([(60, ("d0", Kind.CONTACT, 1.0, Origin.EVENT))]))
    more = (Device(DeviceId("new"), "attic", supervision=BATTERY), *(DEVICES[::-1]))
    engine = build(PROFILE, Home(HOME.id, HOME.zone, more))
    assert load(engine, dump(ENGINE, state)).rules == state.rules


def test_a_rule_that_is_new_starts_at_the_snapshots_now() -> None:
    few = build(parse('title = "t"\nsource = "s"\n[sos]\n'), HOME)
    state = load(ENGINE, dump(few, few.start(T)))
    assert state.rules["device.silent"] == ENGINE.rules["device.silent"].start(T)


@pytest.mark.parametrize("state", ["null", "[]", '{"open":5}', '{"open":{"d":{"last":"x","presses":1}}}'])
def test_a_state_that_does_not_decode_starts_afresh(state: str) -> None:
    table = json.loads(dump(ENGINE, ENGINE.start(T)))
    table["rules"]["sos"]["state"] = json.loads(state)
    assert load(ENGINE, json.dumps(table).encode()) == ENGINE.start(T)


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"\xff", b'{"version":1}', b'{"version":2,"now":"2026-11-21T00:00:00Z","rules":{}}'],
)
def test_what_is_no_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(SnapshotError):
        load(ENGINE, data)


def test_a_naive_instant_in_a_state_is_refused_too() -> None:
    state, _ = run(ENGINE, ENGINE.start(T), story([(0, ("d1", Kind.SOS, 1.0, Origin.EVENT))]))
    data = dump(ENGINE, state).replace(b'"last":"2026-11-21T01:00:00Z"', b'"last":"2026-11-21T01:00:00"')
    assert load(ENGINE, data).rules["sos"] == ENGINE.rules["sos"].start(T)


def test_fingerprints_do_not_depend_on_the_process() -> None:
    assert fingerprint(ENGINE.rules["hazards"]) == fingerprint(build(PROFILE, HOME).rules["hazards"])
    prints = {fingerprint(rule) for rule in ENGINE.rules.values()}
    assert len(prints) == len(ENGINE.rules)
