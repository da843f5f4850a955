"""The day-by-day part of a report: a legend, a strip for each day, and a sentence for each finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape
from itertools import groupby

from gateway.rehearsal.days import DOOR, Day
from gateway.rehearsal.outcome import Outcome, side
from gateway.rehearsal.said import Said
from gateway.rehearsal.strip import HUES, mark, strip
from rules.difference import Pair
from rules.model import Severity
from rules.rehearsal import Found


def diary(outcome: Outcome, rows: Sequence[Day], rooms: Sequence[str]) -> str:
    """Every day as a strip, month by month."""
    months = groupby(rows, lambda day: (day.date.year, day.date.month))
    body = "".join(_month(outcome, tuple(found), rooms) for _, found in months)
    head = f"<h2>{escape(outcome.said.word('by_day'))}</h2>"
    return f"<section class=days>{head}{_legend(outcome, rooms)}{body}</section>\n"


def table(outcome: Outcome, rows: Sequence[Day], rooms: Sequence[str]) -> str:
    """The same without a picture, folded away."""
    said = outcome.said
    names = [said.word("day"), *(lane(said, room) for room in rooms), said.word("raised_at")]
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name in names)
    body = "".join(_row(said, day, rooms) for day in rows)
    inner = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    summary = f"<summary>{escape(said.word('as_table'))}</summary>"
    return f"<details>{summary}<div class=wide>{inner}</div></details>\n"


def lane(said: Said, name: str) -> str:
    """A lane's name for people."""
    if name == DOOR:
        return said.word("door")
    return said.room(name) if name else said.word("elsewhere")


def _month(outcome: Outcome, rows: Sequence[Day], rooms: Sequence[str]) -> str:
    hours = "".join(f"<span>{hour}</span>" for hour in (0, 6, 12, 18, 24))
    name = escape(outcome.said.month(rows[0].date))
    head = f"<div class=axis><h3>{name}</h3><div class=hours aria-hidden=true>{hours}</div></div>\n"
    return head + "".join(_day(outcome, day, rooms) for day in rows)


def _day(outcome: Outcome, day: Day, rooms: Sequence[str]) -> str:
    said = outcome.said
    label = " · ".join((said.day(day.date), f"{said.word('signs')} {day.total}", *_briefly(said, day)))
    empty = "" if day.total else f"<p class=empty>{escape(_nothing(said, day))}</p>"
    why = "".join(_why(outcome, pair) for pair in day.pairs)
    told = f"<ol>{why}</ol>" if why else ""
    css = "day monday" if day.date.weekday() == 0 else "day"
    body = f"{empty}{strip(day, rooms, said, label)}{told}"
    return f'<article class="{css}"><h4>{_date(day.date, said)}</h4><div>{body}</div></article>\n'


def _nothing(said: Said, day: Day) -> str:
    """Why a day is empty, as far as anybody said."""
    return said.word(f"mode_{day.away[0].word}") if day.away else said.word("empty")


def _date(day: date, said: Said) -> str:
    weekday = escape(said.weekday(day))
    css = " class=weekend" if day.weekday() > 4 else ""
    return f'<time datetime="{day.isoformat()}"{css}><b>{day.day}</b> <span>{weekday}</span></time>'


def _why(outcome: Outcome, pair: Pair) -> str:
    """A finding's line: when, what, who found it, why, and how long it held."""
    said, found = outcome.said, pair.one
    by = f" <em class={pair.side.value}>{escape(side(said, pair))}</em>" if outcome.two else ""
    head = f"{mark(found.severity)}<time>{said.clock(found.at)}</time>"
    held = [f"{said.word('held')} {said.held(found)}"]
    held += [said.word("again", {"n": found.news})] if found.news else []
    more = " · ".join(f"<span class=muted>{escape(part)}</span>" for part in held)
    return f"<li class={found.severity.value}>{head}<p>{_told(said, found)}{by} {more}</p></li>"


def _told(said: Said, found: Found) -> str:
    """What and why; what only once where the sentence begins with it."""
    title, why = said.title(found.key), said.why(found)
    if why.startswith(title):
        return f"<b>{escape(title)}</b>{escape(why.removeprefix(title))}"
    return f"<b>{escape(title)}</b> {escape(why)}"


def _legend(outcome: Outcome, rooms: Sequence[str]) -> str:
    items = "".join(f"<li>{item}</li>" for item in _keys(outcome, rooms))
    return f"<ul class=legend>{items}</ul>\n"


def _keys(outcome: Outcome, rooms: Sequence[str]) -> Iterator[str]:
    """What each colour and each mark means; only those that are there."""
    said, course = outcome.said, outcome.course
    for i, name in enumerate(rooms):
        yield f"<i class=h{i % HUES}></i>{escape(lane(said, name))}"
    there = {pair.one.severity for pair in outcome.pairs}
    for severity in (severity for severity in Severity if severity in there):
        yield f"<i class={severity.value}>{mark(severity)}</i>{escape(said.word(severity))}"
    if outcome.two and outcome.pairs:
        yield "<i class=solid></i>A <i class=hollow></i>B"
    yield f"<i class=night></i>{escape(said.word('night'))}"
    if course.modes:
        yield f"<i class=away></i>{escape(said.word('away'))}"
    if course.unheard:
        yield f"<i class=unheard></i>{escape(said.word('unheard'))}"


def _row(said: Said, day: Day, rooms: Sequence[str]) -> str:
    sums = "".join(f"<td class=num>{sum(day.signs.get(room, {}).values())}</td>" for room in rooms)
    found = escape("; ".join(_briefly(said, day)))
    return f"<tr><th scope=row>{escape(said.day(day.date))}</th>{sums}<td>{found}</td></tr>"


def _briefly(said: Said, day: Day) -> Iterator[str]:
    return (f"{said.clock(pair.one.at)} {said.title(pair.one.key)}" for pair in day.pairs)
