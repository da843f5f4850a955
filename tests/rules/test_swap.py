"""A sensor is replaced: what was known of the place goes on, what the old sensor had open is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.catalogue import build
from rules.engine import Engine
from rules.home import Device, Home, Supervision
from rules.model import Clear, Decision, DeviceId, HomeId, Kind, Raise, Reading, Swapped, Tick
from rules.record import decode, encode

T = datetime(2026, 11, 21, 4, tzinfo=UTC)
H = timedelta(hours=1)
OLD, NEW, DOOR = DeviceId("old"), DeviceId("new"), DeviceId("door")
PROFILE = {
    "title": "all",
    "source": "test",
    "sos": {},
    "hazards": {},
    "inactivity": [{"limit": "5h"}, {"name": "inactivity:door", "limit": "10h", "exterior": True}],
    "water": {"litres": 10.0, "within": "12h"},
    "silence": {},
    "door": {"limit": "20m"},
}


def engine(first: DeviceId) -> Engine:
    watched = Supervision(12 * H, 26 * H, learn=True)
    kinds = frozenset({Kind.MOTION, Kind.SOS, Kind.SMOKE, Kind.CONTACT, Kind.WATER_VOLUME})
    devices = (Device(first, "bedroom", "", True, watched, kinds), Device(DOOR, "hall", "", False, watched))
    return build(PROFILE, Home(HomeId("h"), ZoneInfo("Asia/Shanghai"), devices))


def told(
    events: list[tuple[Kind, float, timedelta]], then: timedelta
) -> tuple[list[Decision], list[Decision]]:
    """What the old sensor's readings led to; what the swap after `then` and 30 h of quiet lead to."""
    before, after = engine(OLD), engine(NEW)
    state, found = before.start(T), list[Decision]()
    for kind, value, at in events:
        state, more = before.step(state, Reading(OLD, kind, value, T + at), T + at)
        found += more
    swap = Swapped(OLD, NEW, T + then)
    state = after.resume(state.now, state.rules)
    state, over = after.step(state, swap, state.now)
    state, late = after.step(state, Tick(T + then + 30 * H), T + then + 30 * H)
    return found, [*over, *late]


def keys(found: list[Decision]) -> list[tuple[type, str, timedelta]]:
    return [(type(d), d.key, d.at - T) for d in found]


def test_what_the_old_sensor_had_open_is_cleared() -> None:
    opened = [(Kind.SMOKE, 1.0, H), (Kind.SOS, 1.0, H), (Kind.CONTACT, 1.0, H)]
    found, late = told([*opened, (Kind.BATTERY, 3.0, H + timedelta(minutes=25))], 2 * H)
    assert keys(found) == [
        (Raise, "smoke:old", H),
        (Raise, "sos:old", H),
        (Clear, "sos:old", H + timedelta(minutes=10)),
        (Raise, "door.open:old", H + timedelta(minutes=20)),
    ]
    over = keys(late)
    assert (Clear, "smoke:old", 2 * H) in over
    assert (Clear, "door.open:old", 2 * H) in over
    assert not [key for kind, key, _ in over if kind is Raise and key.endswith(":old")]


def test_an_open_call_of_the_old_button_is_over() -> None:
    _, late = told([(Kind.SOS, 1.0, H)], H + timedelta(minutes=2))
    assert keys(late)[0] == (Clear, "sos:old", H + timedelta(minutes=2))


def test_the_last_sign_of_life_is_the_places() -> None:
    _, late = told([(Kind.MOTION, 1.0, 3 * H)], 4 * H)
    quiet = [d for d in late if isinstance(d, Raise) and d.key == "inactivity"]
    assert [(d.at - T, d.facts["device"], d.facts["room"]) for d in quiet] == [(8 * H, "new", "bedroom")]


def test_the_entry_door_s_rule_goes_on_though_it_lists_another_sensor() -> None:
    _, late = told([(Kind.CONTACT, 1.0, 3 * H), (Kind.CONTACT, 0.0, 3 * H)], 4 * H)
    assert (Raise, "inactivity:door", 13 * H) in keys(late)


def test_the_new_sensor_has_its_whole_window() -> None:
    _, late = told([(Kind.MOTION, 1.0, H)], 20 * H)
    silent = [d for d in keys(late) if d[1].startswith("device.silent:") and "door" not in d[1]]
    assert silent == [(Raise, "device.silent:new", 32 * H), (Raise, "device.silent:new", 46 * H)]


def test_a_silent_old_sensor_is_silent_no_more_and_its_rhythm_is_kept() -> None:
    before, after = engine(OLD), engine(NEW)
    state = before.start(T)
    for i in range(1, 30):
        state, _ = before.step(state, Reading(OLD, Kind.LINK, 9.0, T + i * 7 * H), T + i * 7 * H)
    learned = state.rules["device.silent"].rhythms[OLD].learned
    assert learned == 21 * H
    gone = state.now + 25 * H
    state, found = before.step(state, Tick(gone), gone)
    assert (Raise, "device.silent:old") in [(type(d), d.key) for d in found]
    state, over = after.step(after.resume(gone, state.rules), Swapped(OLD, NEW, gone), gone)
    assert Clear("device.silent:old", gone) in over
    state, late = after.step(state, Tick(gone + 22 * H), gone + 22 * H)
    assert [(d.at - gone) for d in late if d.key == "device.silent:new"] == [21 * H]


def test_another_meter_counts_from_elsewhere() -> None:
    before, after = engine(OLD), engine(NEW)
    state = before.start(T)
    state, _ = before.step(state, Reading(OLD, Kind.WATER_VOLUME, 100.0, T + H), T + H)
    state, _ = after.step(after.resume(T + H, state.rules), Swapped(OLD, NEW, T + 2 * H), T + H)
    state, _ = after.step(state, Reading(NEW, Kind.WATER_VOLUME, 90_000.0, T + 3 * H), T + 3 * H)
    _, late = after.step(state, Tick(T + 12 * H), T + 12 * H)
    assert (Raise, "inactivity:water", 12 * H) in keys(list(late))


def test_one_line_in_the_record() -> None:
    line = encode(7, T, Swapped(OLD, NEW, T))
    assert decode(line).item == Swapped(OLD, NEW, T)
    assert b'"swap":{"old":"old","new":"new"' in line
