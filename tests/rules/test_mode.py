"""What a person says of a home: it holds until its end, and the rules are told so at that instant."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine import Engine, HomeState
from rules.hazards import Hazards, Sos
from rules.hours import Hours
from rules.inactivity import Inactivity
from rules.model import (
    Clear,
    ClockStepped,
    Decision,
    DeviceId,
    Event,
    Kind,
    Mode,
    ModeSet,
    Raise,
    Reading,
    Severity,
    Tick,
)
from rules.presence import LIFE
from rules.record import BadRecordError, decode, encode
from rules.snapshot import dump, load
from rules.wire import Told, Wish, Word, digest, hear, say

T = datetime(2026, 11, 21, 4, tzinfo=UTC)
H = timedelta(hours=1)
BUTTON, STOVE = DeviceId("button"), DeviceId("stove")
ALL_DAY = Hours(time(0), time(0), ZoneInfo("Asia/Shanghai"))


def engine() -> Engine:
    inactivity = Inactivity("inactivity", ALL_DAY, 5 * H, Severity.URGENT, LIFE, None, {})
    return Engine([Sos(H / 6, {}), Hazards(frozenset({Kind.SMOKE}), {}), inactivity])


def told(state: HomeState, *events: Event) -> tuple[HomeState, list[Decision]]:
    found: list[Decision] = []
    for event in events:
        state, more = engine().step(state, event, event.at)
        found += more
    return state, found


def test_away_ends_at_its_instant_and_the_wait_begins_there() -> None:
    away = ModeSet(Mode.AWAY, T, "wang", T + 30 * H, 7)
    state, found = told(engine().start(T), away, Tick(T + 34 * H))
    assert found == []
    assert state.mode == ModeSet(Mode.HOME, T + 30 * H, "wang", None, 7)
    _, found = told(state, Tick(T + 40 * H))
    assert [(type(f), f.at) for f in found] == [(Raise, T + 35 * H)]


def test_without_an_end_it_holds() -> None:
    state, found = told(engine().start(T), ModeSet(Mode.HOSPITAL, T, "wang"), Tick(T + 900 * H))
    assert (found, engine().due(state)) == ([], None)
    assert state.mode == ModeSet(Mode.HOSPITAL, T, "wang")


def test_home_has_no_end() -> None:
    state, _ = told(engine().start(T), ModeSet(Mode.HOME, T, "wang", T + H))
    assert engine().due(state) == T + 5 * H


def test_an_end_that_is_over_ends_at_once() -> None:
    state, _ = told(engine().start(T + 9 * H), ModeSet(Mode.VISITOR, T + 9 * H, "wang", T))
    state, _ = told(state, Tick(T + 9 * H))
    assert state.mode == ModeSet(Mode.HOME, T, "wang")


def test_while_sensors_are_tried_findings_say_so() -> None:
    press = Reading(BUTTON, Kind.SOS, 1.0, T + H / 4)
    state, (found, over) = told(
        engine().start(T), ModeSet(Mode.TEST, T, "wang", T + H), press, Tick(T + H / 2)
    )
    assert isinstance(found, Raise)
    assert found.facts["test"] == 1.0
    assert over == Clear("sos:button", T + H / 4 + H / 6)
    _, (real, *_) = told(state, Reading(BUTTON, Kind.SOS, 1.0, T + 2 * H))
    assert isinstance(real, Raise)
    assert "test" not in real.facts


def test_the_end_of_a_test_comes_before_what_comes_after_it() -> None:
    """A fire at the very instant, and a deadline behind it, are no tests."""
    state, _ = told(engine().start(T), ModeSet(Mode.TEST, T, "wang", T + 4 * H))
    _, found = told(state, Reading(STOVE, Kind.SMOKE, 1.0, T + 6 * H))
    assert [(f.key, "test" in f.facts) for f in found if isinstance(f, Raise)] == [
        ("inactivity", False),
        ("smoke:stove", False),
    ]


@given(st.lists(st.timedeltas(timedelta(0), 12 * H), max_size=12))
def test_the_cadence_of_ticks_changes_nothing(waits: list[timedelta]) -> None:
    away, end = ModeSet(Mode.AWAY, T, "wang", T + 3 * H), Tick(T + 12 * H)
    ticks = [Tick(at) for at in sorted(T + wait for wait in waits)]
    assert told(engine().start(T), away, *ticks, end) == told(engine().start(T), away, end)


def test_it_survives_a_restart_and_a_clock_that_is_set() -> None:
    state, _ = told(engine().start(T), ModeSet(Mode.VISITOR, T, "wang", T + 3 * H, 9))
    again = load(engine(), dump(engine(), state))
    assert again == state
    later = T + 500 * H
    moved, found = engine().step(again, ClockStepped(500 * H, later), later)
    assert (found, moved.mode) == ((), ModeSet(Mode.VISITOR, later, "wang", later + 3 * H, 9))
    assert engine().due(moved) == later + 3 * H


def test_a_snapshot_of_before_there_were_modes_is_read() -> None:
    state = engine().start(T)
    old = dump(engine(), state).replace(b',"mode":null', b"")
    assert b"mode" not in old
    assert load(engine(), old) == state


def test_a_record_keeps_it() -> None:
    said = ModeSet(Mode.AWAY, T, "王芳", T + H, 3)
    assert decode(encode(1, T, said)).item == said
    old = (
        b'{"seq":1,"now":"2026-11-21T04:00:00Z","mode":{"mode":"away","at":"2026-11-21T04:00:00Z","by":"x"}}'
    )
    assert decode(old).item == ModeSet(Mode.AWAY, T, "x")
    with pytest.raises(BadRecordError, match="never ends"):
        decode(encode(1, T, ModeSet(Mode.AWAY, T, "x", datetime(2900, 1, 1, tzinfo=UTC))))


def test_a_word_carries_it_and_is_told_from_one_that_does_not() -> None:
    key = bytes(32)
    bare, wish = Word(T, (Told("sos:a", "open"),)), Wish(3, Mode.AWAY, "王芳", T, T + H)
    word = Word(T, bare.alerts, wish)
    assert hear(key, "h-1", say(key, "h-1", word)) == word
    assert len({digest(bare), digest(word), digest(Word(T, bare.alerts, Wish(4, Mode.HOME, "王芳", T)))}) == 3
    assert b"mode" not in say(key, "h-1", bare)  # a gateway that knows no modes takes it


def test_a_rule_that_starts_afresh_knows_that_nobody_is_at_home() -> None:
    away = ModeSet(Mode.AWAY, T, "wang", T + 30 * H, 7)
    state, _ = told(engine().start(T), away)
    stricter = Inactivity("inactivity", ALL_DAY, 4 * H, Severity.URGENT, LIFE, None, {})
    new = Engine([Sos(H / 6, {}), Hazards(frozenset({Kind.SMOKE}), {}), stricter])
    state, found = new.step(load(new, dump(engine(), state)), Tick(T + 29 * H), T + 29 * H)
    assert found == ()
    _, found = new.step(state, Tick(T + 40 * H), T + 40 * H)
    assert [found[0].at, len(found)] == [T + 34 * H, 1]
