"""A stay in the bathroom that does not end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

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
from rules.stay import BathroomStay, Part, rules

T = datetime(2026, 11, 20, 16, tzinfo=UTC)  # midnight in Shanghai
H, M = timedelta(hours=1), timedelta(minutes=1)
BATH, LIVING, DOOR = DeviceId("bath"), DeviceId("living"), DeviceId("front")


def device(name: DeviceId, room: str, kind: Kind, exterior: bool = False) -> Device:
    return Device(name, room, "", exterior, None, frozenset({kind}))


HOME = Home(
    HomeId("h"),
    ZoneInfo("Asia/Shanghai"),
    (
        device(BATH, "bathroom", Kind.MOTION),
        device(LIVING, "living_room", Kind.MOTION),
        device(DOOR, "hall", Kind.CONTACT, exterior=True),
    ),
)


def engine(part: Part | None = None) -> Engine:
    return Engine(tuple(rules(part or Part(), HOME)))


def motion(device: DeviceId, at: datetime, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(device, Kind.MOTION, 1.0, at, origin)


def run(events: list[Event], until: datetime, part: Part | None = None) -> list[Decision]:
    fold, found = engine(part), []
    state: HomeState = fold.start(T)
    for event in (*events, Tick(until)):
        state, more = fold.step(state, event, event.at)
        found += more
    return found


def lived(days: int, longest: timedelta) -> list[Event]:
    """Days with four stays of 10 minutes and one of `longest`, all by day."""
    told: list[Event] = []
    for day in range(days):
        for hour in (8, 10, 12, 14, 16):
            at = T + timedelta(days=day, hours=hour)
            told += [motion(BATH, at), motion(LIVING, at + (longest if hour == 10 else 10 * M))]
    return told


def test_nobody_seen_to_leave_for_two_hours_raises_until_the_habit_is_known() -> None:
    at = T + 9 * H
    (found,) = run([motion(BATH, at), motion(BATH, at + 20 * M)], at + 12 * H)
    assert isinstance(found, Raise)
    assert (found.key, found.severity, found.at) == ("bathroom.stay", "urgent", at + 2 * H)
    assert found.facts == {
        "device": "bath",
        "room": "bathroom",
        "since": at.isoformat(),
        "heard": (at + 20 * M).isoformat(),
        "minutes": 120.0,
        "limit": 120.0,
    }


def test_moving_in_the_bathroom_does_not_end_a_stay_for_who_has_fallen_may_move() -> None:
    at = T + 9 * H
    moves = [motion(BATH, at + i * 10 * M) for i in range(30)]
    (found,) = run(list(moves), at + 12 * H)
    assert found.at == at + 2 * H


@pytest.mark.parametrize(
    "leaving", [motion(LIVING, T + 10 * H), Reading(DOOR, Kind.CONTACT, 1.0, T + 10 * H)]
)
def test_a_sign_of_life_elsewhere_ends_it(leaving: Reading) -> None:
    assert run([motion(BATH, T + 9 * H), leaving], T + 20 * H) == []


@pytest.mark.parametrize("origin", [Origin.HEARTBEAT, Origin.REPLAY, Origin.SYNTHETIC])
def test_what_is_no_sign_of_life_neither_begins_nor_ends_it(origin: Origin) -> None:
    assert run([motion(BATH, T + 9 * H, origin)], T + 20 * H) == []
    assert len(run([motion(BATH, T + 9 * H), motion(LIVING, T + 10 * H, origin)], T + 20 * H)) == 1


def test_it_clears_when_somebody_is_seen_elsewhere() -> None:
    at = T + 9 * H
    found = run([motion(BATH, at), motion(LIVING, at + 3 * H)], at + 4 * H)
    assert found[1:] == [Clear("bathroom.stay", at + 3 * H)]


def test_who_stays_long_gets_a_longer_limit_and_the_finding_says_what_is_usual() -> None:
    at = T + timedelta(days=10, hours=9)
    (found,) = run([*lived(10, 55 * M), motion(BATH, at)], at + 12 * H)
    assert isinstance(found, Raise)
    assert (found.at, found.facts["limit"], found.facts["usual"]) == (at + 110 * M, 110.0, 55.0)


def test_a_limit_is_never_below_the_floor() -> None:
    at = T + timedelta(days=10, hours=9)
    assert [one.at for one in run([*lived(10, 12 * M), motion(BATH, at)], at + 12 * H)] == [at + 90 * M]


def test_where_sensors_do_not_show_who_leaves_nothing_is_said() -> None:
    at = T + timedelta(days=10, hours=9)
    assert run([*lived(10, 100 * M), motion(BATH, at)], at + 12 * H) == []


def test_a_habit_is_forgotten_after_four_weeks() -> None:
    at = T + timedelta(days=40, hours=9)
    long = lived(1, 100 * M)
    short = [moved(event, timedelta(days=2)) for event in lived(38, 12 * M)]
    assert [one.at for one in run([*long, *short, motion(BATH, at)], at + 12 * H)] == [at + 90 * M]


def moved(event: Event, by: timedelta) -> Reading:
    assert isinstance(event, Reading)
    return Reading(event.device, event.kind, event.value, event.at + by, event.origin)


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL, Mode.VISITOR])
def test_whose_stay_it_is_cannot_be_told_while_others_are_there_or_nobody_is(mode: Mode) -> None:
    said = ModeSet(mode, T + 8 * H, "centre")
    assert run([said, motion(BATH, T + 9 * H)], T + 20 * H) == []
    late = ModeSet(mode, T + 12 * H, "centre")
    assert run([motion(BATH, T + 9 * H), late], T + 20 * H)[1:] == [Clear("bathroom.stay", T + 12 * H)]


def test_after_a_time_in_which_nothing_was_heard_the_wait_begins_anew_and_teaches_nothing() -> None:
    unheard = Unheard(T + 9 * H + 10 * M, T + 10 * H)
    (found,) = run([motion(BATH, T + 9 * H), unheard], T + 20 * H)
    assert found.at == T + 12 * H
    fold = engine()
    state = fold.start(T)
    for event in (motion(BATH, T + 9 * H), unheard, motion(LIVING, T + 11 * H)):
        state, _ = fold.step(state, event, event.at)
    assert state.rules["bathroom.stay"].today.days == 0


def test_a_reading_that_comes_late_begins_no_stay() -> None:
    fold = engine()
    state, _ = fold.step(fold.start(T), motion(BATH, T + 9 * H), T + 9 * H + 5 * M)
    assert state.rules["bathroom.stay"].since is None


def test_a_new_sensor_takes_the_old_ones_place() -> None:
    new = DeviceId("new")
    (found,) = run([motion(BATH, T + 9 * H), Swapped(BATH, new, T + 10 * H)], T + 20 * H)
    assert isinstance(found, Raise)
    assert found.facts["device"] == "new"


def test_it_runs_only_where_the_bathroom_can_be_told_from_the_rest() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    bath, living = HOME.devices[:2]
    for devices in ((), (bath,), (living,), (bath, device(DeviceId("b2"), "卫生间", Kind.MOTION))):
        assert list(rules(Part(), Home(HomeId("h"), zone, devices))) == []
    sos = device(DeviceId("sos"), "bathroom", Kind.SOS)  # a button is pressed, it does not see
    assert list(rules(Part(), Home(HomeId("h"), zone, (sos, living)))) == []
    (rule,) = rules(Part(), HOME)
    assert isinstance(rule, BathroomStay)
    assert rule.inside == {BATH}


def test_rooms_are_named_as_people_write_them() -> None:
    (rule,) = rules(Part(rooms=("Gäste-WC ",)), Home(HOME.id, HOME.zone, (guest(), *HOME.devices)))
    assert isinstance(rule, BathroomStay)
    assert rule.inside == {"guest"}


def guest() -> Device:
    return device(DeviceId("guest"), "gäste-wc", Kind.MOTION)


def _week(days: int) -> list[Event]:
    """Four short stays a day."""
    hours = (8, 11, 15, 20)
    return [
        motion(room, T + day * 24 * H + hour * H + minute * M)
        for day in range(days)
        for hour in hours
        for room, minute in ((BATH, 0), (LIVING, 12))
    ]


def test_the_emergency_itself_is_no_habit() -> None:
    """Whoever lay in the bathroom for hours is found as soon the next time."""
    day = 10 * 24 * H
    falls = [
        motion(BATH, T + day + 9 * H),
        motion(LIVING, T + day + 16 * H),
        motion(BATH, T + 2 * day + 2 * H),
    ]
    told = sorted([*_week(10), *falls], key=lambda event: event.at)
    raised = [one for one in run(told, T + 2 * day + 9 * H) if isinstance(one, Raise)]
    assert [one.at - T for one in raised] == [day + 10.5 * H, 2 * day + 3.5 * H]


def test_stays_that_are_reported_again_and_again_show_that_the_sensors_cannot_tell() -> None:
    day = 24 * H
    long = [
        motion(room, T + (10 + n) * day + hour * H)
        for n in range(4)
        for room, hour in ((BATH, 9), (LIVING, 14))
    ]
    raised = [one for one in run([*_week(10), *long], T + 20 * day) if isinstance(one, Raise)]
    assert [one.at - T for one in raised] == [(10 + n) * day + 10.5 * H for n in range(2)]
