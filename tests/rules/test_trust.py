"""A sensor that lies: the engine asks the trust rule first, and no other rule hears life in a lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from rules.engine import Engine
from rules.model import Clear, Decision, DeviceId, Event, Kind, Origin, Raise, Reading, Severity, Unheard
from rules.record import decode, encode

T = datetime(2026, 11, 21, 8, tzinfo=UTC)
LIAR, HONEST = DeviceId("liar"), DeviceId("honest")


@dataclass(frozen=True, slots=True)
class Lies:
    """How many readings were folded."""

    count: int = 0


@dataclass(frozen=True, slots=True)
class Doubt:
    """Believes the liar no more from its second reading on, and says so."""

    name: str = "doubt"
    kinds: frozenset[Kind] = field(default=frozenset({Kind.MOTION}))

    def start(self, now: datetime) -> Lies:
        return Lies()

    def step(self, state: Lies, event: Event, now: datetime) -> tuple[Lies, Sequence[Decision]]:
        if not isinstance(event, Reading) or event.device != LIAR:
            return state, ()
        found = (Raise("doubt", Severity.TROUBLE, now),) if state.count == 1 else ()
        return Lies(state.count + 1), found

    def due(self, state: Lies) -> datetime | None:
        return None

    def believes(self, state: Lies, reading: Reading) -> bool:
        return reading.device != LIAR or state.count < 2


@dataclass(frozen=True, slots=True)
class Ears:
    """Repeats each reading's origin."""

    name: str = "ears"
    kinds: frozenset[Kind] = field(default=frozenset({Kind.MOTION, Kind.SMOKE}))

    def start(self, now: datetime) -> Lies:
        return Lies()

    def step(self, state: Lies, event: Event, now: datetime) -> tuple[Lies, Sequence[Decision]]:
        match event:
            case Reading():
                return state, (Clear(event.origin, now),)
            case Unheard():
                return state, (Clear("unheard", now),)
        return state, ()

    def due(self, state: Lies) -> datetime | None:
        return None


def heard(*readings: Event) -> list[str]:
    engine, said = Engine((Ears(),), Doubt()), []
    state = engine.start(T)
    for reading in readings:
        state, found = engine.step(state, reading, T)
        said += [decision.key for decision in found]
    return said


def test_a_lie_is_no_event_to_the_other_rules() -> None:
    motion = Reading(LIAR, Kind.MOTION, 1.0, T)
    assert heard(motion, motion, motion) == ["event", "doubt", "synthetic", "synthetic"]


def test_only_what_the_trust_rule_watches_is_doubted() -> None:
    motion, smoke = (Reading(LIAR, kind, 1.0, T) for kind in (Kind.MOTION, Kind.SMOKE))
    assert heard(motion, motion, smoke)[-1] == "event"


def test_others_are_believed_and_a_replay_stays_one() -> None:
    motion, old = Reading(LIAR, Kind.MOTION, 1.0, T), Reading(LIAR, Kind.MOTION, 1.0, T, Origin.REPLAY)
    assert heard(motion, motion, Reading(HONEST, Kind.MOTION, 1.0, T))[-1] == "event"
    assert heard(motion, motion, old)[-1] == "replay"


def test_what_was_unheard_reaches_every_rule_and_survives_the_disk() -> None:
    unheard = Unheard(T - timedelta(hours=3), T)
    assert heard(unheard) == ["unheard"]
    assert decode(encode(7, T, unheard)).item == unheard
