"""The desk's whole judgement: the lifecycle, with the roster asked wherever a rung is called. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.core import lifecycle, roster
from alerts.core.alert import Alert, Called, Effect, Signal, Summon
from alerts.core.roster import Person


@dataclass(frozen=True, slots=True)
class Deed:
    """One effect; for a Summon, who was found. An empty list there is a hole in the roster."""

    effect: Effect
    people: tuple[Person, ...] = ()


def settle(
    alert: Alert, signal: Signal, now: datetime, people: Sequence[Person]
) -> tuple[Alert, tuple[Deed, ...]]:
    """Fold the signal, and then each call it leads to, until nothing more follows. Ends: each hole climbs."""
    alert, effects = lifecycle.step(alert, signal, now)
    deeds: tuple[Deed, ...] = ()
    for effect in effects:
        if not isinstance(effect, Summon):
            deeds += (Deed(effect),)
            continue
        found = _found(alert, effect, people)
        called = Called(effect.rung, effect.repeat, tuple(person.id for person in found))
        alert, more = settle(alert, called, now, people)
        deeds += (Deed(effect, found), *more)
    return alert, deeds


def _found(alert: Alert, call: Summon, people: Sequence[Person]) -> tuple[Person, ...]:
    rung = alert.plan.rungs[call.rung]
    top = call.rung == len(alert.plan.rungs) - 1
    return roster.find(rung.roles, people, frozenset() if top else alert.out)
