"""Writes a rehearsal as one HTML page that needs nothing else: figures, kinds, and each day as a strip."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.metadata import version
from pathlib import Path

from gateway.rehearsal import diary, tally
from gateway.rehearsal.days import days, lanes
from gateway.rehearsal.outcome import Outcome
from gateway.rehearsal.strip import mark
from gateway.rehearsal.tally import Count
from rules.difference import Side

_CSS = Path(__file__).with_name("report.css")
_LOGO = (
    '<svg class="logo" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7"/>'
    '<path d="M16 6 7 13v12h18V13z"/><circle cx="16" cy="19" r="2.8"/></svg>'
)


def report(outcome: Outcome) -> str:
    """The whole page."""
    rows = days(outcome.course, outcome.said.home, outcome.pairs)
    rooms = lanes(outcome.course, outcome.said.home)
    body = (
        _head(outcome),
        _tiles(outcome, len(rows)),
        _kinds(outcome),
        diary.diary(outcome, rows, rooms),
        diary.table(outcome, rows, rooms),
        _foot(outcome),
    )
    return f"{_preamble(outcome)}<main>\n{''.join(body)}</main>\n</body>\n</html>\n"


def _preamble(outcome: Outcome) -> str:
    said = outcome.said
    lang = "zh-Hans" if said.code == "zh" else said.code
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(said.word('title'))} · {escape(said.home.id)}</title>\n"
        f"<style>\n{_CSS.read_text('utf-8')}</style>\n</head>\n<body>\n"
    )


def _head(outcome: Outcome) -> str:
    said, course = outcome.said, outcome.course
    lead = said.word("lead_two" if outcome.two else "lead")
    sets = "".join(_set(outcome, i) for i in range(len(outcome.variants)))
    period = f"{escape(said.period(course))}<span>{escape(said.length(course))}</span>"
    title = f"<p class=over>{escape(said.word('title'))}</p><h1>{escape(said.home.id)}</h1>"
    return (
        f"<header>{_LOGO}<div>{title}<p class=period>{period}</p></div></header>\n"
        f"<p class=lead>{escape(lead)}</p>\n<dl class=sets>{sets}</dl>\n"
    )


def _set(outcome: Outcome, i: int) -> str:
    """One set of rules: what people call it, and who demands its numbers."""
    variant = outcome.variants[i]
    title, source = variant.about(outcome.said.code)
    letter = f"<b class=letter>{'AB'[i]}</b> " if outcome.two else ""
    changed = "".join(f" <code>{escape(change)}</code>" for change in variant.changes)
    told = "" if i and variant.name == outcome.variants[0].name else escape(source)  # once is enough
    return f"<div><dt>{letter}{escape(title)}{changed}</dt><dd class=muted>{told}</dd></div>"


def _tiles(outcome: Outcome, count: int) -> str:
    """Four figures; a file of words says what each is."""
    said = outcome.said
    cells = (
        f"<li><b>{value}</b> <span>{escape(said.word(name, {'days': count}))}</span></li>"
        for name, value in _figures(outcome, count)
    )
    return f"<ul class=tiles>{''.join(cells)}</ul>\n"


def _figures(outcome: Outcome, count: int) -> Iterator[tuple[str, str]]:
    pairs = outcome.pairs
    if outcome.two:
        sides = [pair.side for pair in pairs]
        for side in (Side.LEFT, Side.BOTH, Side.RIGHT):
            yield f"{side}_tile", f"{sides.count(side)}"
    else:
        yield "found", f"{len(pairs)}"
        yield "rate", f"{tally.monthly(len(pairs), outcome.course.days):.1f}"
        yield "grave", f"{tally.grave(pairs)}"
    yield "calm", f"{tally.calm(pairs, count, outcome.said.zone)}"


def _kinds(outcome: Outcome) -> str:
    said = outcome.said
    if not outcome.pairs:
        return f"<p class=nothing>{escape(said.word('nothing'))}</p>\n"
    names = ("kind", "severity", *_columns(outcome), "median", "longest")
    head = "".join(f"<th scope=col>{escape(said.word(name))}</th>" for name in names)
    rows = "".join(_kind(row, outcome) for row in tally.counts(outcome.pairs, outcome.course.last))
    alike = f"<p class=nothing>{escape(said.word('alike'))}</p>" if outcome.alike else ""
    inner = f"<table class=kinds><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    title = f"<h2>{escape(said.word('by_kind'))}</h2>"
    return f"<section>{title}{alike}<div class=wide>{inner}</div></section>\n"


def _columns(outcome: Outcome) -> tuple[str, ...]:
    return ("left", "both", "right") if outcome.two else ("times", "per30")


def _kind(row: Count, outcome: Outcome) -> str:
    said = outcome.said
    per = f"{tally.monthly(row.times, outcome.course.days):.1f}"
    numbers = (row.left, row.both, row.right) if outcome.two else (row.times, per)
    cells = (*map(str, numbers), said.span(row.median), said.span(row.longest))
    told = "".join(f"<td class=num>{escape(cell)}</td>" for cell in cells)
    severity = f"{mark(row.severity)} {escape(said.word(row.severity))}"
    name = escape(said.title(row.kind))
    return f"<tr><th scope=row>{name}</th><td class={row.severity.value}>{severity}</td>{told}</tr>"


def _foot(outcome: Outcome) -> str:
    return f"<footer>{''.join(f'<p>{escape(line)}</p>' for line in _remarks(outcome))}</footer>\n"


def _remarks(outcome: Outcome) -> Iterator[str]:
    said = outcome.said
    for variant in outcome.variants:
        names = ", ".join(variant.engine.rules)
        yield said.word("watching", {"label": variant.label, "names": names})
    yield from outcome.notes
    yield said.word("note")
    yield said.word("made", {"version": version("shouwang"), "zone": said.zone.key})
