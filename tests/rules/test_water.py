"""A meter that hardly turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.engine import Engine
from rules.model import Clear, DeviceId, Event, Kind, Mode, ModeSet, Origin, Raise, Reading, Severity, Tick
from rules.water import Meter, Water

T = datetime(2026, 11, 21, tzinfo=UTC)
H = timedelta(hours=1)
METER = DeviceId("meter")
RULE = Water(10.0, 12 * H, Severity.URGENT, {METER: "kitchen"})


def litres(value: float, at: datetime, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(METER, Kind.WATER_VOLUME, value, at, origin)


def run(*events: Event) -> Meter:
    state = RULE.start(T)
    for event in events:
        state, _ = RULE.step(state, event, event.at)
    return state


def test_too_little_for_the_whole_span_raises_at_its_end() -> None:
    state = run(litres(1000, T + H), litres(1004, T + 2 * H))
    assert RULE.due(state) == T + 12 * H
    state, found = RULE.step(state, Tick(T + 12 * H), T + 12 * H)
    facts = {
        "device": "meter",
        "room": "kitchen",
        "since": T.isoformat(),
        "minutes": 720.0,
        "limit": 720.0,
        "litres": 10.0,
    }
    assert found == (Raise("inactivity:water", Severity.URGENT, T + 12 * H, facts),)
    assert RULE.due(state) is None
    state, found = RULE.step(state, litres(1010, T + 13 * H), T + 13 * H)
    assert found == (Clear("inactivity:water", T + 13 * H),)
    assert RULE.due(state) == T + 14 * H  # the 4 litres of 2:00 fall out then, and 6 are left


def test_what_was_used_falls_out_after_the_span() -> None:
    state = run(litres(0, T), litres(8, T + 3 * H), litres(11, T + 5 * H), litres(12, T + 6 * H))
    assert RULE.due(state) == T + 15 * H  # then the first 8 litres are too long ago


def test_a_meter_that_repeats_itself_or_is_cached_says_nothing_new() -> None:
    state = run(litres(5, T + H))
    assert RULE.step(state, litres(5, T + 2 * H, Origin.HEARTBEAT), T + 2 * H) == (state, ())
    assert RULE.step(state, litres(99, T + 2 * H, Origin.REPLAY), T + 2 * H) == (state, ())


def test_a_new_meter_begins_anew_without_a_false_sign() -> None:
    state = run(litres(5000, T + H), litres(3, T + 2 * H))
    assert (state.marks, RULE.due(state)) == (((T + 2 * H, 3.0),), T + 12 * H)


def test_nobody_uses_water_while_away() -> None:
    state = run(litres(5, T), ModeSet(Mode.AWAY, T + H, "centre"), litres(50, T + 2 * H))
    assert RULE.due(state) is None
    state, _ = RULE.step(state, ModeSet(Mode.HOME, T + 9 * H, "centre"), T + 9 * H)
    assert RULE.due(state) == T + 21 * H


@given(st.lists(st.tuples(st.integers(0, 5 * 3600), st.integers(0, 12)), min_size=1, max_size=30))
def test_it_raises_just_when_a_span_held_too_little(uses: list[tuple[int, int]]) -> None:
    """Against the plain sum over the last twelve hours, asked at every instant at which it can change."""
    engine, now, total = Engine((RULE,)), T, 0.0
    state, _ = engine.step(engine.start(T), litres(0, T), T)
    used: list[tuple[datetime, float]] = []
    for seconds, amount in uses:
        now += timedelta(seconds=seconds)
        total += amount
        state, _ = engine.step(state, litres(total, now), now)
        used.append((now, amount))
        lately = sum(amount for at, amount in used if at > now - 12 * H)
        assert state.rules[RULE.name].raised is (now >= T + 12 * H and lately < 10)
        assert len(state.rules[RULE.name].marks) <= 12
