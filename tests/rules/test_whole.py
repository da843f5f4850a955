"""What a whole engine promises, every rule on, in a home that it has known for four weeks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import TypeAlias

import pytest
from golden.life import HOMESTEAD, KNOWN, Cut, Life, at, clockwork, dead, gone, held
from golden.told import PROFILES, Known, folded, known
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.catalogue import build, parse
from rules.engine import Engine, HomeState
from rules.model import (
    ClockStepped,
    Decision,
    Event,
    Kind,
    Mode,
    ModeSet,
    Origin,
    Raise,
    Reading,
    Tick,
    Unheard,
)
from rules.snapshot import dump, load

Told: TypeAlias = list[tuple[Event, datetime]]
H, M = timedelta(hours=1), timedelta(minutes=1)
T = at(KNOWN, 0)
SHIPPED = PROFILES["everything"].read_text("utf-8")
STUCK = "lounge/motion"
SILENCES = ("inactivity", "inactivity:out", "inactivity:fixed", "inactivity:door", "absence", "rise")
PAIRS = [(device.id, kind) for device in HOMESTEAD.devices for kind in sorted(device.kinds)]
BEATING = [(device, kind) for device, kind in PAIRS if kind in (Kind.MOTION, Kind.CONTACT, Kind.BED)]
SELF = [
    (device.id, kind) for device in HOMESTEAD.devices[:3] for kind in (Kind.FAULT, Kind.TAMPER, Kind.LINK)
]
VALUES = {
    Kind.WATER_VOLUME: (109_000.0, 109_004.0, 109_050.0),
    Kind.SYSTOLIC: (95.0, 130.0, 190.0),
    Kind.DIASTOLIC: (75.0, 112.0),
    Kind.HEART_RATE: (38.0, 70.0, 135.0),
    Kind.BODY_TEMPERATURE: (36.4, 39.3),
    Kind.LINK: (5.0, 120.0),
}


def _reading(pair: tuple[str, Kind], origin: Origin, pick: int) -> Callable[[datetime], Event]:
    device, kind = pair
    values = VALUES.get(kind, (0.0, 1.0, 1.0))
    return lambda now: Reading(device, kind, values[pick % len(values)], now, origin)  # type: ignore[arg-type]


EVENTS: st.SearchStrategy[Callable[[datetime], Event]] = st.one_of(
    st.builds(
        _reading,
        st.sampled_from([*PAIRS, *BEATING, *BEATING, *SELF]),
        st.sampled_from([Origin.EVENT, Origin.EVENT, Origin.EVENT, Origin.HEARTBEAT, Origin.REPLAY]),
        st.integers(0, 2),
    ),
    st.sampled_from(Mode).map(lambda mode: lambda now: ModeSet(mode, now, "desk", now + 9 * H)),
)
WAITS = st.one_of(st.timedeltas(timedelta(0), 20 * M), st.timedeltas(timedelta(0), 11 * H))
STORIES = st.lists(st.tuples(WAITS, EVENTS), min_size=12, max_size=30)
few = settings(deadline=None, max_examples=25)


@cache
def home() -> Known:
    """Every rule on, after four weeks of ordinary life."""
    return known(SHIPPED)


def told(story: Sequence[tuple[timedelta, Callable[[datetime], Event]]]) -> Told:
    """The story from the end of the four weeks on, and a day of silence after it."""
    now, events = T, []
    for wait, make in story:
        now += wait
        events.append((make(now), now))
    return [*events, (Tick(now + 24 * H), now + 24 * H)]


def after(events: Told) -> tuple[HomeState, list[Decision]]:
    """The home's state after the events, and what was decided."""
    return folded(home().engine, home().state, events)


@few
@given(story=STORIES, ticks=st.lists(st.timedeltas(timedelta(0), 60 * H), max_size=40))
def test_decisions_do_not_depend_on_when_the_loop_wakes(story: Told, ticks: list[timedelta]) -> None:
    events = told(story)
    end = events[-1][1]
    more = [(Tick(T + wait), T + wait) for wait in ticks if T + wait <= end]
    assert after(sorted([*events, *more], key=lambda taken: taken[1])) == after(events)


@few
@given(story=STORIES, gap=st.timedeltas(M, 30 * H), ticks=st.lists(st.floats(0, 1), max_size=9))
def test_nor_around_a_time_in_which_nothing_could_be_heard(
    story: Told, gap: timedelta, ticks: list[float]
) -> None:
    """The gateway was away: its loop woke before and after, not meanwhile."""
    events = told(story)
    since = events[-1][1]
    back = since + gap
    rest: Told = [(Unheard(since, back), back), (Tick(back + 24 * H), back + 24 * H)]
    more = [(Tick(back + share * 24 * H), back + share * 24 * H) for share in sorted(ticks)]
    assert after([*events, rest[0], *more, rest[1]]) == after([*events, *rest])


