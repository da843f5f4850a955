"""Reads and writes alerts and their stories. Every write of an alert is a compare-and-swap on its version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError
from django.db.models import F, QuerySet

from alerts.core import story
from alerts.core.alert import Alert, Status
from alerts.desk import bell, models, state

_OPEN = tuple(status.value for status in Status if status is not Status.CLOSED)
_QUIET = timedelta(days=1)  # in which nobody else gets a closed alert's code: late replies name it


class ConflictError(DatabaseError):
    """Somebody else wrote the alert in between; take it again."""


def get(id: UUID | str) -> models.Alert:  # noqa: A002  the field's own name
    """The row of an alert. Raises models.Alert.DoesNotExist."""
    return models.Alert.objects.select_related("home__area").get(pk=id)


def open_row(home: str, key: str) -> models.Alert | None:
    """The alert of this finding that is not closed, if there is one."""
    return still_open().select_related("home__area").filter(home_id=home, key=key).first()


def still_open() -> QuerySet[models.Alert]:
    """The alerts that are not closed. Asked so that an index serves, whatever has been closed in years."""
    return models.Alert.objects.filter(status__in=_OPEN)


def insert(alert: Alert) -> models.Alert:
    """A new alert's row."""
    row = state.row(alert)
    row.save(force_insert=True)
    bell.ring()
    return row


def save(row: models.Alert, alert: Alert) -> None:
    """The alert as it stands now. Raises ConflictError."""
    same = models.Alert.objects.filter(pk=row.pk, version=row.version)
    if not same.update(version=F("version") + 1, **state.columns(alert)):
        raise ConflictError(f"alert {row.pk} is no longer at version {row.version}")
    bell.ring()


def note(
    alert: UUID | str, at: datetime, what: str, who: str = "", data: Mapping[str, object] | None = None
) -> None:
    """One more entry of the alert's story. `what` is a word that the console translates."""
    last = models.Entry.objects.filter(alert_id=alert).order_by("-n").first()
    line = story.Line(last.n + 1 if last else 1, at, what, who[:80], dict(data or {}))
    mac = story.link(last.hash if last else story.START, str(alert), line)
    models.Entry.objects.create(
        alert_id=alert, n=line.n, at=line.at, what=line.what, who=line.who, data=line.data, hash=mac
    )


def chain(alert: UUID | str) -> Sequence[tuple[story.Line, str]]:
    """The alert's story with its hashes, oldest first."""
    rows = models.Entry.objects.filter(alert_id=alert).order_by("n")
    return [(story.Line(e.n, e.at, e.what, e.who, e.data), e.hash) for e in rows]


def codes(now: datetime) -> frozenset[str]:
    """The codes of all alerts that are not closed, or were closed lately."""
    lately = models.Alert.objects.filter(closed_at__gt=now - _QUIET)
    return frozenset(still_open().values_list("code", flat=True)) | frozenset(
        lately.values_list("code", flat=True)
    )


def due(now: datetime, limit: int = 100) -> Sequence[UUID]:
    """Alerts whose due has come, the longest waiting first."""
    rows = models.Alert.objects.filter(due__lte=now).order_by("due")
    return list(rows.values_list("id", flat=True)[:limit])


def next_due() -> datetime | None:
    """The earliest due of all."""
    rows = models.Alert.objects.filter(due__isnull=False).order_by("due")
    return rows.values_list("due", flat=True).first()


def home_changed(home: str) -> None:
    """The home must be told how its alerts stand."""
    models.HomeWord.objects.get_or_create(home_id=home)
    models.HomeWord.objects.filter(home_id=home).update(version=F("version") + 1)
    bell.ring()
