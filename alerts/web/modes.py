"""What the home's page shows of what was said of the home, and which sensors a walk test has found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from alerts.desk import modes
from alerts.desk.models import HomeMode
from alerts.registry import forms
from alerts.registry.models import Device, Home
from alerts.timeline.port import Timeline
from alerts.web import words
from alerts.web.shapes import Moded, Said, Tried
from rules.model import DeviceId, HomeId, Mode, Origin, Reading
from rules.strict import span

LASTS: Final = ("30m", "2h", "4h", "12h", "1d", "3d", "7d", "14d", "30d")  # that the form offers
_PAST = 6  # of what was said before


def moded(home: Home, timeline: Timeline, now: datetime) -> Moded:
    """The home's mode now, what was said lately, and, in a test, each sensor."""
    current = modes.running(now).filter(home=home).order_by("-order").first()
    past = home.modes.order_by("-order")[:_PAST]
    test = current is not None and current.mode == Mode.TEST.value
    readings = timeline.span(HomeId(home.pk), current.said_at, now) if current and test else ()
    return Moded(
        zone=forms.zone(home.zone),
        now=said(current) if current else None,
        waits=bool(past) and past[0].reached_at is None,
        past=tuple(said(row) for row in past),
        tried=tuple(_tried(home.devices.all(), readings)) if test else (),
    )


def running(homes: Iterable[str], now: datetime) -> Mapping[str, Said]:
    """Of these homes, those that are not simply at home."""
    rows = modes.running(now).filter(home_id__in=list(homes)).order_by("order")
    return {row.home_id: said(row) for row in rows}


def said(row: HomeMode) -> Said:
    """A row in words."""
    return Said(
        mode=row.mode,
        word=words.word(words.MODES, row.mode),
        name=row.name,
        note=row.note,
        at=row.said_at,
        until=row.until,
        reached_at=row.reached_at,
        ended_at=row.ended_at,
    )


def lasts(text: str) -> timedelta | None:
    """One of LASTS; None for anything else: then what is usual for the mode holds."""
    return span(text) if text in LASTS else None


def offers() -> Sequence[tuple[str, str]]:
    """LASTS in words."""
    return [(text, words.duration(wait.total_seconds() / 60)) for text in LASTS if (wait := span(text))]


def _tried(devices: Iterable[Device], readings: Sequence[Reading]) -> Iterable[Tried]:
    heard = {reading.device: reading for reading in readings}
    seen = {reading.device: reading for reading in readings if _sign(reading)}
    for device in sorted(devices, key=lambda one: (one.room, one.name)):
        id_ = DeviceId(device.pk)
        sign, word = seen.get(id_), heard.get(id_)
        what = words.word(words.READINGS, sign.kind.value) if sign else ""
        yield Tried(device.room, device.name or device.pk, what, sign.at if sign else None, bool(word))


def _sign(reading: Reading) -> bool:
    """Somebody set the sensor off, just now."""
    return reading.origin is Origin.EVENT and reading.value > 0 and reading.kind.value in words.READINGS
