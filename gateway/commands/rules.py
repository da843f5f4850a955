"""`shouwang rules`: rehearse a profile on what was recorded, before it watches a home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import click
import msgspec

from devices.sources.recording import BadRecordingError
from gateway import asked
from gateway.commands.standing import state
from gateway.recorded import known, recorded
from gateway.rehearsal.play import Recording, play
from gateway.rehearsal.report import report
from gateway.rehearsal.said import LANGUAGES, said
from gateway.rehearsal.tables import show
from gateway.rehearsal.variants import VariantError, variants
from rules.engine import Engine, HomeState
from rules.model import Clear, Decision, DeviceId, Event, Raise, Tick

EVERY = 100_000  # events between two lines of progress
_encode = msgspec.json.Encoder().encode


@click.group()
def rules() -> None:
    """The judgements: what recorded days would have raised."""


@rules.command()
@click.option("--profile", help="A profile's name or path; without it the one that HOME names.")
@click.option("--home", "home_file", type=asked.FILE, required=True, help="A file with one [[home]].")
@click.option("--of", help="Which home of a CSV recording; HOME's own id unless said.")
@click.option("--until", help="Let time go on to this instant after the last event (ISO, with its zone).")
@click.argument("recording", type=asked.FILE)
def replay(profile: str | None, home_file: Path, of: str | None, until: str | None, recording: Path) -> None:
    """Print each decision that the rules take over RECORDING, one JSON object a line."""
    end = asked.instant(until, "--until")
    part = asked.home(home_file)
    engine = part.engine if profile is None else asked.engine(profile, part.home)
    strangers: Counter[DeviceId] = Counter()
    try:
        taken = known(recorded(recording, part.home, of), part.home, strangers)
        for now, decision in _decisions(engine, _counted(taken), end):
            click.echo(line(decision, now))
    except (BadRecordingError, OSError, EOFError, UnicodeDecodeError) as error:
        where = "" if isinstance(error, BadRecordingError) else f"{recording}: "
        raise click.ClickException(f"{where}{error}") from error
    for device, count in strangers.most_common():
        click.echo(f"{count} readings of {device} left out: {home_file} does not name it", err=True)


@rules.command()
@click.option("--home", "home_file", type=asked.FILE, required=True, help="A file with one [[home]].")
@click.option("--rules", "profiles", multiple=True, help="A profile; twice to compare two. Else HOME's own.")
@click.option("--set", "changes", multiple=True, help="Change a setting, and compare: section.key=value.")
@click.option("--without", multiple=True, help="Leave a section of the rules out, such as silence.")
@click.option("--of", help="Which home of a CSV recording; HOME's own id unless said.")
@click.option("--since", help="Count from this instant on; before it, only learn (ISO, with its zone).")
@click.option("--until", help="Let time go on to this instant after the last event (ISO, with its zone).")
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write a report there.")
@click.option("--language", type=click.Choice(LANGUAGES), default="zh", show_default=True)
@click.argument("recording", type=asked.FILE)
def rehearse(
    home_file: Path,
    profiles: tuple[str, ...],
    changes: tuple[str, ...],
    without: tuple[str, ...],
    of: str | None,
    since: str | None,
    until: str | None,
    page: Path | None,
    language: str,
    recording: Path,
) -> None:
    """Show when the rules would have raised on RECORDING, for how long, and why."""
    part = asked.home(home_file)
    span = asked.instant(since, "--since"), asked.instant(until, "--until")
    try:
        chosen = variants(part, home_file, profiles, changes, without)
        told = play(part.home, chosen, Recording(recording, of, *span), said(language, part.home))
        show(told)
        if page is not None:
            page.write_text(report(told), "utf-8")
    except VariantError as error:
        raise click.ClickException(str(error)) from error
    except (BadRecordingError, OSError, EOFError, UnicodeDecodeError) as error:
        where = "" if isinstance(error, BadRecordingError) else f"{recording}: "
        raise click.ClickException(f"{where}{error}") from error
    if page is not None:
        click.echo(page)


def line(decision: Decision, now: datetime) -> bytes:
    """A decision as one JSON object: `at` is its own instant, `now` when the program came to know."""
    match decision:
        case Raise(key, severity, at, facts):
            body: Mapping[str, object] = {
                "type": "raise",
                "key": key,
                "severity": severity,
                "at": at,
                "now": now,
                "facts": facts,
            }
        case Clear(key, at):
            body = {"type": "clear", "key": key, "at": at, "now": now}
    return _encode(body)


def _decisions(
    engine: Engine, taken: Iterable[tuple[Event, datetime]], end: datetime | None
) -> Iterator[tuple[datetime, Decision]]:
    state: HomeState | None = None
    for event, now in taken:
        state, found = engine.step(engine.start(now) if state is None else state, event, now)
        for decision in found:
            yield state.now, decision
    if state is None or end is None:
        return
    if end < state.now:
        click.echo(f"--until {end.isoformat()} lies before the last event, {state.now.isoformat()}", err=True)
        return
    for decision in engine.step(state, Tick(end), end)[1]:
        yield end, decision


def _counted(taken: Iterable[tuple[Event, datetime]]) -> Iterator[tuple[Event, datetime]]:
    for count, (event, now) in enumerate(taken, 1):
        if count % EVERY == 0:
            click.echo(f"{count:,} events, {now.isoformat()}", err=True)
        yield event, now


rules.add_command(state)
