"""The second fold: one signal more in the life of an alert, and what must follow from it. Pure.

The ladder never ends: until somebody closes the alert, it has a due. Late and repeated signals do no harm.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from alerts.core.alert import (
    URGENCY,
    Alert,
    Arrived,
    Called,
    Cause,
    Cleared,
    Closed,
    Declined,
    Effect,
    HelpNeeded,
    Opened,
    Plan,
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

HELP_AGAIN = timedelta(minutes=1)  # a second call for help within this time is the same call
Step: TypeAlias = tuple[Alert, tuple[Effect, ...]]


def fresh(id: str, home: str, found: Raise, plan: Plan, code: str, now: datetime) -> Alert:  # noqa: A002
    """The alert of a new finding, before its first signal, `Opened`."""
    return Alert(id, home, found.key, found.severity, code, now, found.at, plan, now, dict(found.facts))


def step(alert: Alert, signal: Signal, now: datetime) -> Step:
    """Fold one signal. Where it changes nothing, the very same alert comes back, with no effects."""
    if alert.status is Status.CLOSED:
        return alert, ()
    match signal:
        case Opened():
            return _opened(alert, now)
        case Worsened():
            return _worsened(alert, signal, now)
        case Cleared():
            return _cleared(alert, now)
        case Called():
            return _called(alert, signal, now)
        case Taken(by):
            return _taken(alert, by, now)
        case Declined(by) | Unreachable(by):
            return _out(alert, by, now, signal)
        case Arrived(by):
            return _arrived(alert, by, now)
        case HelpNeeded():
            return _help(alert, now)
        case Closed(by, cause, _):
            return _close(alert, by, cause, now)
        case TimeUp():
            return _time_up(alert, now)
        case _:
            assert_never(signal)


def _opened(alert: Alert, now: datetime) -> Step:
    if alert.rung >= 0:
        return alert, ()
    alert, effects = _climb(alert, now, now)
    return alert, (*effects, TellHome())


def _worsened(alert: Alert, news: Worsened, now: datetime) -> Step:
    rises = URGENCY[news.severity] > URGENCY[alert.severity]
    forgotten = _forgotten(alert, now)
    facts = dict(news.facts)
    serious = alert.test and not facts.get("test")
    if not alert.test:
        facts.pop("test", None)  # what was no test does not become one
    if not (rises or serious) and dict(alert.facts) == facts and alert.cleared_at is None:
        return alert, ()
    alert = replace(alert, facts=facts, cleared_at=None)
    if rises or serious:
        alert = replace(alert, severity=news.severity, plan=news.plan)
    if forgotten:
        alert = replace(alert, status=Status.OPEN, owner="")
    if not (rises or serious or forgotten):
        return alert, ()
    alert, effects = _climb(replace(alert, rung=-1, repeat=alert.repeat + 1), now, now)
    return alert, (*effects, TellHome())


def _forgotten(alert: Alert, now: datetime) -> bool:
    """The finding was over, the visit too, and nobody closed it: what comes now is a new call for help."""
    if alert.status is not Status.ARRIVED or alert.arrived_at is None or alert.cleared_at is None:
        return False
    return now - alert.arrived_at >= alert.plan.visit


def _cleared(alert: Alert, now: datetime) -> Step:
    if alert.test and not alert.called and alert.status is Status.OPEN:
        return _close(alert, "", Cause.TEST, now)
    if alert.severity is Severity.TROUBLE and not alert.called and alert.status is Status.OPEN:
        return _close(alert, "", Cause.CLEARED, now)
    return (replace(alert, cleared_at=now), ()) if alert.cleared_at is None else (alert, ())


def _called(alert: Alert, call: Called, now: datetime) -> Step:
    if (call.rung, call.repeat) != (alert.rung, alert.repeat):
        return alert, ()
    if call.people:
        called = dict(alert.called) | dict.fromkeys(call.people, call.rung)
        return replace(alert, called=called, out=alert.out - set(call.people)), ()
    return (alert, ()) if alert.top else _climb(alert, now, now)


def _taken(alert: Alert, by: str, now: datetime) -> Step:
    if alert.status is not Status.OPEN:
        return alert, ()  # somebody has it; a second pair of hands is noted in the story, no more
    due = now + alert.plan.arrival
    alert = replace(alert, status=Status.TAKEN, owner=by, due=due, out=alert.out - {by})
    return alert, (StandDown(by), TellHome())


def _out(alert: Alert, who: str, now: datetime, signal: Declined | Unreachable) -> Step:
    if alert.owner == who and isinstance(signal, Declined):
        freed = replace(alert, status=Status.OPEN, owner="", out=alert.out | {who})
        freed, effects = _climb(freed, now, now)
        return freed, (*effects, TellHome())
    if who in alert.out or who not in alert.called or who == alert.owner:
        return alert, ()
    alert = replace(alert, out=alert.out | {who})
    waiting = alert.status is Status.OPEN and alert.called[who] == alert.rung and not alert.top
    return _climb(alert, now, now) if waiting else (alert, ())


def _arrived(alert: Alert, by: str, now: datetime) -> Step:
    if alert.status is Status.ARRIVED:
        return alert, ()
    told: tuple[Effect, ...] = (StandDown(by),) if alert.owner != by else ()
    due = now + alert.plan.visit
    alert = replace(alert, status=Status.ARRIVED, owner=by, due=due, arrived_at=now)
    return alert, (*told, TellHome())


def _help(alert: Alert, now: datetime) -> Step:
    if alert.helped_at is not None and now - alert.helped_at < HELP_AGAIN:
        return alert, ()
    return _climb(replace(alert, helped_at=now), now, now)


def _close(alert: Alert, by: str, cause: Cause, now: datetime) -> Step:
    alert = replace(alert, status=Status.CLOSED, due=None, cause=cause, closed_at=now)
    told: tuple[Effect, ...] = (StandDown(by),) if alert.called else ()
    return alert, (*told, TellHome())


def _time_up(alert: Alert, now: datetime) -> Step:
    if alert.due is None or alert.due > now:
        return alert, ()
    if alert.status is Status.OPEN:
        return _climb(alert, alert.due, now)
    if alert.status is Status.TAKEN:  # on the way, and never seen at the door
        freed, effects = _climb(replace(alert, status=Status.OPEN, owner=""), alert.due, now)
        return freed, (*effects, TellHome())
    due = _after(alert.due, alert.plan.visit, now)
    alert = replace(alert, due=due, repeat=alert.repeat + 1)
    return alert, (Remind(alert.owner, alert.repeat),)


def _climb(alert: Alert, since: datetime, now: datetime) -> Step:
    """To the next rung, or the top once more. The wait counts from `since`: after an outage every rung that
    was missed is called, but the top only once."""
    if alert.top and alert.rung >= 0:
        alert = replace(alert, repeat=alert.repeat + 1)
        due = _after(since, alert.plan.repeat, now)
    else:
        alert = replace(alert, rung=alert.rung + 1)
        due = (
            _after(since, alert.plan.repeat, now) if alert.top else since + alert.plan.rungs[alert.rung].wait
        )
    rung = alert.plan.rungs[alert.rung]
    if alert.status is Status.OPEN:
        alert = replace(alert, due=due)
    return alert, (Summon(alert.rung, alert.repeat),) if rung.roles else ()


def _after(since: datetime, every: timedelta, now: datetime) -> datetime:
    """The first instant after `now` on the beat that began at `since`."""
    missed = max(0, (now - since) // every)
    return since + every * (missed + 1)
