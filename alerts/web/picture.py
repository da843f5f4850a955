"""Lanes as shapes along a percentage axis, so that the SVG needs no script and stretches to any screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from alerts.web import words
from alerts.web.lanes import Bar, Lane, Point, Stretch

_THIN = 0.12  # per cent: below this a bar could not be seen


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: left edge and width in per cent of the axis."""

    x: str
    width: str
    css: str
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """An instant: its place in per cent."""

    x: str
    css: str
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """One lane, drawn."""

    room: str
    name: str
    bars: tuple[Box, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Tick, ...]
    gaps: tuple[Box, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the table that says the same as the picture."""

    at: datetime
    room: str
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An alert as the picture shows it."""

    severity: str
    title: str
    span: Stretch


@dataclass(frozen=True, slots=True)
class Picture:
    """A home's stretch of time."""

    window: Stretch
    offset: int  # minutes that local time is ahead of UTC, for the hair line
    hours: tuple[Tick, ...]
    rows: tuple[Row, ...]
    alerts: tuple[Box, ...]
    events: tuple[Event, ...]


def draw(lanes: Sequence[Lane], marks: Sequence[Mark], window: Stretch, zone: ZoneInfo) -> Picture:
    """The picture of these lanes in the home's local time."""
    return Picture(
        window,
        int((window.until.astimezone(zone).utcoffset() or timedelta()).total_seconds() // 60),
        _hours(window, zone),
        tuple(_row(lane, window, zone) for lane in lanes),
        tuple(_alert(mark, window) for mark in marks),
        tuple(sorted((e for lane in lanes for e in _events(lane, zone)), key=lambda e: e.at)),
    )


def _share(at: datetime, window: Stretch) -> float:
    share = 100 * ((at - window.since) / (window.until - window.since))
    return min(max(share, 0.0), 100.0)


def _per(value: float) -> str:
    return f"{value:.2f}%"


def _box(span: Stretch, window: Stretch, css: str, title: str) -> Box:
    left, right = _share(span.since, window), _share(span.until, window)
    return Box(_per(left), _per(max(right - left, _THIN)), css, title)


def _hours(window: Stretch, zone: ZoneInfo) -> tuple[Tick, ...]:
    """Every full local hour; counted in UTC, so that a day of 23 or 25 hours stays right."""
    first = window.since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    count = int((window.until - first) / timedelta(hours=1)) + 1
    step = 1 if count <= 9 else 3
    hours = (first + timedelta(hours=n) for n in range(count))
    return tuple(
        Tick(_per(_share(at, window)), _hour_css(local, step), f"{local:%H:%M}")
        for at in hours
        if window.since < at < window.until
        for local in (at.astimezone(zone),)
    )


def _hour_css(local: datetime, step: int) -> str:
    if local.hour == 0:
        return "midnight"
    if local.hour % step:
        return "plain"
    return "labelled" if local.hour % (2 * step) == 0 else "labelled between"


def _row(lane: Lane, window: Stretch, zone: ZoneInfo) -> Row:
    moves = tuple(p for p in lane.points if p.kind == "motion")
    marks = tuple(p for p in lane.points if p.kind != "motion")
    return Row(
        words.room(lane.place.room),
        lane.place.name,
        tuple(_box(bar.span, window, _css(bar.kind), _bar_title(bar, zone)) for bar in lane.bars),
        tuple(_tick(point, window, zone) for point in moves),
        tuple(_tick(point, window, zone) for point in marks),
        tuple(_box(gap, window, "gap", _gap_title(gap, zone)) for gap in lane.gaps),
        _summary(lane, zone),
    )


def _css(kind: str) -> str:
    return kind.replace("_", "-")


def _tick(point: Point, window: Stretch, zone: ZoneInfo) -> Tick:
    title = f"{point.at.astimezone(zone):%H:%M} {words.word(words.READINGS, point.kind)}"
    return Tick(_per(_share(point.at, window)), _css(point.kind), title)


def _alert(mark: Mark, window: Stretch) -> Box:
    return _box(mark.span, window, mark.severity, mark.title)


def _bar_title(bar: Bar, zone: ZoneInfo) -> str:
    return f"{_from_to(bar.span, zone)} {words.word(words.READINGS, bar.kind)}"


def _gap_title(gap: Stretch, zone: ZoneInfo) -> str:
    return f"{_from_to(gap, zone)} {_('not heard: cannot tell')}"


def _from_to(span: Stretch, zone: ZoneInfo) -> str:
    return f"{span.since.astimezone(zone):%H:%M}–{span.until.astimezone(zone):%H:%M}"


def _summary(lane: Lane, zone: ZoneInfo) -> str:
    parts = []
    if lane.moves:
        parts.append(_("%(n)d times") % {"n": lane.moves})
    if lane.bars:
        minutes = sum((bar.span.until - bar.span.since).total_seconds() for bar in lane.bars) / 60
        parts.append(
            _("%(n)d × for %(span)s in all") % {"n": len(lane.bars), "span": words.duration(minutes)}
        )
    if lane.gaps:
        minutes = sum((gap.until - gap.since).total_seconds() for gap in lane.gaps) / 60
        parts.append(_("cannot tell for %(span)s") % {"span": words.duration(minutes)})
    return _(", ").join(parts) or _("at rest")


def _events(lane: Lane, zone: ZoneInfo) -> Iterable[Event]:
    room, name = words.room(lane.place.room), lane.place.name
    for point in lane.points:
        yield Event(point.at, room, name, words.word(words.READINGS, point.kind))
    for bar in lane.bars:
        yield Event(bar.span.since, room, name, _bar_title(bar, zone))
    for gap in lane.gaps:
        yield Event(gap.since, room, name, _gap_title(gap, zone))
