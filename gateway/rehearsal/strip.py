"""Draws one day of a rehearsal as SVG: a lane for each room, and below them what each set of rules found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from gateway.rehearsal.days import SLOTS, Bar, Day
from gateway.rehearsal.said import Said

LANE = 8  # pixels high, one more apart
TRACK = 11
HUES = 8  # colours of lanes in report.css
_MUCH = 3  # signs of life in five minutes: somebody is busy there
_NIGHT = ((0.0, SLOTS / 4), (SLOTS * 22 / 24, float(SLOTS)))
_SHAPES = {  # as in the console: every severity has a colour, a shape and a word
    "emergency": '<rect x="-4.2" y="-4.2" width="8.4" height="8.4" transform="rotate(45)"/>',
    "urgent": '<path d="M0-5 5 4H-5z"/>',
    "check": '<circle r="4.4"/>',
    "trouble": '<rect x="-4" y="-4" width="8" height="8"/>',
}


def strip(day: Day, lanes: Sequence[str], said: Said, label: str) -> str:
    """The day's picture, as wide as its place. `label` says in words what it shows."""
    tracks = [(side, track) for side, row in enumerate(day.rows) for track in _tracks(row)]
    top = len(lanes) * (LANE + 1)
    height = top + len(tracks) * TRACK + 2
    below = "".join(_track(bars, top + i * TRACK, side, said) for i, (side, bars) in enumerate(tracks))
    return (
        f'<svg class="strip" width="100%" height="{height}" role="img" aria-label="{escape(label)}">'
        f"{_stretched(day, lanes, top)}{_grid(height)}{below}</svg>"
    )


def shape(severity: str) -> str:
    """The mark of a severity, around its centre."""
    return _SHAPES[severity]


def mark(severity: str) -> str:
    """The mark of a severity, to stand in a line of text."""
    return f'<svg class="mark {severity}" viewBox="-6 -6 12 12" aria-hidden="true">{shape(severity)}</svg>'


def _stretched(day: Day, lanes: Sequence[str], height: int) -> str:
    """What may be stretched to the width of the page: a unit is a slot of the day."""
    night = "".join(_rect("night", a, b, 0, height) for a, b in _NIGHT)
    rows = "".join(_lane(day.signs.get(lane, {}), i, len(lanes)) for i, lane in enumerate(lanes))
    gaps = "".join(
        _rect(css, bar.start, bar.end, 0, height)
        for css, bars in (("away", day.away), ("unheard", day.unheard))
        for bar in bars
    )
    box = f'viewBox="0 0 {SLOTS} {max(height, 1)}" preserveAspectRatio="none"'
    return f'<svg {box} width="100%" height="{height}">{night}{rows}{gaps}</svg>'


def _lane(slots: Mapping[int, int], row: int, rows: int) -> str:
    top = row * (LANE + 1)
    base = f'<path class="track" d="M0 {top}h{SLOTS}v{LANE}h-{SLOTS}z"/>'
    some = _path([slot for slot, count in slots.items() if count < _MUCH], top)
    much = _path([slot for slot, count in slots.items() if count >= _MUCH], top)
    hue = row % HUES
    return base + "".join(
        f'<path class="h{hue} {css}" d="{path}"/>' for css, path in (("some", some), ("much", much)) if path
    )


def _path(slots: Sequence[int], top: int) -> str:
    """One path for all stretches of slots that stand side by side."""
    runs: list[list[int]] = []
    for slot in sorted(slots):
        if runs and slot == runs[-1][1]:
            runs[-1][1] += 1
        else:
            runs.append([slot, slot + 1])
    return "".join(f"M{a} {top}h{b - a}v{LANE}h-{b - a}z" for a, b in runs)


def _rect(css: str, start: float, end: float, top: int, height: int) -> str:
    return f'<rect class="{css}" x="{start:.4g}" y="{top}" width="{end - start:.4g}" height="{height}"/>'


def _grid(height: int) -> str:
    hours = ((hour, f"{100 * hour / 24:.3f}%") for hour in (6, 12, 18))
    return "".join(f'<line class="hour" x1="{x}" x2="{x}" y1="0" y2="{height}"/>' for _, x in hours)


def _tracks(bars: Sequence[Bar]) -> list[list[Bar]]:
    """Bars that overlap go one below the other."""
    tracks: list[list[Bar]] = []
    for bar in sorted(bars, key=lambda bar: bar.start):
        free = next((track for track in tracks if track[-1].end + SLOTS / 100 < bar.start), None)
        if free is None:
            tracks.append([bar])
        else:
            free.append(bar)
    return tracks


def _track(bars: Sequence[Bar], top: int, side: int, said: Said) -> str:
    return "".join(_bar(bar, top, side, said) for bar in bars)


def _bar(bar: Bar, top: int, side: int, said: Said) -> str:
    """A finding from its raise to its clear, with its mark where it was raised."""
    if bar.found is None:
        return ""
    left, width = 100 * bar.start / SLOTS, 100 * (bar.end - bar.start) / SLOTS
    told = escape(f"{said.clock(bar.found.at)} {said.title(bar.found.key)}: {said.why(bar.found)}")
    middle = top + TRACK / 2 + 1
    begun = f'<svg x="{left:.2f}%" y="{middle}" overflow="visible"><g>{shape(bar.found.severity)}</g></svg>'
    line = f'<rect class="held" x="{left:.2f}%" y="{middle - 2}" width="{width:.2f}%" height="4" rx="2"/>'
    css = f"{bar.found.severity} side{side}"
    return f'<g class="{css}"><title>{told}</title>{line}{begun if bar.begins else ""}</g>'
