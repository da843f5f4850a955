"""The life of an alert: tables of what follows from what, and what holds for every sequence of signals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core import ladder, lifecycle
from alerts.core.alert import (
    Alert,
    Arrived,
    Called,
    Cause,
    Cleared,
    Closed,
    Declined,
    HelpNeeded,
    Opened,
    Remind,
    Signal,
    StandDown,
    Status,
    Summon,
    Taken,
    TellHome,
    TimeUp,
    Unreachable,
    Worsened,
)
from rules.model import Raise, Severity

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LADDERS = ladder.parse(Path("config/ladders/default.toml").read_text(), "default.toml")
LI, FANG, CHEN = "worker:1", "contact:1", "worker:2"


def opened(severity: Severity = Severity.EMERGENCY, people: tuple[str, ...] = (LI, FANG)) -> Alert:
    """An alert whose first rung has been called."""
    found = Raise("sos:d1", severity, NOW, {"room": "bedroom"})
    alert = lifecycle.fresh("a", "h", found, LADDERS.plan("sos", severity), "4821", NOW)
    alert, effects = lifecycle.step(alert, Opened(), NOW)
    if Summon(0, 0) in effects:
        alert, _ = lifecycle.step(alert, Called(0, 0, people), NOW)
    return alert


def climbed(alert: Alert, people: tuple[str, ...], at: datetime) -> Alert:
    """The alert after its due, with these people found for the next rung."""
    alert, effects = lifecycle.step(alert, TimeUp(), at)
    for effect in effects:
        if isinstance(effect, Summon):
            alert, _ = lifecycle.step(alert, Called(effect.rung, effect.repeat, people), at)
    return alert


def test_an_emergency_climbs_at_three_six_and_ten_minutes_and_then_repeats_every_five() -> None:
    alert = opened()
    calls: list[tuple[float, int, int]] = []
    while len(calls) < 7:
        assert alert.due is not None
        at = alert.due
        alert, effects = lifecycle.step(alert, TimeUp(), at)
        calls += [((at - NOW) / MINUTE, e.rung, e.repeat) for e in effects if isinstance(e, Summon)]
    assert calls == [(3, 1, 0), (6, 2, 0), (10, 3, 0), (15, 3, 1), (20, 3, 2), (25, 3, 3), (30, 3, 4)]


def test_after_an_outage_every_missed_rung_is_called_but_the_top_only_once() -> None:
    alert, at = opened(), NOW + timedelta(hours=2, minutes=1)
    calls: list[int] = []
    while alert.due is not None and alert.due <= at:
        alert, effects = lifecycle.step(alert, TimeUp(), at)
        calls += [e.rung for e in effects if isinstance(e, Summon)]
    assert calls == [1, 2, 3]
    assert alert.due == NOW + timedelta(hours=2, minutes=5)  # the beat of the top goes on


def test_whoever_takes_it_has_fifteen_minutes_to_the_door() -> None:
    alert, effects = lifecycle.step(opened(), Taken(LI), NOW + MINUTE)
    assert effects == (StandDown(LI), TellHome())
    assert (alert.status, alert.owner, alert.due) == (Status.TAKEN, LI, NOW + 16 * MINUTE)
    alert, effects = lifecycle.step(alert, TimeUp(), NOW + 16 * MINUTE)
    assert (alert.status, alert.owner, alert.rung) == (Status.OPEN, "", 1)
    assert effects == (Summon(1, 0), TellHome())
    assert alert.due == NOW + 19 * MINUTE


def test_a_second_pair_of_hands_changes_nothing() -> None:
    alert, _ = lifecycle.step(opened(), Taken(LI), NOW)
    assert lifecycle.step(alert, Taken(FANG), NOW + MINUTE) == (alert, ())


@pytest.mark.parametrize("signal", [Declined(LI), Unreachable(LI)])
def test_who_cannot_go_sends_the_ladder_on_at_once_and_only_once(signal: Signal) -> None:
    alert, effects = lifecycle.step(opened(), signal, NOW + MINUTE)
    assert effects == (Summon(1, 0),)
    assert alert.due == NOW + 4 * MINUTE
    assert lifecycle.step(alert, signal, NOW + MINUTE) == (alert, ())
    late, effects = lifecycle.step(alert, Declined(FANG), NOW + MINUTE)  # of a rung that is past
    assert (late.rung, effects) == (1, ())


def test_the_owner_who_gives_up_frees_the_alert() -> None:
    alert, _ = lifecycle.step(opened(), Taken(LI), NOW)
    alert, effects = lifecycle.step(alert, Declined(LI), NOW + MINUTE)
    assert (alert.status, alert.owner) == (Status.OPEN, "")
    assert effects == (Summon(1, 0), TellHome())


def test_a_failed_message_to_the_owner_takes_nothing_from_them() -> None:
    alert, _ = lifecycle.step(opened(), Taken(LI), NOW)
    assert lifecycle.step(alert, Unreachable(LI), NOW + MINUTE) == (alert, ())


def test_a_hole_in_the_roster_is_filled_by_the_next_rung_at_once_but_the_top_waits() -> None:
    found = Raise("sos:d1", Severity.EMERGENCY, NOW)
    alert = lifecycle.fresh("a", "h", found, LADDERS.plan("sos", Severity.EMERGENCY), "4821", NOW)
    alert, _ = lifecycle.step(alert, Opened(), NOW)
    calls: list[object] = []
    for _ in range(3):
        alert, effects = lifecycle.step(alert, Called(alert.rung, alert.repeat, ()), NOW)
        calls += effects
    assert calls == [Summon(1, 0), Summon(2, 0), Summon(3, 0)]
    assert lifecycle.step(alert, Called(3, 0, ()), NOW) == (alert, ())
    assert alert.due == NOW + 5 * MINUTE


def test_more_help_is_called_at_once_while_the_owner_stays() -> None:
    alert, _ = lifecycle.step(opened(), Taken(LI), NOW)
    alert, _ = lifecycle.step(alert, Arrived(LI), NOW + MINUTE)
    alert, effects = lifecycle.step(alert, HelpNeeded(LI), NOW + 2 * MINUTE)
    assert effects == (Summon(1, 0),)
    assert (alert.status, alert.owner) == (Status.ARRIVED, LI)
    assert lifecycle.step(alert, HelpNeeded(LI), NOW + 2 * MINUTE) == (alert, ())
    assert lifecycle.step(alert, HelpNeeded(LI), NOW + 4 * MINUTE)[1] == (Summon(2, 0),)


def test_who_arrived_is_reminded_until_the_alert_is_closed() -> None:
    alert, effects = lifecycle.step(opened(), Arrived(LI), NOW)
    assert effects == (StandDown(LI), TellHome())
    for n in (1, 2, 3):
        alert, effects = lifecycle.step(alert, TimeUp(), NOW + 30 * n * MINUTE)
        assert effects == (Remind(LI, n),)
    alert, effects = lifecycle.step(alert, Closed(LI, Cause.HELPED), NOW + 95 * MINUTE)
    assert effects == (StandDown(LI), TellHome())
    assert (alert.status, alert.due, alert.cause) == (Status.CLOSED, None, Cause.HELPED)


def test_clearing_closes_only_equipment_that_nobody_was_called_for() -> None:
    quiet, effects = lifecycle.step(opened(Severity.TROUBLE), Cleared(), NOW + MINUTE)
    assert (quiet.status, quiet.cause, effects) == (Status.CLOSED, Cause.CLEARED, (TellHome(),))
    called = climbed(opened(Severity.TROUBLE), (LI,), NOW + 30 * MINUTE)
    assert lifecycle.step(called, Cleared(), NOW + 31 * MINUTE)[0].status is Status.OPEN
    for severity in (Severity.EMERGENCY, Severity.URGENT, Severity.CHECK):
        alert, effects = lifecycle.step(opened(severity, ()), Cleared(), NOW + MINUTE)
        assert (alert.status, alert.cleared_at, effects) == (Status.OPEN, NOW + MINUTE, ())


def test_a_rise_in_severity_calls_again_from_the_bottom_and_mere_news_does_not() -> None:
    alert = climbed(opened(Severity.URGENT), (CHEN,), NOW + 10 * MINUTE)
    urgent, emergency = LADDERS.plan("fall", Severity.URGENT), LADDERS.plan("fall", Severity.EMERGENCY)
    news, effects = lifecycle.step(alert, Worsened(Severity.URGENT, {"presses": 2}, urgent), NOW)
    assert (news.facts, news.due, effects) == ({"presses": 2}, alert.due, ())
    worse, effects = lifecycle.step(alert, Worsened(Severity.EMERGENCY, {}, emergency), NOW + 11 * MINUTE)
    assert effects == (Summon(0, 1), TellHome())
    assert (worse.severity, worse.due) == (Severity.EMERGENCY, NOW + 14 * MINUTE)


def tried() -> Alert:
    """An alert of a walk test."""
    found = Raise("sos:d1", Severity.EMERGENCY, NOW, {"room": "bedroom", "test": 1.0})
    return lifecycle.step(lifecycle.fresh("a", "h", found, ladder.TRIAL, "4821", NOW), Opened(), NOW)[0]


def test_for_a_test_nobody_is_called_however_long_it_stays_open() -> None:
    alert = tried()
    for _ in range(5):
        assert alert.due is not None
        alert, effects = lifecycle.step(alert, TimeUp(), alert.due)
        assert effects == ()
    alert, effects = lifecycle.step(alert, Cleared(), NOW + MINUTE)
    assert (alert.status, alert.cause, effects) == (Status.CLOSED, Cause.TEST, (TellHome(),))


def test_a_test_that_turns_out_to_be_none_calls_from_the_bottom() -> None:
    plan = LADDERS.plan("sos", Severity.EMERGENCY)
    alert, effects = lifecycle.step(tried(), Worsened(Severity.EMERGENCY, {}, plan), NOW + MINUTE)
    assert (alert.plan, effects) == (plan, (Summon(0, 1), TellHome()))


def test_what_was_no_test_does_not_become_one() -> None:
    plan = LADDERS.plan("sos", Severity.EMERGENCY)
    news = Worsened(Severity.EMERGENCY, {"presses": 2.0, "test": 1.0}, plan)
    alert, effects = lifecycle.step(opened(), news, NOW + MINUTE)
    assert (alert.facts, alert.test, effects) == ({"presses": 2.0}, False, ())


def test_nothing_wakes_a_closed_alert() -> None:
    alert, _ = lifecycle.step(opened(), Closed("user:1", Cause.TEST), NOW)
    plan = LADDERS.plan("sos", Severity.EMERGENCY)
    for signal in (
        Opened(),
        Cleared(),
        Taken(LI),
        Declined(LI),
        Arrived(LI),
        HelpNeeded(LI),
        TimeUp(),
        Unreachable(LI),
        Called(0, 0, (LI,)),
        Closed(LI, Cause.WELL),
        Worsened(Severity.EMERGENCY, {"presses": 9}, plan),
    ):
        assert lifecycle.step(alert, signal, NOW + MINUTE) == (alert, ())


people = st.sampled_from([LI, FANG, CHEN, "worker:9", "user:1"])
severities = st.sampled_from(list(Severity))
signals = st.one_of(
    st.just(Opened()),
    st.just(Cleared()),
    st.just(TimeUp()),
    people.map(Taken),
    people.map(Declined),
    people.map(Unreachable),
    people.map(Arrived),
    people.map(HelpNeeded),
    st.builds(Closed, people, st.sampled_from(list(Cause)[:5])),
    st.builds(Called, st.integers(0, 3), st.integers(0, 2), st.lists(people, max_size=3).map(tuple)),
    severities.map(lambda s: Worsened(s, {"presses": 2.0}, LADDERS.plan("sos", s))),
    severities.map(lambda s: Worsened(s, {"presses": 2.0, "test": 1.0}, LADDERS.plan("sos", s))),
)
lives = st.lists(st.tuples(signals, st.integers(0, 1200)), max_size=40)


def lived(severity: Severity, life: list[tuple[Signal, int]]) -> list[tuple[Alert, Signal, Alert, datetime]]:
    """Every step of a life: before, signal, after, when."""
    alert, now, steps = opened(severity), NOW, []
    for signal, seconds in life:
        now += timedelta(seconds=seconds)
        after, _ = lifecycle.step(alert, signal, now)
        steps.append((alert, signal, after, now))
        alert = after
    return steps


@given(severities, lives)
def test_an_alert_that_is_not_closed_always_has_a_due(
    severity: Severity, life: list[tuple[Signal, int]]
) -> None:
    for _, _, after, _ in lived(severity, life):
        assert (after.due is None) == (after.status is Status.CLOSED)
        assert 0 <= after.rung < len(after.plan.rungs)
        assert (after.owner == "") == (after.status is Status.OPEN) or after.status is Status.CLOSED


@given(severities, lives)
def test_the_clearing_never_closes_what_a_person_was_called_for(
    severity: Severity, life: list[tuple[Signal, int]]
) -> None:
    for before, signal, after, _ in lived(severity, life):
        if isinstance(signal, Cleared) and before.status is not Status.CLOSED:
            quiet = before.severity is Severity.TROUBLE and not before.called
            assert after.status is before.status or quiet


@given(severities, lives)
def test_a_repeated_signal_changes_nothing_more(severity: Severity, life: list[tuple[Signal, int]]) -> None:
    """But time itself, of which each deadline is another one."""
    for _, signal, after, now in lived(severity, life):
        if isinstance(signal, TimeUp) or (isinstance(signal, Called) and not signal.people):
            continue
        assert lifecycle.step(after, signal, now) == (after, ())


@given(severities, lives)
def test_each_call_has_a_name_of_its_own(severity: Severity, life: list[tuple[Signal, int]]) -> None:
    alert, now, calls = opened(severity), NOW, [(0, 0)]
    for signal, seconds in life:
        now += timedelta(seconds=seconds)
        alert, effects = lifecycle.step(alert, signal, now)
        calls += [(e.repeat, e.rung) for e in effects if isinstance(e, Summon)]
    assert calls == sorted(set(calls))


@given(severities, lives, st.integers(0, 10**6))
def test_time_alone_brings_somebody_in_the_end(
    severity: Severity, life: list[tuple[Signal, int]], seconds: int
) -> None:
    """Whatever was said before: as long as nobody is there, the ladder calls again."""
    steps = lived(severity, life)
    alert = steps[-1][2] if steps else opened(severity)
    if alert.status is Status.CLOSED:
        return
    alert = replace(alert, status=Status.OPEN, owner="")
    for _ in range(len(alert.plan.rungs) + 1):
        assert alert.due is not None
        alert, effects = lifecycle.step(alert, TimeUp(), alert.due)
    assert any(isinstance(effect, Summon) for effect in effects)
    assert alert.due is not None


def test_a_finding_that_comes_again_after_a_visit_nobody_closed_calls_everybody_anew() -> None:
    alert, _ = lifecycle.step(opened(), Arrived(LI), NOW)
    alert, _ = lifecycle.step(alert, Cleared(), NOW + 10 * MINUTE)
    news = Worsened(Severity.EMERGENCY, {"presses": 1.0}, alert.plan)
    there, effects = lifecycle.step(alert, news, NOW + 29 * MINUTE)
    assert (there.status, effects) == (Status.ARRIVED, ())  # somebody is with the resident
    alert, effects = lifecycle.step(alert, news, NOW + 30 * MINUTE)
    assert (alert.status, alert.owner, alert.due) == (Status.OPEN, "", NOW + 33 * MINUTE)
    assert effects == (Summon(0, 1), TellHome())


def test_who_stands_at_the_door_and_must_leave_frees_the_alert() -> None:
    alert, _ = lifecycle.step(opened(), Arrived(LI), NOW)
    alert, effects = lifecycle.step(alert, Declined(LI), NOW + MINUTE)
    assert (alert.status, alert.owner, effects) == (Status.OPEN, "", (Summon(1, 0), TellHome()))


def test_who_is_called_again_is_no_longer_out() -> None:
    alert, _ = lifecycle.step(opened(), Declined(LI), NOW)
    for _ in range(3):
        assert alert.due is not None
        alert = climbed(alert, (LI,), alert.due)
    assert alert.top
    assert LI not in alert.out
