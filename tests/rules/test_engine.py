"""The first fold: deadlines at their own instants, time that never runs back, and clocks that are set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from rules.engine import Engine, replay
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

T = datetime(2026, 11, 21, tzinfo=UTC)
M = timedelta(minutes=1)
PIR = DeviceId("pir")


@dataclass(frozen=True, slots=True)
class Egg:
    """What an egg timer remembers."""

    rings: datetime | None
    heard: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Timer:
    """Rings so long after each motion; remembers all that it was handed."""

    name: str
    length: timedelta
    kinds: frozenset[Kind] = field(default=frozenset({Kind.MOTION}))

    def start(self, now: datetime) -> Egg:
        return Egg(None)

    def step(self, state: Egg, event: Event, now: datetime) -> tuple[Egg, Sequence[Decision]]:
        heard = (*state.heard, (type(event).__name__, now))
        match event:
            case Reading():
                return Egg(now + self.length, heard), (Clear(self.name, now),)
            case Tick() if state.rings is not None and state.rings <= now:
                return Egg(None, heard), (Raise(self.name, Severity.CHECK, now),)
        return Egg(state.rings, heard), ()

    def due(self, state: Egg) -> datetime | None:
        return state.rings


def motion(at: datetime, kind: Kind = Kind.MOTION) -> Reading:
    return Reading(PIR, kind, 1.0, at)


def test_a_deadline_fires_at_its_own_instant_however_late_the_loop_wakes() -> None:
    engine = Engine((Timer("slow", 9 * M), Timer("quick", 4 * M)))
    state, _ = engine.step(engine.start(T), motion(T), T)
    assert engine.due(state) == T + 4 * M
    state, found = engine.step(state, motion(T + 60 * M), T + 60 * M)
    assert [(type(d), d.key, d.at) for d in found] == [
        (Raise, "quick", T + 4 * M),
        (Raise, "slow", T + 9 * M),
        (Clear, "slow", T + 60 * M),
        (Clear, "quick", T + 60 * M),
    ]


def test_a_rule_gets_its_kinds_ticks_of_its_own_and_every_mode() -> None:
    engine = Engine((Timer("one", 5 * M), Timer("two", 50 * M, frozenset({Kind.BED}))))
    state, _ = engine.step(engine.start(T), motion(T), T)
    state, _ = engine.step(state, ModeSet(Mode.AWAY, T + M, "centre"), T + M)
    state, _ = engine.step(state, Tick(T + 9 * M), T + 9 * M)
    assert [name for name, _ in state.rules["one"].heard] == ["Reading", "ModeSet", "Tick"]
    assert [name for name, _ in state.rules["two"].heard] == ["ModeSet"]


def test_a_kind_that_no_rule_wants_moves_only_the_time() -> None:
    engine = Engine((Timer("one", 5 * M),))
    start = engine.start(T)
    state, found = engine.step(start, motion(T + M, Kind.WEIGHT), T + M)
    assert (state.now, state.rules is start.rules, found) == (T + M, True, ())


def test_now_never_runs_back() -> None:
    engine = Engine((Timer("one", 5 * M),))
    state, _ = engine.step(engine.start(T), motion(T), T)
    state, found = engine.step(state, motion(T - 60 * M), T - 60 * M)
    assert (state.now, found) == (T, (Clear("one", T),))


@pytest.mark.parametrize("days", [-400, 400, 20_000])
def test_a_set_clock_moves_every_instant_and_raises_nothing(days: int) -> None:
    engine = Engine((Timer("one", 5 * M),))
    step = timedelta(days=days)
    state, _ = engine.step(engine.start(T), motion(T), T)
    state, found = engine.step(state, ClockStepped(step, T + step), T + step)
    assert (found, state.now, state.due) == ((), T + step, T + step + 5 * M)
    _, found = engine.step(state, Tick(T + step + 5 * M), T + step + 5 * M)
    assert [d.at for d in found] == [T + step + 5 * M]


def test_rules_that_fall_due_together_speak_in_the_profiles_order_after_a_restart_too() -> None:
    engine = Engine((Timer("a", 5 * M), Timer("b", 5 * M, frozenset({Kind.BED}))))
    state, _ = engine.step(engine.start(T), motion(T, Kind.BED), T)
    state, _ = engine.step(state, motion(T), T)
    again = engine.resume(state.now, state.rules)
    for one in (state, again):
        _, found = engine.step(one, Tick(T + 5 * M), T + 5 * M)
        assert [d.key for d in found] == ["a", "b"]


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="share a name"):
        Engine((Timer("one", M), Timer("one", 2 * M)))


def test_a_rule_that_stays_due_is_named() -> None:
    @dataclass(frozen=True, slots=True)
    class Stuck:
        name: str = "stuck"
        kinds: frozenset[Kind] = frozenset()

        def start(self, now: datetime) -> Egg:
            return Egg(now)

        def step(self, state: Egg, event: Event, now: datetime) -> tuple[Egg, Sequence[Decision]]:
            return state, ()

        def due(self, state: Egg) -> datetime | None:
            return state.rings

    engine = Engine((Stuck(),))
    with pytest.raises(RuntimeError, match="stuck"):
        engine.step(engine.start(T), Tick(T), T)


def test_an_engine_of_no_rules_only_keeps_time() -> None:
    engine = Engine(())
    state, found = engine.step(engine.start(T), motion(T + M), T + M)
    assert (state.now, engine.due(state), found) == (T + M, None, ())


def test_replay_yields_what_came_of_each_event() -> None:
    engine = Engine((Timer("one", 5 * M),))
    told = list(replay(engine, engine.start(T), [(motion(T), T), (Tick(T + 5 * M), T + 5 * M)]))
    assert [[type(d) for d in found] for _, found in told] == [[Clear], [Raise]]
    assert told[-1][0].now == T + 5 * M
