"""The desk: hears a signal about an alert, and writes what becomes of it, all in one transaction."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import cache
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from alerts.conf import conf, ladder_file
from alerts.core import ladder, lifecycle
from alerts.core.alert import (
    URGENCY,
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
    Summon,
    Taken,
    TellHome,
    TimeUp,
    Unreachable,
    Worsened,
)
from alerts.core.fold import Deed, settle
from alerts.core.ladder import TRIAL, Ladders
from alerts.core.roster import Person
from alerts.desk import models, notices, state, store
from alerts.desk.people import name, people
from alerts.registry.models import Home
from rules.model import Clear, Raise

_TRIES = 8  # against writers in other processes; on SQLite the first one serves
_FEW = 8_000  # codes in use, up to which four digits serve
_WORDS = {
    Opened: "opened",
    Worsened: "worsened",
    Cleared: "cleared",
    Called: "called",
    Taken: "taken",
    Declined: "declined",
    Unreachable: "unreachable",
    Arrived: "arrived",
    HelpNeeded: "help",
    Closed: "closed",
    TimeUp: "time_up",
}


@cache
def ladders() -> Ladders:
    """The ladders of the settings. Raises LadderError, OSError."""
    path = ladder_file(conf())
    return ladder.parse(path.read_text(encoding="utf-8"), str(path))


def tell(alert: UUID | str, signal: Signal, now: datetime) -> Alert:
    """The alert after this signal. Late and repeated signals are noted and do no harm.

    Raises models.Alert.DoesNotExist; store.ConflictError if other writers never let go.
    """
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                return _fold(store.get(alert), signal, now)
        except store.ConflictError:
            if not left:
                raise
    raise AssertionError("unreachable: the last try returns or raises")


def open_or_worsen(home: str, found: Raise, now: datetime) -> Alert:
    """The alert of this finding: a new one, or the open one with its news."""
    try:
        with transaction.atomic():
            if row := store.open_row(home, found.key):
                return _fold(row, _news(row, found), now)
            return _open(home, found, now)
    except IntegrityError:  # another intake opened it, or took the same code, a moment ago
        with transaction.atomic():
            row = store.open_row(home, found.key)
            return _fold(row, _news(row, found), now) if row else _open(home, found, now)


def clear(home: str, gone: Clear, now: datetime) -> Alert | None:
    """The finding's open alert after the sensor's all-clear; None if there is none."""
    row = store.open_row(home, gone.key)
    return tell(row.pk, Cleared(), now) if row else None


def tried(home: str, now: datetime) -> None:
    """Nobody tries the home's sensors any more: what they still see is no test."""
    for row in store.still_open().filter(home_id=home, facts__has_key="test"):
        alert = state.load(row)
        if alert.cleared_at is not None:
            tell(row.pk, Closed("", Cause.TEST), now)
            continue
        facts = {key: fact for key, fact in alert.facts.items() if key != "test"}
        open_or_worsen(home, Raise(alert.key, alert.severity, alert.raised_at, facts), now)


def _open(home: str, found: Raise, now: datetime) -> Alert:
    plan = TRIAL if found.facts.get("test") else ladders().plan(found.key.split(":", 1)[0], found.severity)
    alert = lifecycle.fresh(str(uuid4()), home, found, plan, _code(now), now)
    store.insert(alert)
    return _fold(store.get(alert.id), Opened(), now)


def _code(now: datetime) -> str:
    """A code that no open alert has: of four digits, or of six when nearly all of those are in use."""
    taken = store.codes(now)
    codes = range(1000, 10000) if len(taken) < _FEW else range(900_000, 1_000_000)
    return secrets.choice([code for code in map(str, codes) if code not in taken])


def _news(row: models.Alert, found: Raise) -> Worsened:
    kind, old = found.key.split(":", 1)[0], state.load(row)
    severity = found.severity if URGENCY[found.severity] > URGENCY[old.severity] else old.severity
    plan = TRIAL if old.test and found.facts.get("test") else ladders().plan(kind, severity)
    return Worsened(severity, dict(found.facts), plan)


def _fold(row: models.Alert, signal: Signal, now: datetime) -> Alert:
    before = state.load(row)
    around = people(row.home)
    after, deeds = settle(before, signal, now, around)
    changed = after != before
    if changed:
        store.save(row, after)
    _tell_story(before, after, signal, now)
    for deed in deeds:
        _do(after, row.home, deed, around, now)
    return after


def _tell_story(before: Alert, after: Alert, signal: Signal, now: datetime) -> None:
    late = after == before
    if late and isinstance(signal, TimeUp | Opened | Called | Worsened | Cleared):
        return  # nobody said anything: nothing to tell
    data, who = _details(before, after, signal)
    store.note(after.id, now, _WORDS[type(signal)], who, data | ({"late": 1} if late else {}))


def _details(before: Alert, after: Alert, signal: Signal) -> tuple[dict[str, object], str]:
    said: dict[str, object]
    match signal:
        case Taken(by) | Declined(by) | Arrived(by) | HelpNeeded(by) | Unreachable(by):
            return {"person": by}, name(by)
        case Closed(by, cause, note):
            said = {"person": by, "cause": cause.value}
            return said | ({"note": note} if note else {}), name(by)
        case TimeUp():
            due = before.due.isoformat() if before.due else ""
            return {"due": due, "status": before.status.value}, name(before.owner) if before.owner else ""
        case Opened() | Worsened():
            return {"severity": after.severity.value, "facts": dict(after.facts)}, ""
        case _:
            return {"cause": after.cause.value} if after.cause else {}, ""


def _do(alert: Alert, home: Home, deed: Deed, around: tuple[Person, ...], now: datetime) -> None:
    match deed.effect:
        case Summon(rung, repeat):
            _summon(alert, home, rung, repeat, deed.people, now)
        case Remind(who, repeat):
            _remind(alert, home, who, repeat, around, now)
        case StandDown(owner):
            told = notices.stand_down(alert, home, owner, name(owner) if owner else "", around, now)
            if told:
                store.note(alert.id, now, "stood_down", _names(told))
        case TellHome():
            store.home_changed(alert.home)
            store.note(alert.id, now, "told_home", "", {"status": alert.status.value})


def _summon(
    alert: Alert, home: Home, rung: int, repeat: int, found: tuple[Person, ...], now: datetime
) -> None:
    roles = list(alert.plan.rungs[rung].roles)
    if not found:
        store.note(alert.id, now, "nobody", "", {"rung": rung, "repeat": repeat, "roles": roles})
        return
    notices.summon(alert, home, rung, repeat, found, now)
    store.note(alert.id, now, "summoned", _names(found), {"rung": rung, "repeat": repeat, "roles": roles})


def _remind(
    alert: Alert, home: Home, who: str, repeat: int, around: tuple[Person, ...], now: datetime
) -> None:
    for person in [person for person in around if person.id == who][:1]:
        notices.remind(alert, home, repeat, person, now)
    store.note(alert.id, now, "reminded", name(who))


def _names(found: tuple[Person, ...]) -> str:
    return "、".join(person.name for person in found)
