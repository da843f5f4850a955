"""Sensors that lie are found and not believed; those that people set off are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.sieve import Seen, sift
from rules.catalogue import build
from rules.engine import Engine, HomeState
from rules.hearing import Hearing
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
    Severity,
    Swapped,
    Tick,
    Unheard,
)
from rules.snapshot import dump, load

T = datetime(2026, 11, 21, 8, tzinfo=UTC)
M, H, D = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HALL, LOUNGE, FRONT, PAD, SOS = map(DeviceId, ("hall", "lounge", "front", "pad", "sos"))
HOME = Home(
    HomeId("h"),
    ZoneInfo("UTC"),
    (
        Device(HALL, "hall", kinds=frozenset({Kind.MOTION})),
        Device(LOUNGE, "lounge", kinds=frozenset({Kind.MOTION, Kind.PRESENCE})),
        Device(FRONT, "hall", exterior=True, kinds=frozenset({Kind.CONTACT})),
        Device(PAD, "bedroom", kinds=frozenset({Kind.BED})),
        Device(SOS, "bedroom", kinds=frozenset({Kind.SOS})),
    ),
)
PROFILE = {"title": "t", "source": "this test", "trust": {"proof": "30d"}}


def engine(home: Home = HOME, **trust: object) -> Engine:
    return build(PROFILE | {"trust": {"proof": "30d"} | trust, "inactivity": [{"limit": "5h"}]}, home)


def told(
    events: Iterable[Event], rules: Engine | None = None, until: datetime | None = None
) -> list[Decision]:
    """What was decided of sensors, after events at their own instants."""
    found, _ = lived(events, rules or engine(), until)
    return [decision for decision in found if decision.key != "inactivity"]


def lived(
    events: Iterable[Event], rules: Engine, until: datetime | None = None
) -> tuple[list[Decision], HomeState]:
    """Every decision, and the state at the end."""
    state, found = rules.start(T), []
    for event in events:
        state, more = rules.step(state, event, event.at)
        found += more
    if until is not None:
        state, more = rules.step(state, Tick(until), until)
        found += more
    return found, state


def motion(at: datetime, device: DeviceId = HALL, value: float = 1.0) -> Reading:
    return Reading(device, Kind.MOTION, value, at)


def beats(every: timedelta, count: int, device: DeviceId = HALL, start: datetime = T) -> Iterator[Reading]:
    """As many motions, each of them ended half a minute later."""
    for i in range(count):
        yield motion(start + i * every, device)
        yield motion(start + i * every + M / 2, device, 0.0)


def restless(length: timedelta, longest: timedelta, seed: int = 1, start: datetime = T) -> Iterator[Reading]:
    """Motions at random gaps up to `longest`, as one who walks about, or a curtain, would make."""
    chance, at = Random(seed), start
    while at < start + length:
        yield motion(at)
        yield motion(at + M / 2, value=0.0)
        at += max(M, longest * chance.random())


def keys(found: Iterable[Decision]) -> list[tuple[str, str]]:
    return [(type(decision).__name__, decision.key) for decision in found]


def test_a_sensor_that_stays_occupied_is_stuck_after_four_hours() -> None:
    ended = [motion(T), motion(T + M, value=0.0), motion(T + H)]
    found = told(ended, until=T + 9 * H)
    assert found == [
        Raise(
            "sensor.stuck:hall",
            Severity.TROUBLE,
            T + 5 * H,
            {
                "device": "hall",
                "room": "hall",
                "why": "held",
                "since": (T + H).isoformat(),
                "minutes": 240.0,
            },
        )
    ]


def test_it_is_believed_again_when_it_has_been_still_for_half_an_hour() -> None:
    rules = engine()
    stuck = [motion(T), motion(T + M, value=0.0), motion(T + H), motion(T + 8 * H, value=0.0)]
    _, state = lived([*stuck, motion(T + 8 * H + M)], rules)
    assert state.rules["inactivity"].last == T + H
    assert told([*stuck, motion(T + 8 * H + M)], until=T + 20 * H)[1:] == []  # it goes on saying so
    honest = [*stuck, motion(T + 9 * H)]
    assert keys(told(honest)) == [("Raise", "sensor.stuck:hall"), ("Clear", "sensor.stuck:hall")]
    assert told(honest)[1].at == T + 8.5 * H
    assert lived(honest, rules)[1].rules["inactivity"].last == T + 9 * H


def test_a_sensor_that_never_tells_the_end_is_not_held() -> None:
    """Many on 433 MHz: the end of one motion is put in when the next begins."""
    night = [motion(T), Reading(HALL, Kind.MOTION, 0.0, T + 9 * H, Origin.SYNTHETIC), motion(T + 9 * H)]
    assert told(night, until=T + 20 * H) == []


@pytest.mark.parametrize(
    ("pause", "limit"), [(2.5 * M, 3 * H), (9 * M, 10 * H), (29 * M, 20 * H), (55 * M, 48 * H)]
)
def test_nobody_lives_without_a_pause_for_so_long(pause: timedelta, limit: timedelta) -> None:
    found = told(restless(limit * 1.2, pause))
    assert keys(found) == [("Raise", "sensor.stuck:hall")]
    assert limit <= found[0].at - T <= limit + pause
    assert isinstance(found[0], Raise)
    assert found[0].facts["why"] == "run"
    assert told(restless(limit * 0.95, pause)) == []


def test_a_home_full_of_people_may_be_given_more_patience() -> None:
    assert told(restless(5 * H, 2.5 * M), engine(patience=2.0)) == []
    assert told(restless(7 * H, 2.5 * M), engine(patience=2.0)) != []


def test_visitors_make_no_sensor_a_liar() -> None:
    party = [ModeSet(Mode.VISITOR, T, "resident"), *restless(6 * H, 2.5 * M)]
    assert told(party) == []
    after = ModeSet(Mode.HOME, T + 6 * H, "resident")
    assert told([*party, after, *restless(2 * H, 2.5 * M, start=T + 6.1 * H)]) == []


def test_what_comes_every_hour_is_a_clock() -> None:
    """A PIR that reports motion with its hourly battery report (zigbee2mqtt#4874)."""
    found = told(beats(H, 12))
    assert keys(found) == [("Raise", "sensor.stuck:hall")]
    assert found[0].at == T + 6 * H
    assert isinstance(found[0], Raise)
    assert found[0].facts["why"] == "clock"
    assert found[0].facts["pause"] == 60.0


def test_a_clock_hides_no_silence_and_no_person() -> None:
    rules = engine()
    clock = [event for event in beats(H, 30) if event.value]
    found, _ = lived(clock, rules)
    assert ("Raise", "inactivity") in keys(found)
    assert next(d.at for d in found if d.key == "inactivity") == T + 10 * H  # 5 h after the last one believed
    found, _ = lived([*clock, motion(T + 29 * H + 17 * M)], rules)
    assert keys(found)[-1] == ("Clear", "inactivity")


def test_a_clock_that_stops_is_believed_again() -> None:
    found = told(beats(H, 12), until=T + 15 * H)
    assert keys(found) == [("Raise", "sensor.stuck:hall"), ("Clear", "sensor.stuck:hall")]
    assert found[1].at == T + 11 * H + 3.5 * H


def test_an_sos_of_a_stuck_device_is_pressed_by_somebody() -> None:
    home = Home(HOME.id, HOME.zone, (Device(HALL, "hall", kinds=frozenset({Kind.MOTION, Kind.SOS})),))
    rules = engine(home)
    _, state = lived(beats(H, 12), rules)
    at = T + 12 * H
    state, _ = rules.step(state, Reading(HALL, Kind.SOS, 1.0, at), at)
    assert state.rules["inactivity"].last == at


def test_a_bed_in_which_somebody_lies_while_others_walk_about_is_stuck() -> None:
    lies = Reading(PAD, Kind.BED, 1.0, T)
    day = [motion(T + i * 10 * M + i * i % 7 * M, LOUNGE) for i in range(1, 60)]
    found = told([lies, *day])
    assert keys(found) == [("Raise", "sensor.stuck:pad")]
    assert 4 * H <= found[0].at - T <= 6 * H
    assert told([lies], until=T + 3 * D) == []  # who lies ill for days is no broken bed
    visits = [motion(T + i * D + j * 10 * M + j * j % 7 * M, LOUNGE) for i in range(5) for j in range(12)]
    assert told([lies, *visits], until=T + 5 * D) == []  # and who comes to care proves nothing
    gone = [*day, Reading(PAD, Kind.BED, 0.0, T + 11 * H)]
    assert keys(told([lies, *gone], until=T + 12 * H))[-1] == ("Clear", "sensor.stuck:pad")


def test_chatter_is_no_life_until_it_was_calm_for_an_hour() -> None:
    rules = engine()
    noise: list[Event] = []
    seen = Seen()
    for i in range(1200):  # once a second, as a worn contact does
        reading = Reading(FRONT, Kind.CONTACT, float(i % 2), T + timedelta(seconds=i))
        seen, kept = sift(seen, [reading], reading.at)
        noise += kept
    found, state = lived(noise, rules)
    assert [d for d in found if d.key.startswith("sensor")] == []  # its finding is fault:front
    assert state.rules["inactivity"].last < T + M
    calm = T + 1210 * timedelta(seconds=1) + 40 * M
    seen, kept = sift(seen, [Reading(FRONT, Kind.CONTACT, 0.0, calm)], calm)
    opened = Reading(FRONT, Kind.CONTACT, 1.0, calm + 30 * M)
    _, state = lived([*noise, *kept, opened], rules)
    assert state.rules["inactivity"].last < T + M
    _, state = lived([*noise, *kept, Reading(FRONT, Kind.CONTACT, 1.0, calm + 61 * M)], rules)
    assert state.rules["inactivity"].last == calm + 61 * M


def test_a_door_that_was_never_opened_is_unproven() -> None:
    rules = engine(proof="7d")
    used = [motion(T + H), motion(T + 2 * H, LOUNGE), Reading(PAD, Kind.BED, 1.0, T + 3 * H)]
    found = told(used, rules, T + 8 * D)
    assert found == [
        Raise(
            "sensor.unproven:front",
            Severity.TROUBLE,
            T + 7 * D,
            {"device": "front", "room": "hall", "since": T.isoformat(), "days": 7.0},
        )
    ]
    opened = Reading(FRONT, Kind.CONTACT, 1.0, T + 9 * D)
    assert keys(told([*used, opened], rules))[-1] == ("Clear", "sensor.unproven:front")
    assert told([*used, opened], rules, T + 90 * D)[2:] == []  # proven once and for all


def test_nothing_is_to_be_proved_while_nobody_is_at_home() -> None:
    rules = engine(proof="7d")
    away = [ModeSet(Mode.AWAY, T + D, "family"), ModeSet(Mode.HOME, T + 30 * D, "family")]
    found = told(away, rules, T + 38 * D)
    assert {decision.at for decision in found} == {T + 37 * D}


def test_what_could_not_be_heard_is_no_proof_of_anything() -> None:
    rules = engine(proof="7d")
    deaf = Unheard(T + D, T + 4 * D)
    assert {decision.at for decision in told([deaf], rules, T + 11 * D)} == {T + 10 * D}
    held = [motion(T), motion(T + M, value=0.0), motion(T + H), Unheard(T + 2 * H, T + 3 * H)]
    assert [d.at for d in told(held, until=T + 14 * H)] == [T + 7 * H]  # its end may have been missed


def test_a_new_sensor_has_to_earn_its_own_belief() -> None:
    rules = engine(proof="7d")
    new = DeviceId("new")
    home = Home(HOME.id, HOME.zone, (*HOME.devices, Device(new, "hall", kinds=frozenset({Kind.MOTION}))))
    swapped = Swapped(HALL, new, T + 12 * H)
    found, state = lived([*beats(H, 12), swapped], engine(home, proof="7d"))
    assert keys(found)[-1] == ("Clear", "sensor.stuck:hall")
    known: Hearing = state.rules["trust"]
    assert (known.doubts, known.docket.pending[new]) == ({}, T + 12 * H + 7 * D)
    assert rules.due(state) is not None


def test_a_sensor_that_the_settings_added_has_its_own_time_of_proof() -> None:
    small = Home(HOME.id, HOME.zone, HOME.devices[:1])
    before, after = engine(small, proof="7d"), engine(proof="7d")
    _, state = lived([motion(T + H)], before)
    state = load(after, dump(before, state))
    _, found = after.step(state, Tick(T + 20 * D), T + 20 * D)
    late = {d.key: d.at for d in found if d.key.startswith("sensor")}
    assert late.keys() == {f"sensor.unproven:{device}" for device in (LOUNGE, FRONT, PAD)}
    assert all(T + 7 * D < at <= T + 8 * D for at in late.values())


def test_a_home_without_eyes_needs_no_trust() -> None:
    smoke = Device(DeviceId("smoke"), "kitchen", kinds=frozenset({Kind.SMOKE}))
    assert "trust" not in engine(Home(HOME.id, HOME.zone, (smoke,))).rules


@given(
    st.sampled_from([62, 75, 110, 300, 1200, 3600, 7200]),
    st.floats(0, 0.004),
    st.booleans(),
    st.integers(0, 99),
)
def test_a_stuck_sensor_hides_no_silence(every: int, jitter: float, ends: bool, seed: int) -> None:
    """Whatever the beat of a liar is, the silence of the resident is found within a day and a half."""
    chance, rules, at = Random(seed), engine(), T + H
    lies: list[Event] = [motion(T + M, LOUNGE)]
    while at < T + 3 * D:
        lies.append(motion(at))
        if ends:
            lies.append(motion(at + 0.5 * M, value=0.0))
        at += timedelta(seconds=every * (1 + jitter * chance.uniform(-1, 1)))
    found, _ = lived(lies, rules)
    first = next(decision.at for decision in found if decision.key == "inactivity")
    most = 6 * timedelta(seconds=every) if every >= 100 else 3 * H
    assert first - T <= most + 5 * H + 2 * H
    assert keys(found).count(("Raise", "inactivity")) == 1
    assert not [d for d in found if isinstance(d, Clear)]


MOVES = st.lists(
    st.tuples(
        st.timedeltas(M, 3 * H),
        st.sampled_from([HALL, LOUNGE]),
        st.booleans(),
        st.lists(st.floats(0, 1), max_size=3),
    ),
    max_size=25,
)


@given(MOVES)
def test_heartbeats_change_no_decision(moves: list[tuple[timedelta, DeviceId, bool, list[float]]]) -> None:
    """What a device repeats of how it stands, however often, makes nobody alive and nobody a liar."""
    at, plain, beating, stands = T, list[Event](), list[Event](), dict[DeviceId, float]()
    for wait, device, ends, shares in moves:
        for share in sorted(shares):
            for one, value in stands.items():
                beating.append(Reading(one, Kind.MOTION, value, at + share * wait, Origin.HEARTBEAT))
        at += wait
        stands[device] = 0.0 if ends else 1.0
        plain.append(motion(at, device, stands[device]))
        beating.append(plain[-1])
    rules = engine()
    assert lived(plain, rules, at + D)[0] == lived(beating, rules, at + D)[0]
