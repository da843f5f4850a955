"""Writes the notices that a deed of the desk calls for: outbox rows, their ids derived and never random."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

from alerts.channels.lineup import carrier
from alerts.conf import conf
from alerts.core.alert import Alert, Status
from alerts.core.roster import Person
from alerts.desk import links, models, texts
from alerts.registry.models import Home

SUMMON, REMIND, STAND_DOWN = "summon", "remind", "stand_down"


def notice_id(alert: str, kind: str, rung: int, repeat: int, person: str, channel: str) -> UUID:
    """The same call of the same person by the same channel has the same id, whenever it is worked out."""
    return uuid5(UUID(alert), f"{kind}/{rung}/{repeat}/{person}/{channel}")


def summon(alert: Alert, home: Home, rung: int, repeat: int, people: Iterable[Person], now: datetime) -> None:
    """A notice to each, by the rung's first channel that reaches them."""
    for person in people:
        if means := _means(alert, rung, person):
            _write(alert, home, SUMMON, rung, repeat, person, means[0], now)


def instead(notice: models.Notice, alert: Alert, home: Home, person: Person, now: datetime) -> bool:
    """The same call by the rung's next channel, after `notice` failed; False if there is none."""
    means = _means(alert, notice.rung, person)
    carriers = [carrier(conf(), word) for word in means]
    after = carriers.index(notice.channel) + 1 if notice.channel in carriers else len(carriers)
    if after >= len(means):
        return False
    _write(alert, home, SUMMON, notice.rung, notice.repeat, person, means[after], now)
    return True


def remind(alert: Alert, home: Home, repeat: int, person: Person, now: datetime) -> None:
    """Asks the one who went how it stands."""
    if means := _means(alert, alert.rung, person):
        _write(alert, home, REMIND, alert.rung, repeat, person, means[0], now)


def stand_down(
    alert: Alert, home: Home, owner: str, name: str, people: Iterable[Person], now: datetime
) -> tuple[Person, ...]:
    """Tells those who may be getting ready that they need not go; drops what was not sent. Returns whom."""
    waiting = models.Notice.objects.filter(alert_id=alert.id, kind__in=(SUMMON, REMIND), status="queued")
    waiting.update(status="dropped", next_at=None)
    gone = {p.phone for p in people if p.id == owner}  # by whatever other role their phone was called too
    wanted = {id_ for id_ in alert.called if id_ != owner and id_ not in alert.out}
    ready = (p for p in people if p.id in wanted and p.phone not in gone and _getting_ready(alert, p.id))
    told = tuple({person.phone: person for person in ready}.values())
    for person in told:
        if means := _means(alert, alert.called[person.id], person):
            _write(alert, home, STAND_DOWN, alert.rung, alert.repeat, person, means[0], now, owner, name)
    return told


def wanted(row: models.Notice) -> bool:
    """It still makes sense to send it: nothing that the person was told since, or has done, overtook it."""
    closed = row.alert.status == Status.CLOSED.value
    if row.kind == REMIND:
        return not closed and row.alert.owner == row.person
    if row.kind == STAND_DOWN:
        return closed or (row.alert.owner != row.person and not _overtaken(row, SUMMON, 1))
    return not closed and not _overtaken(row, STAND_DOWN, 0)


def _overtaken(row: models.Notice, kind: str, by: int) -> bool:
    """A notice of this kind to the same person is newer by at least so many calls."""
    theirs = models.Notice.objects.filter(alert_id=row.alert_id, person=row.person, kind=kind)
    newer = theirs.exclude(status="dropped").values_list("repeat", "rung")
    return any(call >= (row.repeat, row.rung + by) for call in newer)


def _getting_ready(alert: Alert, person: str) -> bool:
    """A summons may have reached them, and no word since that they need not go."""
    theirs = models.Notice.objects.filter(alert_id=alert.id, person=person)
    calls = theirs.filter(kind=SUMMON).exclude(status__in=("dropped", "failed"))
    last = max(calls.values_list("repeat", "rung"), default=None)
    stops = theirs.filter(kind=STAND_DOWN).values_list("repeat", "rung")
    return last is not None and all(stop < last for stop in stops)


def _means(alert: Alert, rung: int, person: Person) -> tuple[str, ...]:
    rungs = alert.plan.rungs  # a finding that worsened may have changed to a shorter ladder
    return tuple(word for word in rungs[min(rung, len(rungs) - 1)].channels if word in person.addresses)


def _write(
    alert: Alert,
    home: Home,
    kind: str,
    rung: int,
    repeat: int,
    person: Person,
    means: str,
    now: datetime,
    owner: str = "",
    name: str = "",
) -> None:
    channel = carrier(conf(), means)
    id_ = notice_id(alert.id, f"{kind}:{owner}" if owner else kind, rung, repeat, person.id, channel)
    token = links.make(id_) if kind != STAND_DOWN else ""
    link = f"{conf().service.base_url}/w/{token}" if token else ""
    models.Notice.objects.get_or_create(
        id=id_,
        defaults={
            "alert_id": UUID(alert.id),
            "kind": kind,
            "person": person.id,
            "name": person.name,
            "channel": channel,
            "address": person.addresses[means],
            "text": texts.text(_template(kind, alert), alert, home, person.language, link, name),
            "token": token,
            "rung": rung,
            "repeat": repeat,
            "created_at": now,
            "next_at": now,
        },
    )


def _template(kind: str, alert: Alert) -> str:
    return "closed" if kind == STAND_DOWN and alert.status is Status.CLOSED else kind
