"""Out by an entry door at night, and nobody came back in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.engine import Engine
from rules.home import Device, Home
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
    Swapped,
    Tick,
    Unheard,
)
from rules.night import DoorNight, Part, rules

T = datetime(2026, 11, 21, 17, tzinfo=UTC)  # 1:00 in Shanghai
H, M, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
FRONT, HALL, MAT = DeviceId("front"), DeviceId("hall"), DeviceId("mat")
HOME = Home(
    HomeId("h"),
    ZoneInfo("Asia/Shanghai"),
    (
        Device(FRONT, "entrance", exterior=True, kinds=frozenset({Kind.CONTACT})),
        Device(HALL, "hall", kinds=frozenset({Kind.MOTION})),
        Device(MAT, "bedroom", kinds=frozenset({Kind.BED})),
    ),
)


def door(at: datetime, opened: bool = True, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(FRONT, Kind.CONTACT, float(opened), at, origin)


def inside(at: datetime) -> Reading:
    return Reading(HALL, Kind.MOTION, 1.0, at)


def run(events: list[Event], until: datetime) -> list[Decision]:
    fold, found = Engine(tuple(rules(Part(), HOME))), []
    state = fold.start(T - DAY)
    for event in (*events, Tick(until)):
        state, more = fold.step(state, event, event.at)
        found += more
    return found


def test_a_door_at_night_and_nobody_inside_for_a_quarter_of_an_hour_raises() -> None:
    (found,) = run([door(T), door(T + M, opened=False), inside(T + 2 * M)], T + 3 * H)
    assert isinstance(found, Raise)
    assert (found.key, found.severity, found.at) == ("door.night", "urgent", T + 16 * M)
    assert found.facts == {
        "device": "front",
        "room": "entrance",
        "since": T.isoformat(),
        "minutes": 16.0,
        "limit": 15.0,
        "count": 0.0,
    }


def test_who_is_seen_inside_later_than_the_hall_may_linger_is_at_home() -> None:
    assert run([door(T), inside(T + 3 * M)], T + 3 * H) == []


def test_it_clears_when_somebody_is_seen_inside() -> None:
    back = [door(T + 2 * H), inside(T + 2 * H + M), inside(T + 2 * H + 3 * M)]
    assert run([door(T), *back], T + 4 * H)[1:] == [Clear("door.night", T + 2 * H + 3 * M)]


def test_a_door_by_day_or_from_a_cache_says_nothing_of_the_night() -> None:
    assert run([door(T + 8 * H)], T + 12 * H) == []
    assert run([door(T, origin=Origin.REPLAY)], T + 12 * H) == []


def test_somebody_in_bed_did_not_go() -> None:
    lies = Reading(MAT, Kind.BED, 1.0, T - H)
    assert run([lies, door(T)], T + 12 * H) == []


def test_what_happens_each_week_is_the_custom_of_this_home_and_is_forgotten_after_four() -> None:
    found = run([door(T), inside(T + H), door(T + 7 * DAY), inside(T + 7 * DAY + H)], T + 8 * DAY)
    assert [one.at for one in found if isinstance(one, Raise)] == [T + 15 * M]
    late = run([door(T), inside(T + H), door(T + 30 * DAY), inside(T + 30 * DAY + H)], T + 31 * DAY)
    assert len([one for one in late if isinstance(one, Raise)]) == 2


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL, Mode.VISITOR])
def test_while_nobody_or_somebody_else_is_there_nothing_is_said(mode: Mode) -> None:
    assert run([ModeSet(mode, T - H, "centre"), door(T)], T + 12 * H) == []
    late = ModeSet(mode, T + H, "centre")
    assert run([door(T), late], T + 12 * H)[1:] == [Clear("door.night", T + H)]


def test_who_may_have_come_back_unheard_is_not_missed() -> None:
    assert run([door(T), Unheard(T + M, T + 9 * M)], T + 12 * H) == []


def test_a_new_door_sensor_takes_the_old_ones_place() -> None:
    (found,) = run([door(T), Swapped(FRONT, DeviceId("new"), T + M)], T + H)
    assert isinstance(found, Raise)
    assert found.facts["device"] == "new"


def test_it_runs_only_where_who_comes_back_would_be_seen() -> None:
    zone = ZoneInfo("UTC")
    assert list(rules(Part(), Home(HomeId("h"), zone, HOME.devices[:1]))) == []
    assert list(rules(Part(), Home(HomeId("h"), zone, HOME.devices[1:]))) == []
    (rule,) = rules(Part(), HOME)
    assert isinstance(rule, DoorNight)
