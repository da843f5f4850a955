"""The sieve never keeps a cry for help back, whatever the sensor, its bridge or the clock did before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.sieve import Seen, sift
from rules.hazards import Hazards, Sos
from rules.model import DeviceId, Kind, Origin, Raise, Reading

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PENDANT = DeviceId("pendant")
OLD = Origin.REPLAY
Told = tuple[Kind, float, str]


def reading(kind: Kind, value: float, after: float = 0, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(PENDANT, kind, value, NOON + timedelta(seconds=after), origin)


def played(*messages: Reading | Sequence[Reading]) -> list[list[Told]]:
    seen, kept = Seen(), []
    for message in messages:
        readings = [message] if isinstance(message, Reading) else message
        seen, news = sift(seen, readings, readings[-1].at)
        kept.append([(r.kind, r.value, r.origin.value) for r in news])
    return kept


def toggled(kind: Kind, count: int, after: float = 0) -> list[Reading]:
    return [reading(kind, (i + 1) % 2, after + i) for i in range(count)]


@pytest.mark.parametrize("known", [[], [reading(Kind.SOS, 0)]])
def test_a_cached_press_that_nobody_heard_of_is_a_press_and_only_once(known: list[Reading]) -> None:
    kept = played(*known, reading(Kind.SOS, 1, 600, OLD), reading(Kind.SOS, 1, 4000, OLD))
    assert kept[len(known) :] == [[(Kind.SOS, 1, "event")], []]


def test_after_a_release_that_was_lost_the_next_press_is_one() -> None:
    states = [(1, 0), (0, 5), (1, 60), (1, 200), (1, 599), (1, 661)]
    kept = played(*(reading(Kind.SOS, value, after) for value, after in states))
    told = [message[0][2] for message in kept]
    assert told == ["event", "event", "event", "heartbeat", "heartbeat", "event"]


def test_a_press_that_two_properties_tell_is_one() -> None:
    assert played([reading(Kind.SOS, 1), reading(Kind.SOS, 1)]) == [[(Kind.SOS, 1, "event")]]


def test_however_often_it_is_pressed_a_button_never_chatters() -> None:
    presses = [reading(Kind.SOS, 1, after) for after in range(0, 24, 2)]
    shaken = toggled(Kind.MOTION, 12, 14)
    later = [reading(Kind.SOS, 1, 27 + i) for i in range(5)]
    story = sorted([*presses, *shaken, *later], key=lambda one: one.at)
    kept = [told for message in played(*story) for told in message]
    assert kept.count((Kind.SOS, 1, "event")) == len(presses) + len(later)


def test_a_danger_that_begins_while_something_else_chatters_is_told() -> None:
    leak = [reading(Kind.WATER_LEAK, 0), *toggled(Kind.WATER_LEAK, 6, 1)]  # at rest again, just no chatter
    story = [*leak, *toggled(Kind.CONTACT, 9, 6.5), reading(Kind.WATER_LEAK, 1, 18)]
    kept = [told for message in played(*story) for told in message]
    assert [told for told in kept if told[0] is Kind.WATER_LEAK][-1][1] == 1


def test_a_cached_end_does_not_hide_the_true_one() -> None:
    """Of a detector of two dangers the second must end as well as the first."""
    both = [(Kind.SMOKE, 0.0), (Kind.CO, 1.0)]
    rest = [(Kind.SMOKE, 0.0), (Kind.CO, 0.0)]
    kept = played(
        [reading(k, v) for k, v in both],
        [reading(k, v, 60, OLD) for k, v in rest],
        [reading(k, v, 120) for k, v in rest],
    )
    assert kept[1:] == [[], [(Kind.CO, 0, "event")]]


def test_motion_that_was_cached_does_not_hide_the_next() -> None:
    kept = played(reading(Kind.MOTION, 0), reading(Kind.MOTION, 1, 60, OLD), reading(Kind.MOTION, 1, 90))
    assert kept[1:] == [[], [(Kind.MOTION, 1, "event")]]


def test_after_the_clock_was_set_back_chatter_ends_and_slow_changes_are_none() -> None:
    seen = Seen()
    for one in toggled(Kind.CONTACT, 40):
        seen, _ = sift(seen, [one], one.at)
    assert seen.chatter
    early = timedelta(days=-400)
    for i in range(20):
        at = NOON + early + timedelta(minutes=i)
        seen, kept = sift(seen, [Reading(PENDANT, Kind.CONTACT, i % 2, at)], at)
    assert not seen.chatter
    assert [one.kind for one in kept] == [Kind.CONTACT]


states = st.tuples(
    st.sampled_from([Kind.SMOKE, Kind.CO, Kind.CONTACT, Kind.MOTION, Kind.SOS]),
    st.sampled_from([0.0, 1.0]),
    st.floats(0.05, 40),
    st.sampled_from([Origin.EVENT, Origin.EVENT, Origin.REPLAY]),
)


@given(st.lists(states, max_size=60))
def test_no_danger_is_kept_from_the_rule(story: list[tuple[Kind, float, float, Origin]]) -> None:
    """Whenever a sensor says 1, the rule has it open: the sieve may only leave out what is known."""
    rule = Hazards(frozenset({Kind.SMOKE, Kind.CO}), {})
    seen, open_, at = Seen(), rule.start(NOON), NOON
    for kind, value, gap, origin in story:
        at += timedelta(seconds=gap)
        seen, kept = sift(seen, [Reading(PENDANT, kind, value, at, origin)], at)
        for one in kept:
            open_, _ = rule.step(open_, one, at)
        if kind in rule.kinds and value:
            assert f"{kind.value}:{PENDANT}" in open_.open


@given(st.lists(states, max_size=60))
def test_whoever_presses_is_heard_within_ten_minutes(story: list[tuple[Kind, float, float, Origin]]) -> None:
    """Each press that comes live is either a Raise or falls into the ten minutes after one."""
    rule = Sos(timedelta(minutes=10), {})
    seen, calls, at, raised = Seen(), rule.start(NOON), NOON, None
    for kind, value, gap, origin in story:
        at += timedelta(seconds=gap)
        seen, kept = sift(seen, [Reading(PENDANT, kind, value, at, origin)], at)
        for one in kept:
            calls, found = rule.step(calls, one, at)
            raised = at if any(isinstance(decision, Raise) for decision in found) else raised
        if kind is Kind.SOS and value and origin is Origin.EVENT:
            assert raised is not None
            assert at - raised < timedelta(minutes=10)
