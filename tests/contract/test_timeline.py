"""What every timeline promises. Today there is one; the suite runs over each that is made."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from alerts.timeline.port import Timeline
from rules.model import DeviceId, HomeId, Kind, Origin, Reading

T = datetime(2026, 11, 12, tzinfo=UTC)
H1, H2 = HomeId("h-1"), HomeId("h-2")


def said(minutes: float, device: str = "door", kind: Kind = Kind.CONTACT, value: float = 1) -> Reading:
    return Reading(DeviceId(device), kind, value, T + timedelta(minutes=minutes), Origin.EVENT)


def _sql() -> Timeline:
    import django
    from django.conf import settings

    if not settings.configured:
        if "SHOUWANG_ALERTS" not in os.environ:
            folder = Path(tempfile.mkdtemp(prefix="shouwang-timeline-"))
            (folder / "data").mkdir()
            (folder / "alerts.toml").write_text('[service]\ndata = "data"\n[channels.log]\n')
            os.environ["SHOUWANG_ALERTS"] = str(folder / "alerts.toml")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alerts.settings")
        django.setup()
    from django.core.management import call_command
    from django.db import connection

    from alerts.timeline.models import Sample
    from alerts.timeline.sql import SqlTimeline

    if Sample._meta.db_table not in connection.introspection.table_names():
        call_command("migrate", verbosity=0, interactive=False)
    Sample.objects.all().delete()
    return SqlTimeline()


@pytest.fixture(params=[_sql], ids=["sql"])
def timeline(request: pytest.FixtureRequest) -> Iterator[Timeline]:
    yield request.param()
    from django.db import connection

    connection.close()


def test_what_goes_in_comes_out_the_same(timeline: Timeline) -> None:
    readings = (said(0), said(1, "mat", Kind.BED, 0), said(2, "hr", Kind.HEART_RATE, 71.5))
    timeline.append(H1, readings)
    assert tuple(timeline.span(H1, T, T + timedelta(hours=1))) == readings


def test_every_kind_and_origin_survives(timeline: Timeline) -> None:
    readings = [Reading(DeviceId("d"), kind, 1, T, origin) for kind in Kind for origin in Origin]
    timeline.append(H1, readings)
    assert list(timeline.span(H1, T, T + timedelta(seconds=1))) == readings


def test_a_span_includes_its_beginning_and_not_its_end(timeline: Timeline) -> None:
    timeline.append(H1, [said(m) for m in range(5)])
    found = timeline.span(H1, T + timedelta(minutes=1), T + timedelta(minutes=3))
    assert [r.at for r in found] == [said(1).at, said(2).at]


def test_homes_do_not_mix(timeline: Timeline) -> None:
    timeline.append(H1, [said(0)])
    timeline.append(H2, [said(0, "other")])
    assert [r.device for r in timeline.span(H2, T, T + timedelta(hours=1))] == ["other"]


def test_late_readings_stand_in_their_place(timeline: Timeline) -> None:
    timeline.append(H1, [said(9)])
    timeline.append(H1, [said(3), said(3, "mat")])
    found = timeline.span(H1, T, T + timedelta(hours=1))
    assert [(r.at, r.device) for r in found] == [
        (said(3).at, "door"),
        (said(3).at, "mat"),
        (said(9).at, "door"),
    ]


def test_instants_are_the_same_whatever_zone_they_are_written_in(timeline: Timeline) -> None:
    china = timezone(timedelta(hours=8))
    timeline.append(H1, [Reading(DeviceId("d"), Kind.SOS, 1, T.astimezone(china))])
    (found,) = timeline.span(H1, T.astimezone(china), T + timedelta(seconds=1))
    assert found.at == T


def test_ten_thousand_at_once(timeline: Timeline) -> None:
    timeline.append(H1, [said(n / 100) for n in range(10_000)])
    assert len(timeline.span(H1, T, T + timedelta(days=1))) == 10_000


def test_nothing_is_fine(timeline: Timeline) -> None:
    timeline.append(H1, ())
    assert len(timeline.span(H1, T, T + timedelta(days=1))) == 0


def test_naive_instants_are_refused(timeline: Timeline) -> None:
    naive = T.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        timeline.append(H1, [Reading(DeviceId("d"), Kind.SOS, 1, naive)])
    with pytest.raises(ValueError, match="time zone"):
        timeline.span(H1, naive, T)


def test_thinning_keeps_each_devices_first_reading_of_an_hour(timeline: Timeline) -> None:
    timeline.append(H1, [said(m) for m in range(0, 120, 10)])
    timeline.append(H1, [said(5, "mat", Kind.BED)])
    before = T + timedelta(minutes=90)
    assert timeline.thin(before) == 7
    kept = [(r.device, r.at) for r in timeline.span(H1, T, T + timedelta(hours=3))]
    assert kept == [
        ("door", said(0).at),
        ("mat", said(5).at),
        ("door", said(60).at),
        *(("door", said(m).at) for m in (90, 100, 110)),
    ]
    assert timeline.thin(before) == 0
