"""The sieve: news, heartbeats, copies, chatter; and that it can be rebuilt from what it kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import inf, nan

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.sieve import Seen, seen_again, sift
from rules.model import DeviceId, Kind, Origin, Reading

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DOOR = DeviceId("door")
Told = tuple[Kind, float, str]


def reading(kind: Kind, value: float, after: float = 0, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(DOOR, kind, value, NOON + timedelta(seconds=after), origin)


def played(*messages: Reading | Sequence[Reading]) -> list[list[Told]]:
    """What is kept of each message, taken at its own time."""
    seen, kept = Seen(), []
    for message in messages:
        readings = [message] if isinstance(message, Reading) else message
        seen, news = sift(seen, readings, readings[-1].at)
        kept.append([(r.kind, r.value, r.origin.value) for r in news])
    return kept


def test_a_change_is_an_event_and_the_same_again_a_heartbeat() -> None:
    door = Kind.CONTACT
    assert played(reading(door, 1), reading(door, 1, 3000), reading(door, 0, 3001)) == [
        [(door, 1, "event")],
        [(door, 1, "heartbeat")],
        [(door, 0, "event")],
    ]


def test_at_rest_when_first_heard_nothing_happened() -> None:
    assert played(reading(Kind.MOTION, 0)) == [[(Kind.MOTION, 0, "heartbeat")]]


def test_a_copy_within_two_seconds_is_dropped() -> None:
    assert played(reading(Kind.CONTACT, 1), reading(Kind.CONTACT, 1, 0.4)) == [
        [(Kind.CONTACT, 1, "event")],
        [],
    ]


def test_slow_values_are_kept_when_they_change_but_every_message_is_a_sign_of_life() -> None:
    kept = played(reading(Kind.BATTERY, 90), reading(Kind.BATTERY, 90, 60), reading(Kind.BATTERY, 89, 120))
    assert kept == [
        [(Kind.BATTERY, 90, "event")],
        [(Kind.ONLINE, 1, "heartbeat")],
        [(Kind.BATTERY, 89, "event")],
    ]


def test_a_heartbeat_is_one_reading_however_many_states_it_repeats() -> None:
    def all_well(after: float) -> list[Reading]:
        return [reading(kind, 0, after) for kind in (Kind.SMOKE, Kind.TAMPER, Kind.TEST)]

    assert played(all_well(0), all_well(3600))[1] == [(Kind.SMOKE, 0, "heartbeat")]


def test_presses_a_second_apart_are_two_and_their_copies_none() -> None:
    presses = [reading(Kind.SOS, 1, after) for after in (0, 0.05, 1.1, 1.15, 600)]
    assert [len(kept) for kept in played(*presses)] == [1, 0, 1, 0, 1]


def test_a_button_with_a_release_is_pressed_once_until_then() -> None:
    states = [(1, 0), (0, 5), (1, 60), (1, 600), (0, 700), (1, 800)]
    kept = played(*(reading(Kind.SOS, value, after) for value, after in states))
    assert [message[0][2] for message in kept] == ["event", "event", "event", "heartbeat", "event", "event"]


def test_a_replay_without_news_leaves_nothing_not_even_a_sign_of_life() -> None:
    old = Origin.REPLAY
    kept = played(
        reading(Kind.CONTACT, 1), reading(Kind.CONTACT, 1, 60, old), reading(Kind.BATTERY, 9, 61, old)
    )
    assert kept[1:] == [[], [(Kind.BATTERY, 9, "replay")]]


def test_the_bridges_own_end_of_motion_is_synthetic() -> None:
    kept = played(reading(Kind.MOTION, 1), reading(Kind.MOTION, 0, 90, Origin.REPLAY))
    assert kept[1] == [(Kind.MOTION, 0, "synthetic")]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.BATTERY, 101),
        (Kind.BATTERY, -1),
        (Kind.HEART_RATE, 0),
        (Kind.SPO2, 127),
        (Kind.CONTACT, 2),
        (Kind.SMOKE, nan),
        (Kind.CO_LEVEL, inf),
    ],
)
def test_impossible_values_are_dropped_but_show_that_the_device_lives(kind: Kind, value: float) -> None:
    assert played(reading(kind, value)) == [[(Kind.ONLINE, 1, "heartbeat")]]


def test_each_measurement_of_a_person_is_kept() -> None:
    kept = played(*(reading(Kind.HEART_RATE, 72, after) for after in (0, 1, 3, 6)))
    assert [len(message) for message in kept] == [1, 0, 1, 1]


def test_times_that_run_backwards_or_ahead_are_clamped() -> None:
    seen, _ = sift(Seen(), [reading(Kind.CONTACT, 1, 100)], NOON + timedelta(seconds=100))
    seen, (back,) = sift(seen, [reading(Kind.CONTACT, 0, 50)], NOON + timedelta(seconds=101))
    assert back.at == NOON + timedelta(seconds=100)
    _, (ahead,) = sift(seen, [reading(Kind.CONTACT, 1, 9999)], NOON + timedelta(seconds=102))
    assert ahead.at == NOON + timedelta(seconds=102)


def test_after_the_clock_was_set_back_nothing_lies_in_the_future() -> None:
    seen, _ = sift(Seen(), [reading(Kind.CONTACT, 1)], NOON)
    early = NOON - timedelta(days=400)
    _, (kept,) = sift(seen, [Reading(DOOR, Kind.CONTACT, 0, early)], early)
    assert kept.at == early


def chatter(kind: Kind, count: int = 40) -> list[Reading]:
    return [reading(kind, (i + 1) % 2, i) for i in range(count)]


def test_chatter_becomes_one_fault_and_one_state() -> None:
    kept = [told for message in played(*chatter(Kind.CONTACT)) for told in message]
    states = [told for told in kept if told[0] is Kind.CONTACT]
    assert len([told for told in kept if told == (Kind.FAULT, 1, "synthetic")]) == 1
    assert len(states) <= 8
    assert states[-1][1] == 1  # a door that may be open counts as open


def test_chatter_is_over_after_a_calm_half_minute() -> None:
    kept = played(*chatter(Kind.CONTACT), reading(Kind.CONTACT, 0, 3600))
    assert kept[-1] == [(Kind.FAULT, 0, "synthetic"), (Kind.CONTACT, 0, "event")]


def test_chattering_motion_is_no_sign_of_life() -> None:
    kept = [told for message in played(*chatter(Kind.MOTION)) for told in message]
    assert [told for told in kept if told[0] is Kind.MOTION][-1] == (Kind.MOTION, 0, "synthetic")


def test_chattering_smoke_stays_an_alarm() -> None:
    kept = [told for message in played(*chatter(Kind.SMOKE)) for told in message]
    assert [told for told in kept if told[0] is Kind.SMOKE][-1][1] == 1


def test_endless_chatter_is_looked_at_every_five_minutes() -> None:
    kept = [told for message in played(*chatter(Kind.CONTACT, 1200)) for told in message]
    assert 3 <= kept.count((Kind.FAULT, 1, "synthetic")) <= 5
    assert len(kept) < 250


readings = st.builds(
    reading,
    st.sampled_from(
        [Kind.CONTACT, Kind.MOTION, Kind.SMOKE, Kind.SOS, Kind.BATTERY, Kind.FAULT, Kind.HEART_RATE]
    ),
    st.sampled_from([0.0, 1.0, 60.0]),
    st.floats(0, 400),
    st.sampled_from([Origin.EVENT, Origin.REPLAY]),
)
stories = st.lists(st.lists(readings, min_size=1, max_size=4), max_size=40).map(
    lambda story: sorted(story, key=lambda message: message[0].at)
)


@given(stories)
def test_it_is_rebuilt_from_what_it_kept(story: list[list[Reading]]) -> None:
    seen = again = Seen()
    for message in story:
        seen, kept = sift(seen, message, message[0].at)
        for one in kept:
            again = seen_again(again, one)
        assert again == seen
    assert msgspec.json.decode(msgspec.json.encode(seen), type=Seen) == seen


@given(stories)
def test_what_is_kept_is_in_order_and_never_ahead(story: list[list[Reading]]) -> None:
    seen, last = Seen(), NOON
    for message in story:
        seen, kept = sift(seen, message, message[0].at)
        for one in kept:
            assert last <= one.at <= message[0].at
            last = one.at


@given(st.lists(st.tuples(st.floats(0, 3), st.booleans()), max_size=60))
def test_no_press_is_lost(story: list[tuple[float, bool]]) -> None:
    """Whatever else the device says between: only what follows a press within a second is its copy."""
    seen, after, newest = Seen(), 0.0, -9.0
    for gap, alone in story:
        after += gap
        message = [reading(Kind.SOS, 1, after)] + (
            [] if alone else [reading(Kind.BATTERY, int(after), after)]
        )
        seen, kept = sift(seen, message, message[0].at)
        pressed = any(one.kind is Kind.SOS and one.origin is Origin.EVENT for one in kept)
        assert pressed or message[0].at - reading(Kind.SOS, 1, newest).at < timedelta(seconds=1)
        newest = after if pressed else newest
