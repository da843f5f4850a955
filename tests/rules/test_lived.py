"""A home that is said to be empty, and life in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.engine import Engine, HomeState
from rules.home import Device, Home
from rules.lived import KEY, Part, rules
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
    Tick,
)

T = datetime(2026, 11, 21, 0, tzinfo=UTC)
H = timedelta(hours=1)
KITCHEN, LOUNGE, DOOR = map(DeviceId, ("kitchen", "lounge", "door"))
HOME = Home(
    HomeId("h-1"),
    ZoneInfo("Asia/Shanghai"),
    (
        Device(KITCHEN, "kitchen", kinds=frozenset({Kind.MOTION})),
        Device(LOUNGE, "living room", kinds=frozenset({Kind.MOTION})),
        Device(DOOR, "hall", exterior=True, kinds=frozenset({Kind.CONTACT})),
    ),
)
ENGINE = Engine(tuple(rules(Part(), HOME)))
AWAY = ModeSet(Mode.AWAY, T, "wang")


def sign(hours: float, device: DeviceId = KITCHEN, origin: Origin = Origin.EVENT) -> Reading:
    kind = Kind.CONTACT if device == DOOR else Kind.MOTION
    return Reading(device, kind, 1.0, T + hours * H, origin)


def told(*events: Event, state: HomeState | None = None) -> tuple[HomeState, list[Decision]]:
    state = ENGINE.start(T) if state is None else state
    found: list[Decision] = []
    for event in events:
        state, more = ENGINE.step(state, event, event.at)
        found += more
    return state, found


def life(hours: int, origin: Origin = Origin.EVENT) -> list[Reading]:
    """In both rooms, twice an hour, from the fourth hour on."""
    return [sign(4 + n / 2, (KITCHEN, LOUNGE)[n % 2], origin) for n in range(2 * hours)]


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL])
def test_a_home_said_to_be_empty_in_which_somebody_lives_is_looked_at(mode: Mode) -> None:
    said = ModeSet(mode, T, "wang")
    _, found = told(said, *life(5))
    assert [(f.key, f.at) for f in found] == [(KEY, T + 7 * H)]
    assert isinstance(found[0], Raise)
    assert found[0].severity is Severity.CHECK
    assert found[0].facts == {
        "device": KITCHEN,
        "room": "kitchen",
        "mode": mode.value,
        "since": T.isoformat(),
        "minutes": 420.0,
        "hours": 4.0,
    }


def test_it_says_so_again_each_week_until_something_else_is_said() -> None:
    state, found = told(AWAY, *life(400))
    assert [f.at for f in found] == [T + 7 * H, T + (7 + 168) * H, T + (7 + 336) * H]
    state, found = told(ModeSet(Mode.HOME, T + 410 * H, "wang"), state=state)
    assert found == [Clear(KEY, T + 410 * H)]
    _, found = told(*(sign(411 + n, (KITCHEN, LOUNGE)[n % 2]) for n in range(20)), state=state)
    assert found == []


def test_it_says_so_again_the_next_day_if_somebody_came_by_the_door_since() -> None:
    events = sorted([*life(100), sign(50.2, DOOR)], key=lambda event: event.at)
    _, found = told(AWAY, *events)
    assert [f.at for f in found] == [T + 7 * H, T + 51 * H]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([sign(n / 4, (KITCHEN, LOUNGE)[n % 2]) for n in range(12)], id="packing"),
        pytest.param(life(2), id="plants"),
        pytest.param([sign(4 + n) for n in range(48)], id="one-sensor"),
        pytest.param([sign(4 + n, DOOR) for n in range(48)], id="the-door-alone"),
        pytest.param(life(24, Origin.SYNTHETIC), id="a-liar"),
        pytest.param([sign(24 * n + h, d) for n in range(1, 9) for h, d in ((9, KITCHEN), (10, LOUNGE))]),
    ],
)
def test_who_comes_for_a_while_does_not_live_there(events: list[Event]) -> None:
    assert told(AWAY, *events, Tick(T + 300 * H))[1] == []


def test_at_home_life_is_nothing_to_tell() -> None:
    state, found = told(*life(48))
    assert (found, state.rules[KEY].seen) == ([], {})


def test_where_one_sensor_is_all_there_is_it_counts_alone() -> None:
    engine = Engine(tuple(rules(Part(), Home(HOME.id, HOME.zone, HOME.devices[::2]))))
    state, _ = engine.step(engine.start(T), AWAY, T)
    found: list[Decision] = []
    for n in range(4):
        state, more = engine.step(state, sign(4 + n), T + (4 + n) * H)
        found += more
    assert [f.at for f in found] == [T + 7 * H]


def test_a_home_whose_door_alone_tells_of_life_has_no_such_rule() -> None:
    assert not list(rules(Part(), Home(HOME.id, HOME.zone, HOME.devices[2:])))
