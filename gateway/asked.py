"""What a person asks a command for: instants, homes and profiles, or why they cannot be had."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.notes import Notes
from gateway.profiles import profile as find
from gateway.settings import HomePart, SettingsError, read_home
from rules.catalogue import BadProfileError, build
from rules.engine import Engine
from rules.home import Home

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def instant(text: str | None, option: str) -> datetime | None:
    """The instant that `option` says. Raises BadParameter, where it has no zone too."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}", param_hint=option) from error
    if at.tzinfo is None:
        raise click.BadParameter(f"{text} says no zone; write {text}+08:00", param_hint=option)
    return at.astimezone(UTC)


def home(path: Path) -> HomePart:
    """The home of a file. Raises ClickException with every mistake in it."""
    try:
        return read_home(path)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def engine(name: str, watched: Home) -> Engine:
    """What the profile of that name makes of a home. Raises ClickException with every mistake in it."""
    notes = Notes(Path("--profile"))
    found = find(name, "", notes)
    if found is None:
        raise click.ClickException("\n".join(map(str, notes.all())))
    try:
        return build(found[1], watched, found[0])
    except BadProfileError as error:
        raise click.ClickException(str(error)) from error
