"""The timeline in the alert service's own database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Min, QuerySet
from django.db.models.functions import TruncHour

from alerts.timeline.models import Sample
from rules.model import DeviceId, HomeId, Kind, Origin, Reading

_BATCH = 1_000  # rows an INSERT; SQLite takes 32,766 parameters
_FIELDS = ("device", "kind", "value", "at", "origin")


class SqlTimeline:
    """`Sample` rows. Good for a home or a street; a district takes a time-series store."""

    def append(self, home: HomeId, readings: Sequence[Reading]) -> None:
        """Insert in bulk, inside the transaction that is open."""
        Sample.objects.bulk_create((_row(home, reading) for reading in readings), batch_size=_BATCH)

    def span(self, home: HomeId, since: datetime, until: datetime) -> Sequence[Reading]:
        """One query by the index on home and instant."""
        _aware(since, until)
        rows = Sample.objects.filter(home=home, at__gte=since, at__lt=until).order_by("at", "id")
        return tuple(
            Reading(DeviceId(device), Kind(kind), value, at, Origin(origin))
            for device, kind, value, at, origin in rows.values_list(*_FIELDS)
        )

    def move(self, home: HomeId, old: DeviceId, new: DeviceId) -> int:
        """One UPDATE over the home's rows."""
        return Sample.objects.filter(home=home, device=old).update(device=new)

    def thin(self, before: datetime) -> int:
        """Delete all but the first of each device, kind and hour; home by home, so that no alert waits."""
        _aware(before)
        old = Sample.objects.filter(at__lt=before).order_by()
        homes = list(old.values_list("home", flat=True).distinct())
        return sum(_thin(old.filter(home=home)) for home in homes)


def _thin(old: QuerySet[Sample]) -> int:
    hourly = old.annotate(hour=TruncHour("at")).values("device", "kind", "hour")
    first = hourly.annotate(first=Min("id")).values("first")
    return old.exclude(id__in=first).delete()[0]


def _row(home: HomeId, reading: Reading) -> Sample:
    _aware(reading.at)
    return Sample(
        home=home,
        at=reading.at,
        device=reading.device,
        kind=reading.kind.value,
        value=reading.value,
        origin=reading.origin.value,
    )


def _aware(*instants: datetime) -> None:
    for at in instants:
        if at.tzinfo is None:
            raise ValueError(f"{at} has no time zone; the timeline takes aware instants only")