@few
@given(story=STORIES, cut=st.integers(0, 25))
def test_a_snapshot_and_the_rest_are_the_whole(story: Told, cut: int) -> None:
    engine, events = home().engine, told(story)
    half, before = after(events[:cut])
    again, later = folded(engine, load(engine, dump(engine, half)), events[cut:])
    state, found = after(events)
    assert ([*before, *later], again) == (found, state)


@few
@given(
    story=STORIES,
    by=st.one_of(
        st.sampled_from([timedelta(days=days) for days in (-9000, -400, -28, -1, 1, 28, 400, 9000)]),
        st.timedeltas(-30 * H, 30 * H),
    ),
)
def test_a_clock_step_raises_nothing_by_itself(story: Told, by: timedelta) -> None:
    engine = home().engine
    state, _ = after(told(story))
    stepped, found = engine.step(state, ClockStepped(by, state.now + by), state.now + by)
    assert found == ()
    for wait in (timedelta(0), timedelta(seconds=1), 2 * M):
        _, now = engine.step(stepped, Tick(stepped.now + wait), stepped.now + wait)
        _, as_ever = engine.step(state, Tick(state.now + wait), state.now + wait)
        assert {one.key for one in now if isinstance(one, Raise)} <= {one.key for one in as_ever}


BEATS = st.lists(
    st.tuples(st.timedeltas(timedelta(0), 60 * H), st.sampled_from(BEATING), st.sampled_from([0.0, 1.0])),
    max_size=30,
)


@few
@given(story=STORIES, beats=BEATS)
def test_heartbeats_change_no_decision_on_silence(story: Told, beats: list[tuple[timedelta, ...]]) -> None:
    events = told(story)
    more: Told = [
        (Reading(device, kind, value, T + wait, Origin.HEARTBEAT), T + wait)
        for wait, (device, kind), value in beats
        if T + wait <= events[-1][1]
    ]
    mixed = sorted([*events, *more], key=lambda taken: taken[1])
    assert silences(after(mixed)[1]) == silences(after(events)[1])


def silences(found: Sequence[Decision]) -> list[Decision]:
    """The decisions on the resident's silence."""
    return [one for one in found if one.key in SILENCES]


@settings(deadline=None, max_examples=12)
@given(
    how=st.one_of(st.just(None), st.timedeltas(timedelta(seconds=100), 20 * M)),
    stuck=st.timedeltas(timedelta(0), 24 * H),
    falls=st.timedeltas(timedelta(0), 16 * H),
)
def test_a_stuck_motion_sensor_hides_no_silence(
    how: timedelta | None, stuck: timedelta, falls: timedelta
) -> None:
    """From a fall a day or more after it got stuck, the silence is found as if the sensor were not there."""
    since, fall, end = T + stuck, at(KNOWN + 2, 6) + falls, at(KNOWN + 4, 12)
    lies: Cut = held(STUCK, since) if how is None else clockwork(STUCK, since, end, how)
    first = [_found(cut, fall, end) for cut in (lies, dead(STUCK, since, end))]
    assert first[0] is not None
    assert first[0] == first[1]


def _found(cut: Cut, fall: datetime, end: datetime) -> datetime | None:
    """When the silence after the fall is found, with a sensor in this state."""
    events = Life(KNOWN, KNOWN + 5, (gone(fall, at(KNOWN + 5, 0)),), (cut,)).events()
    _, found = after([*(taken for taken in events if taken[1] < end), (Tick(end), end)])
    late = [one.at for one in silences(found) if isinstance(one, Raise) and one.at >= fall]
    return min(late, default=None)


@few
@given(story=STORIES)
def test_no_rule_spins(story: Told) -> None:
    """Each deadline moves on, and nobody is woken without need: a month of silence wakes the engine at most
    a hundred times a day."""
    engine = home().engine
    state, _ = after(told(story))
    end, woken = state.now + timedelta(days=30), 0
    while (due := engine.due(state)) is not None and due <= end:
        assert due > state.now
        state, _ = engine.step(state, Tick(due), due)
        woken += 1
    assert woken <= 30 * 100


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_that_ships_starts_quiet(profile: str) -> None:
    """Nobody is called in the first minutes after an installer has gone."""
    engine: Engine = build(parse(PROFILES[profile].read_text("utf-8")), HOMESTEAD)
    _, found = engine.step(engine.start(T), Tick(T + 3 * H), T + 3 * H)
    assert [one for one in found if isinstance(one, Raise) and not one.key.startswith("device.silent")] == []
