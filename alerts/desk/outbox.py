"""The courier's side of the notices: claimed before they are sent, so that a crash is seen; settled after."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, When

from alerts.channels import port
from alerts.core.alert import URGENCY, Alert, Status, Unreachable
from alerts.desk import bell, models, notices, state, store
from alerts.desk.desk import tell
from alerts.desk.people import people
from alerts.desk.process import lives, myself

OUTCOMES = frozenset({"delivered", "undelivered", "failed"})
LEASE = timedelta(seconds=30)  # longer than a channel may take; after it a cut-short try is looked into
_OPEN = ("queued", "sending")
_URGENT_FIRST = Case(
    *(When(alert__severity=severity.value, then=-rank) for severity, rank in URGENCY.items()), default=0
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A notice to send now. `again`: an earlier try broke or was cut short, and may have gone out."""

    notice: port.Notice
    tries: int
    again: bool


def claim(now: datetime, busy: Collection[UUID] = (), limit: int = 50) -> Sequence[Claim]:
    """What is due to be sent, the most urgent first, marked as being sent. `busy` is what this process is
    sending at the moment."""
    rows = models.Notice.objects.filter(next_at__lte=now, status__in=_OPEN).exclude(pk__in=busy)
    if limit <= 0 or not rows.exists():
        return []  # without the lock that a transaction takes
    first = rows.select_related("alert").order_by(_URGENT_FIRST, "next_at")[:limit]
    with transaction.atomic():
        return [c for row in first if (c := _claim(row, now)) is not None]


def _claim(row: models.Notice, now: datetime) -> Claim | None:
    same = models.Notice.objects.filter(pk=row.pk, status=row.status, next_at=row.next_at)
    fresh = row.kind == notices.SUMMON and not row.tries  # what overtakes it drops it in the same transaction
    if not fresh and not notices.wanted(row):
        same.update(status="dropped", next_at=None)
        return None
    if not same.update(status="sending", next_at=now + LEASE, tries=F("tries") + 1, holder=myself()):
        return None  # another courier was quicker
    return Claim(_port(row), row.tries + 1, row.tries > 0)


def release(now: datetime) -> int:
    """At the start of a courier: what processes of this machine held that are no more is due at once."""
    held = models.Notice.objects.filter(status="sending").values_list("pk", "holder")
    gone = [pk for pk, holder in held if holder == myself() or not lives(holder)]
    return models.Notice.objects.filter(pk__in=gone, status="sending").update(next_at=now)


def next_try() -> datetime | None:
    """When the next notice is due to be sent."""
    rows = models.Notice.objects.filter(next_at__isnull=False, status__in=_OPEN).order_by("next_at")
    return rows.values_list("next_at", flat=True).first()


def sent(id_: UUID, provider_id: str, now: datetime) -> None:
    """The provider has it; word of its delivery may have come before this."""
    with transaction.atomic():
        row = models.Notice.objects.get(pk=id_)
        if row.status in ("sent", "delivered"):
            return
        models.Notice.objects.filter(pk=id_).update(
            status="sent", sent_at=now, next_at=None, provider_id=provider_id, error=""
        )
        store.note(row.alert_id, now, "sent", row.name, _data(row))
        early = models.Callback.objects.filter(provider_id=provider_id).order_by("id") if provider_id else ()
        for word in early:
            _outcome(models.Notice.objects.get(pk=id_), word.status, word.error, now)
            word.delete()
        bell.ring()


def later(id_: UUID, error: str, at: datetime, now: datetime) -> None:
    """It did not go, and may at `at`; unless nobody wants it any more."""
    with transaction.atomic():
        row = models.Notice.objects.select_related("alert").get(pk=id_)
        wanted = notices.wanted(row)
        models.Notice.objects.filter(pk=id_, status="sending").update(
            status="queued" if wanted else "dropped", next_at=at if wanted else None, error=error[:300]
        )
        if row.error != error[:300]:
            store.note(row.alert_id, now, "retry", row.name, _data(row) | {"error": error[:300]})


def failed(id_: UUID, error: str, now: datetime) -> None:
    """It never will go this way: the next channel's turn, or the next rung's."""
    with transaction.atomic():
        _fail(models.Notice.objects.get(pk=id_), error, now)


def callback(provider_id: str, status: str, error: str, now: datetime) -> None:
    """What a provider reports. Kept for later if the sending is not on record yet."""
    with transaction.atomic():
        row = models.Notice.objects.filter(provider_id=provider_id).first()
        if row is None:
            models.Callback.objects.create(provider_id=provider_id, status=status, error=error, at=now)
            return
        _outcome(row, status, error, now)


def _outcome(row: models.Notice, status: str, error: str, now: datetime) -> None:
    if row.status == "delivered" or (row.status == "failed" and status != "delivered"):
        return
    if status != "delivered":
        _fail(row, error or status, now)
        return
    models.Notice.objects.filter(pk=row.pk).update(status="delivered", delivered_at=now, next_at=None)
    store.note(row.alert_id, now, "delivered", row.name, _data(row))
    bell.ring()


def _fail(row: models.Notice, error: str, now: datetime) -> None:
    models.Notice.objects.filter(pk=row.pk).update(status="failed", error=error[:300], next_at=None)
    store.note(row.alert_id, now, "failed", row.name, _data(row) | {"error": error[:300]})
    bell.ring()
    if row.kind != notices.SUMMON:
        return
    alert = store.get(row.alert_id)
    if not _instead(row, state.load(alert), alert, now):
        tell(row.alert_id, Unreachable(row.person), now)


def _instead(row: models.Notice, alert: Alert, alert_row: models.Alert, now: datetime) -> bool:
    person = next((p for p in people(alert_row.home) if p.id == row.person), None)
    if person is None or alert.status is not Status.OPEN:
        return False
    return notices.instead(row, alert, alert_row.home, person, now)


def _data(row: models.Notice) -> dict[str, object]:
    return {"notice": str(row.pk), "channel": row.channel, "kind": row.kind, "rung": row.rung}


def _port(row: models.Notice) -> port.Notice:
    return port.Notice(
        row.pk, row.alert_id, row.person, row.channel, row.address, row.text, row.token, row.created_at
    )
