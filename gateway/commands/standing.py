"""`shouwang rules state`: how a home stood at an instant of a recording, and by what evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import takewhile
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from devices.sources.recording import BadRecordingError
from gateway import asked
from gateway.recorded import known, recorded
from gateway.rehearsal.said import LANGUAGES, Said, said
from rules import explain
from rules.engine import Engine, HomeState
from rules.home import Home
from rules.model import Clear, DeviceId, Event, Raise, Severity, Tick
from rules.standing import Standing, Word, standing

_STYLES = {Word.WELL: "bold green", Word.IN_DOUBT: "bold red", Word.CANNOT_TELL: "bold yellow"}


@click.command()
@click.option("--home", "home_file", type=asked.FILE, required=True, help="A file with one [[home]].")
@click.option("--profile", help="A profile's name or path; without it the one that HOME names.")
@click.option("--of", help="Which home of a CSV recording; HOME's own id unless said.")
@click.option("--at", "moment", help="The instant (ISO, with its zone); the last event's unless said.")
@click.option("--language", type=click.Choice(LANGUAGES), default="zh", show_default=True)
@click.argument("recording", type=asked.FILE)
def state(
    home_file: Path, profile: str | None, of: str | None, moment: str | None, language: str, recording: Path
) -> None:
    """Show whether the home was well at an instant of RECORDING, in doubt, or could not be told."""
    at, part = asked.instant(moment, "--at"), asked.home(home_file)
    strangers: Counter[DeviceId] = Counter()
    engine = part.engine if profile is None else asked.engine(profile, part.home)
    try:
        taken = known(recorded(recording, part.home, of), part.home, strangers)
        stands = _stands(engine, part.home, taken, at)
    except (BadRecordingError, OSError, EOFError, UnicodeDecodeError) as error:
        where = "" if isinstance(error, BadRecordingError) else f"{recording}: "
        raise click.ClickException(f"{where}{error}") from error
    if stands is None:
        raise click.ClickException(f"{recording} holds nothing of this home until then")
    _show(stands, said(language, part.home))
    for device, count in strangers.most_common():
        click.echo(f"{count} readings of {device} left out: {home_file} does not name it", err=True)


def _stands(
    engine: Engine, home: Home, taken: Iterable[tuple[Event, datetime]], at: datetime | None
) -> Standing | None:
    now: HomeState | None = None
    findings: dict[str, Severity] = {}
    for event, when in _until(taken, at):
        now, found = engine.step(engine.start(when) if now is None else now, event, when)
        for decision in found:
            match decision:
                case Raise(key=key, severity=severity):
                    findings[key] = severity
                case Clear(key=key):
                    findings.pop(key, None)
    return None if now is None else standing(engine, now, home, now.now, findings)


def _until(taken: Iterable[tuple[Event, datetime]], at: datetime | None) -> Iterator[tuple[Event, datetime]]:
    """The events up to `at`, and then that it is `at`."""
    if at is None:
        yield from taken
        return
    any_before = False
    for event in takewhile(lambda one: one[1] <= at, taken):
        any_before = True
        yield event
    if any_before:
        yield Tick(at), at


def _show(stands: Standing, words: Said) -> None:
    console = Console()
    console.print(words.stamp(stands.at), style="dim", soft_wrap=True)
    sentence = explain.sentence(
        words.language, f"standing:{stands.word}", stands.facts, words.zone, stands.at
    )
    console.print(escape(sentence), style=_STYLES[stands.word], soft_wrap=True)
    for key in stands.findings:
        console.print(escape(f"· {words.title(key)} ({key})"), soft_wrap=True)
    console.print(_rooms(stands, words))
    if stands.blind:
        console.print(_blind(stands, words))


def _rooms(stands: Standing, words: Said) -> Table:
    table = _table(words, "room", "sign", "ago", "working")
    for room in stands.rooms:
        seen = words.stamp(room.last) if room.last else words.language.terms.get("missing", "–")
        ago = words.span((stands.at - room.last).total_seconds() / 60) if room.last else ""
        table.add_row(escape(words.room(room.name)), seen, ago, f"{room.working}/{room.sensors}")
    return table


def _blind(stands: Standing, words: Said) -> Table:
    table = _table(words, "blind", "room", "why", "since")
    names = {device.id: device.name for device in words.home.devices}
    for one in stands.blind:
        since = words.stamp(one.since) if one.since else ""
        why = words.language.terms.get(one.why, one.why)
        table.add_row(escape(names.get(one.device) or one.device), escape(words.room(one.room)), why, since)
    return table


def _table(words: Said, *columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for name in columns:
        table.add_column(words.language.terms.get(name, name))
    return table
