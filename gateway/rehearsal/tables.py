"""Prints a rehearsal: how often each kind was raised, then each finding with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.rehearsal import tally
from gateway.rehearsal.outcome import Outcome, side
from gateway.rehearsal.tally import Count
from rules.difference import Pair, Side
from rules.model import Severity

_MOST = 200  # findings listed; more are no reading for a screen
_STYLES = {
    Severity.EMERGENCY: "bold red",
    Severity.URGENT: "yellow",
    Severity.CHECK: "blue",
    Severity.TROUBLE: "dim",
}


def show(outcome: Outcome) -> None:
    """Print it on the standard output."""
    console, said = Console(), outcome.said
    for letter, variant in zip("AB", outcome.variants, strict=False):
        head = f"[bold]{letter}[/] " if outcome.two else ""
        console.print(
            f"{head}[bold]{escape(variant.about(said.code)[0])}[/] {escape(variant.label)}", soft_wrap=True
        )
    console.print(
        f"{said.period(outcome.course)} · {said.length(outcome.course)}", style="dim", soft_wrap=True
    )
    if not outcome.pairs:
        console.print(said.word("nothing"))
    else:
        console.print(_kinds(outcome))
        _findings(console, outcome)
    for note in outcome.notes:
        console.print(escape(note), style="dim", soft_wrap=True)


def _kinds(outcome: Outcome) -> Table:
    said = outcome.said
    table = Table(box=SIMPLE_HEAD, title=said.word("by_kind"), title_justify="left", title_style="bold")
    table.add_column(said.word("kind"))
    table.add_column(said.word("severity"))
    for name in (*_columns(outcome), "median", "longest"):
        table.add_column(said.word(name), justify="right")
    for row in tally.counts(outcome.pairs, outcome.course.last):
        table.add_row(escape(said.title(row.kind)), *_numbers(row, outcome), style=_STYLES[row.severity])
    return table


def _columns(outcome: Outcome) -> tuple[str, ...]:
    return ("left", "both", "right") if outcome.two else ("times", "per30")


def _numbers(row: Count, outcome: Outcome) -> Iterator[str]:
    said = outcome.said
    yield said.word(row.severity)
    if outcome.two:
        yield from map(str, (row.left, row.both, row.right))
    else:
        yield f"{row.times}"
        yield f"{tally.monthly(row.times, outcome.course.days):.1f}"
    yield said.span(row.median)
    yield said.span(row.longest)


def _findings(console: Console, outcome: Outcome) -> None:
    """Each finding; of two sets of rules only where they differ."""
    said = outcome.said
    pairs = [pair for pair in outcome.pairs if not outcome.two or pair.side is not Side.BOTH or pair.later]
    if not pairs:
        console.print(said.word("alike"))
        return
    console.print(_list(outcome, pairs[:_MOST]))
    if len(pairs) > _MOST:
        console.print(said.word("more", {"n": len(pairs) - _MOST}))


def _list(outcome: Outcome, pairs: Sequence[Pair]) -> Table:
    said = outcome.said
    table = Table(box=SIMPLE_HEAD)
    for name in ("when", "held", *(("side",) if outcome.two else ()), "why"):
        table.add_column(said.word(name), no_wrap=name != "why", overflow="fold")
    for pair in pairs:
        found = pair.one
        sides = (side(said, pair),) if outcome.two else ()
        cells = (said.stamp(found.at), said.held(found), *sides, said.why(found))
        table.add_row(*map(escape, cells), style=_STYLES[found.severity])
    return table
