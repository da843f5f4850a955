"""A home is well, in doubt, or cannot be told; the third never hides in the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.catalogue import build
from rules.engine import Engine
from rules.evidence import eyes
from rules.home import Device, Home, Supervision
from rules.model import (
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
    Unheard,
)
from rules.standing import Cause, Standing, Word, standing

T = datetime(2026, 11, 21, tzinfo=UTC)
M, H, D = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HALL, LOUNGE, FRONT, SOS = map(DeviceId, ("hall", "lounge", "front", "sos"))
WINDOW = Supervision(12 * H, 26 * H)
HOME = Home(
    HomeId("h"),
    ZoneInfo("UTC"),
    (
        Device(HALL, "hall", "", False, WINDOW, frozenset({Kind.MOTION})),
        Device(LOUNGE, "living_room", "", False, WINDOW, frozenset({Kind.MOTION})),
        Device(FRONT, "hall", "", True, WINDOW, frozenset({Kind.CONTACT})),
        Device(SOS, "bedroom", "", False, None, frozenset({Kind.SOS})),
    ),
)
SECTIONS = {"trust": {}, "silence": {}, "battery": {}, "sos": {}, "inactivity": [{"limit": "5h"}]}
ENGINE = build({"title": "t", "source": "this test"} | SECTIONS, HOME)


def stood(events: Iterable[Event], at: datetime, engine: Engine = ENGINE) -> Standing:
    """How the home stands at an instant after these events, with the findings that are open."""
    state, open_ = engine.start(T), dict[str, Severity]()
    for event in (*events, Tick(at)):
        state, found = engine.step(state, event, event.at)
        for decision in found:
            open_.pop(decision.key, None)
            if isinstance(decision, Raise):
                open_[decision.key] = decision.severity
    return standing(engine, state, HOME, at, open_)


def motion(at: datetime, device: DeviceId = HALL, value: float = 1.0) -> Reading:
    return Reading(device, Kind.MOTION, value, at)


def beat(at: datetime, device: DeviceId) -> Reading:
    return Reading(device, Kind.ONLINE, 1.0, at, Origin.HEARTBEAT)


def judged(events: Iterable[Event], at: datetime) -> tuple[Word, Cause]:
    stands = stood(events, at)
    return stands.word, stands.cause


def test_a_sign_of_life_in_time_is_well_and_says_where_and_when() -> None:
    stands = stood([motion(T + H), motion(T + 2 * H, LOUNGE)], T + 3 * H)
    assert (stands.word, stands.cause) == (Word.WELL, Cause.SEEN)
    assert (stands.last, stands.room, stands.limit, stands.late) == (T + 2 * H, "living_room", 300.0, 0.0)
    assert [(room.name, room.last, room.working, room.sensors) for room in stands.rooms] == [
        ("hall", T + H, 2, 2),
        ("living_room", T + 2 * H, 1, 1),
    ]
    assert stands.facts["minutes"] == 60.0


def test_a_silence_that_is_too_long_is_in_doubt() -> None:
    stands = stood([motion(T + H)], T + 7 * H)
    assert (stands.word, stands.cause, stands.late) == (Word.IN_DOUBT, Cause.LATE, 60.0)


def test_whoever_went_out_is_well_until_it_is_late() -> None:
    left = [motion(T + H), Reading(FRONT, Kind.CONTACT, 1.0, T + 2 * H)]
    stands = stood(left, T + 3 * H)
    assert (stands.word, stands.cause, stands.out) == (Word.WELL, Cause.OUT, True)
    assert stood([*left, motion(T + 4 * H)], T + 5 * H).out is False


def test_a_call_for_help_is_in_doubt_whatever_else() -> None:
    stands = stood([motion(T + H), Reading(SOS, Kind.SOS, 1.0, T + 2 * H)], T + 2 * H + M)
    assert (stands.word, stands.cause, stands.findings) == (Word.IN_DOUBT, Cause.FOUND, ("sos:sos",))
    assert stands.room == "bedroom"


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL])
def test_a_home_where_nobody_is_expected_is_well(mode: Mode) -> None:
    away = [motion(T + H), ModeSet(mode, T + 2 * H, "family"), *(beat(T + i * H, HALL) for i in range(3, 90))]
    stands = stood(away, T + 90 * H)
    assert (stands.word, stands.cause, stands.mode) == (Word.WELL, Cause.AWAY, mode)


def test_before_the_first_sign_of_life_nobody_can_tell() -> None:
    assert judged([beat(T + H, HALL)], T + 2 * H) == (Word.CANNOT_TELL, Cause.UNSEEN)


def test_what_could_not_be_heard_cannot_be_told_until_the_next_sign() -> None:
    deaf = [motion(T + H), Unheard(T + 2 * H, T + 4 * H)]
    assert judged(deaf, T + 5 * H) == (Word.CANNOT_TELL, Cause.UNHEARD)
    assert judged([*deaf, motion(T + 5 * H)], T + 5.5 * H) == (Word.WELL, Cause.SEEN)


def test_when_every_eye_is_silent_nobody_can_tell_though_it_is_late_as_well() -> None:
    stands = stood([motion(T + H)], T + 14 * H)
    assert (stands.word, stands.cause) == (Word.CANNOT_TELL, Cause.BLIND)
    assert {one.why for one in stands.blind} == {"warn"}
    one_speaks = stood([motion(T + H), beat(T + 10 * H, LOUNGE)], T + 14 * H)
    assert (one_speaks.word, [one.device for one in one_speaks.blind]) == (Word.IN_DOUBT, [HALL, FRONT])
    assert one_speaks.facts["blind"] == 2.0


def test_what_a_liar_said_before_it_was_found_out_counts_no_more() -> None:
    lies = [motion(T + i * 62 * timedelta(seconds=1)) for i in range(60 * 4)]
    stands = stood([motion(T + M, LOUNGE), *lies[2:]], T + 4 * H)
    assert (stands.last, stands.room) == (lies[2].at, "hall")  # the first of them may have been somebody
    assert [(one.device, one.why) for one in stands.blind] == [(HALL, "run")]
    after = stood([motion(T + M, LOUNGE), *lies[2:]], T + 5.5 * H)
    assert (after.word, after.blind) == (Word.IN_DOUBT, ())  # it is believed again, but not what it said then


def test_a_flat_battery_is_blind_when_it_is_not_heard_either() -> None:
    low = Reading(HALL, Kind.BATTERY_LOW, 1.0, T + H)
    assert stood([motion(T + H), low], T + 2 * H).blind == ()
    assert [one.why for one in stood([motion(T + H), low], T + 5 * H).blind] == ["flat"]


def test_without_a_rule_that_weighs_sensors_the_last_sign_is_known_still() -> None:
    bare = build({"title": "t", "source": "this test", "inactivity": [{"limit": "5h"}]}, HOME)
    stands = stood([motion(T + H)], T + 2 * H, bare)
    assert (stands.word, stands.last, stands.room) == (Word.WELL, T + H, "hall")
    assert stood([motion(T + H)], T + 7 * H, bare).word is Word.IN_DOUBT


def test_every_rule_that_ships_may_run_beside() -> None:
    sections = {name: {} for name in ("door_night", "rise", "bathroom_stay", "equipment", "hazards")}
    full = build({"title": "t", "source": "this test"} | SECTIONS | sections, HOME)
    assert stood([motion(T + H)], T + 2 * H, full).word is Word.WELL


def test_a_home_without_eyes_cannot_tell() -> None:
    home = Home(HOME.id, HOME.zone, HOME.devices[3:])
    engine = build({"title": "t", "source": "this test"} | SECTIONS, home)
    assert eyes(home) == ()
    state = engine.start(T)
    assert standing(engine, state, home, T).word is Word.CANNOT_TELL


MAKERS: list[Callable[[datetime, DeviceId], Event]] = [
    lambda at, device: motion(at, device),
    lambda at, device: motion(at, device, 0.0),
    beat,
    lambda at, device: Reading(device, Kind.FAULT, 1.0, at, Origin.SYNTHETIC),
    lambda at, device: Reading(device, Kind.FAULT, 0.0, at, Origin.SYNTHETIC),
    lambda at, device: Reading(device, Kind.BATTERY_LOW, 1.0, at),
    lambda at, device: Unheard(at - H, at),
    lambda at, device: ModeSet(Mode.AWAY, at, "family"),
    lambda at, device: ModeSet(Mode.HOME, at, "family"),
]
STORY = st.lists(
    st.tuples(
        st.timedeltas(M, 10 * H),
        st.sampled_from(MAKERS),
        st.sampled_from([HALL, LOUNGE]),
        st.integers(1, 40),
    ),
    max_size=15,
)


@given(STORY)
def test_a_home_is_well_only_where_an_eye_works_and_saw_somebody_in_time(story: list[tuple]) -> None:  # type: ignore[type-arg]
    at, events = T, list[Event]()
    for wait, make, device, times in story:
        for i in range(times):  # some of them so often that the sensor must be lying
            at += wait if i == 0 else M
            events.append(make(at, device))
    stands = stood(events, at + H)
    if stands.word is Word.WELL:
        assert len(stands.blind) < len(eyes(HOME))
        if stands.cause is not Cause.AWAY:
            assert stands.last is not None
            assert stands.at - stands.last <= 5 * H + 1 * H
            assert stands.late == 0
