"""Plays a recording to the rules that are rehearsed, and shows how far it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from devices.sources.recording import BadRecordingError, Watch
from gateway.recorded import known, recorded
from gateway.rehearsal import tally
from gateway.rehearsal.outcome import Outcome
from gateway.rehearsal.said import Said
from gateway.rehearsal.variants import Variant
from rules.difference import Pair, differ
from rules.home import Home
from rules.model import DeviceId
from rules.rehearsal import Course, rehearse, since


@dataclass(frozen=True, slots=True)
class Recording:
    """A file, which home of it, from when on it counts, and to when time goes on after it."""

    path: Path
    of: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def play(home: Home, variants: tuple[Variant, ...], recording: Recording, said: Said) -> Outcome:
    """What each of the variants would have found. Raises BadRecordingError, where nothing is recorded too."""
    strangers: Counter[DeviceId] = Counter()
    engines = [variant.engine for variant in variants]
    with _progress(said) as watch:
        taken = known(recorded(recording.path, home, recording.of, watch), home, strangers)
        course = rehearse(engines, taken, recording.until)
    if course is None:
        raise BadRecordingError(f"{recording.path} holds no event of a sensor that the home names")
    notes = [said.word("strangers", {"n": n, "device": device}) for device, n in strangers.most_common()]
    if recording.since is not None:
        first = said.full(course.first.astimezone(home.zone).date())
        notes.insert(0, said.word("learned", {"first": first}))
        course = since(course, recording.since)
    return Outcome(course, variants, _pairs(course), said, tuple(notes))


def _pairs(course: Course) -> tuple[Pair, ...]:
    match course.found:
        case (left, right):
            return differ(left, right, course.last)
        case (found, *_):
            return tally.alone(found)
    return ()


@contextmanager
def _progress(said: Said) -> Iterator[Watch]:
    """A bar on the screen while it lasts; nothing where no person looks on."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(said.word("progress"), total=1.0)
        yield lambda share: bar.update(task, completed=share)
