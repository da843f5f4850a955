"""No water for longer than this resident ever uses none at that hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from rules.dry import KEY, Dry, Part, WaterHabit, rules
from rules.engine import Engine, HomeState
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

T = datetime(2026, 11, 20, 16, tzinfo=UTC)  # midnight in Shanghai
H, M, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
METER, HALL, FRONT = DeviceId("meter"), DeviceId("hall"), DeviceId("front")
HOME = Home(
    HomeId("h"),
    ZoneInfo("Asia/Shanghai"),
    (
        Device(METER, "kitchen", kinds=frozenset({Kind.WATER_VOLUME})),
        Device(HALL, "hall", kinds=frozenset({Kind.MOTION})),
        Device(FRONT, "hall", exterior=True, kinds=frozenset({Kind.CONTACT})),
    ),
)


def volume(litres: float, at: datetime, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(METER, Kind.WATER_VOLUME, litres, at, origin)


def run(events: list[Event], until: datetime) -> tuple[HomeState, list[Decision]]:
    fold, found = Engine(tuple(rules(Part(), HOME))), []
    state = fold.start(T)
    for event in (*events, Tick(until)):
        state, more = fold.step(state, event, event.at)
        found += more
    return state, found


def hourly(days: float, start: datetime = T, first: float = 0.0) -> list[Event]:
    """A meter that speaks each hour: 5 litres an hour from 6:00 to 21:00, none at night."""
    told: list[Event] = []
    litres = first
    for hour in range(int(days * 24)):
        at = start + hour * H
        litres += 5 if 6 <= (at + 8 * H).hour <= 21 else 0
        told.append(volume(litres, at))
    return told


def still(start: datetime, hours: int, litres: float) -> list[Event]:
    """The same value each hour, as the sieve hands it on: the meter is online."""
    return [Reading(METER, Kind.ONLINE, 1.0, start + i * H, Origin.HEARTBEAT) for i in range(1, hours + 1)]


def last(events: list[Event]) -> Reading:
    assert isinstance(events[-1], Reading)
    return events[-1]


def test_until_the_habit_is_known_a_day_without_water_raises() -> None:
    used = hourly(0.5)  # the last use at 11:00
    _, found = run([*used, *still(last(used).at, 30, 0)], T + 3 * DAY)
    (raised,) = found
    assert isinstance(raised, Raise)
    assert (raised.key, raised.severity, raised.at) == (KEY, "urgent", T + 11 * H + DAY)
    assert raised.facts == {
        "device": "meter",
        "room": "kitchen",
        "since": (T + 11 * H).isoformat(),
        "minutes": 1440.0,
        "limit": 1440.0,
    }


def test_with_a_habit_the_floor_counts_by_day_and_the_nights_own_length_at_its_end() -> None:
    used = hourly(10.5)  # ten days and a morning: the last use at 11:00
    state, found = run([*used, *still(last(used).at, 40, 0)], T + 13 * DAY)
    (raised,) = found
    assert raised.at == T + 10 * DAY + 23 * H  # 12 h: by day nobody is ever dry for as long as 8 h
    rule: Dry = state.rules[KEY]
    assert rule.limits[6] == 9 * 60 * 1.5  # at 6:00 the meter has stood still for 9 h each night
    assert rule.limits[14] == 12 * 60
    night = hourly(10 + 22 / 24)  # the last use at 21:00
    _, found = run([*night, *still(last(night).at, 40, 0)], T + 13 * DAY)
    (raised,) = found
    assert isinstance(raised, Raise)
    assert raised.at == T + 11 * DAY + 9 * H  # at 8:00 eleven hours would do, from 9:00 on twelve


def test_the_next_use_clears() -> None:
    used = hourly(10.5)
    quiet = still(last(used).at, 14, 0)
    again = volume(last(used).value + 3, last(quiet).at + H)
    _, found = run([*used, *quiet, again], T + 11 * DAY + 3 * H)
    assert found[1:] == [Clear(KEY, again.at)]


def test_a_drip_is_no_use() -> None:
    used = hourly(10.5)
    litres, at = last(used).value, last(used).at
    drips = [volume(litres + 0.01 * i, at + i * H) for i in range(1, 20)]
    assert len(run([*used, *drips], T + 11 * DAY)[1]) == 1


def test_a_meter_that_was_not_heard_tells_nothing_until_it_speaks_again() -> None:
    used = [*hourly(10.5), *still(T + 10 * DAY + 11 * H, 3, 0)]
    assert run(used, T + 12 * DAY)[1] == []
    back = Reading(METER, Kind.ONLINE, 1.0, T + 12 * DAY, Origin.HEARTBEAT)
    _, found = run([*used, back], T + 13 * DAY)
    assert [one.at for one in found] == [back.at]


def test_a_meter_that_speaks_only_of_use_is_believed_in_its_silence() -> None:
    used = [event for event in hourly(10.5) if isinstance(event, Reading)]
    turns = [now for before, now in pairwise(used) if now.value > before.value]
    assert len(run(list(turns), T + 12 * DAY)[1]) == 1


def test_while_the_door_says_out_nothing_is_raised_and_the_wait_begins_anew_on_return() -> None:
    used = hourly(10.5)
    at = last(used).at
    left: list[Event] = [Reading(FRONT, Kind.CONTACT, 1.0, at + M)]
    quiet = still(at, 40, 0)
    assert run([*used, *left, *quiet], T + 13 * DAY)[1] == []
    home = Reading(HALL, Kind.MOTION, 1.0, at + 41 * H)
    _, found = run([*used, *left, *quiet, home, *still(home.at, 20, 0)], T + 14 * DAY)
    assert [one.at for one in found] == [home.at + 12 * H]


def test_a_door_after_which_somebody_is_seen_inside_says_that_somebody_is_at_home() -> None:
    used = hourly(10.5)
    at = last(used).at
    seen = [Reading(FRONT, Kind.CONTACT, 1.0, at + M), Reading(HALL, Kind.MOTION, 1.0, at + 9 * M)]
    _, found = run([*used, *seen, *still(at, 40, 0)], T + 13 * DAY)
    assert [one.at for one in found] == [at + 9 * M + 12 * H]


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL])
def test_while_nobody_is_expected_nothing_is_counted(mode: Mode) -> None:
    used = hourly(10.5)
    at = last(used).at
    said, back = ModeSet(mode, at + M, "centre"), ModeSet(Mode.HOME, at + 30 * H, "centre")
    assert run([*used, said, *still(at, 29, 0)], T + 13 * DAY)[1] == []
    _, found = run([*used, said, back, *still(back.at, 30, 0)], T + 14 * DAY)
    assert found[0].at >= back.at + 12 * H


def longest_at_20(*said: Event) -> int:
    """Minutes: the morning's last use at 11:00, then what was `said`, the meter heard all the time, and the
    next use at 21:00."""
    at, litres = T + 10 * DAY + 11 * H, last(hourly(10.5)).value
    rest = sorted([*said, *still(at, 9, 0), volume(litres + 5, at + 10 * H)], key=lambda event: event.at)
    today: tuple[int, ...] = run([*hourly(10.5), *rest], T + 10 * DAY + 22 * H)[0].rules[KEY].today
    return today[20]


def test_visitors_and_outages_teach_nothing() -> None:
    at = T + 10 * DAY + 11 * H
    assert longest_at_20() == 600
    assert longest_at_20(ModeSet(Mode.VISITOR, at + M, "centre")) == 0
    assert longest_at_20(Unheard(at + M, at + 30 * M)) == 0


def test_a_new_meter_counts_from_elsewhere() -> None:
    new = DeviceId("new")
    home = Home(HOME.id, HOME.zone, (*HOME.devices, Device(new, "", kinds=frozenset({Kind.WATER_VOLUME}))))
    fold = Engine(tuple(rules(Part(), home)))
    state = fold.start(T)
    first = Reading(new, Kind.WATER_VOLUME, 300.0, T + 5 * H)
    for event in (volume(2.0, T), volume(4.0, T + H), Swapped(METER, new, T + 2 * H), first):
        state, _ = fold.step(state, event, event.at)
    rule: Dry = state.rules[KEY]
    assert (rule.since, rule.device, rule.marks) == (T + H, "new", {"new": 300.0})


def test_a_meter_that_began_again_is_no_use_and_a_cached_value_says_nothing() -> None:
    used = hourly(10.5)
    at = last(used).at
    again = [volume(1.0, at + 2 * H), volume(999.0, at + 3 * H, Origin.REPLAY)]
    _, found = run([*used, *again, *still(at + 3 * H, 30, 0)], T + 13 * DAY)
    assert [one.at for one in found] == [at + 12 * H]


def test_it_runs_only_where_there_is_a_meter() -> None:
    assert list(rules(Part(), Home(HomeId("h"), ZoneInfo("UTC"), HOME.devices[1:]))) == []
    (rule,) = rules(Part(), HOME)
    assert isinstance(rule, WaterHabit)
    assert rule.doors == {FRONT}
    (alone,) = rules(Part(), Home(HomeId("h"), ZoneInfo("UTC"), (HOME.devices[0], HOME.devices[2])))
    assert isinstance(alone, WaterHabit)
    assert alone.doors == frozenset()  # nobody would be seen to come back


def test_a_meter_whose_unchanged_values_the_sieve_left_out_is_heard_all_the_same() -> None:
    """It said hourly that it lives, and then nothing: what was used since is not known."""
    used = hourly(10.5)
    at = last(used).at
    beats = [Reading(METER, Kind.ONLINE, 1.0, at + n * H, Origin.HEARTBEAT) for n in (1, 2)]
    assert run([*used, *beats], T + 13 * DAY)[1] == []
    again = Reading(METER, Kind.ONLINE, 1.0, at + 20 * H, Origin.HEARTBEAT)
    _, found = run([*used, *beats, again], T + 13 * DAY)
    assert [one.at for one in found] == [at + 20 * H]
