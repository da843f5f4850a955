"""`shouwang devices`: what the program makes of a sensor."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from devices.exceptions import Exceptions
from devices.frames import BadFrameError, by_name, decoded
from devices.role import NAMES, Role
from devices.roles import roles
from gateway.commands.swap import swap
from gateway.commands.watch import watch
from gateway.corrections import corrections

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@click.group()
def devices() -> None:
    """Sensors: how each is understood."""


devices.add_command(swap)
devices.add_command(watch)


@devices.command()
@click.argument("file", type=FILE)
def explain(file: Path) -> None:
    """Print what each property of each model of FILE means.

    FILE holds one JSON object a line (or is such a file, gzipped) with vendor, model, exposes and, better,
    description, as Zigbee2MQTT's definitions have them.
    """
    known, bad = corrections(), 0
    for number, line in _lines(file):
        try:
            click.echo(explained(_decode(line), known))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError) as error:
            bad += 1
            click.echo(f"{file}:{number}: no model: {error}", err=True)
    sys.exit(1 if bad else 0)


def explained(model: dict[str, Any], known: Exceptions) -> bytes:
    """One model's line. Raises KeyError when vendor, model or exposes is missing."""
    vendor, name, exposes = str(model["vendor"]), str(model["model"]), model["exposes"]
    listed = exposes if isinstance(exposes, list) else []
    found = roles(listed, vendor, name, str(model.get("description") or ""), known)
    return msgspec.json.encode({"vendor": vendor, "model": name, "roles": [_told(role) for role in found]})


@devices.command()
@click.argument("file", type=FILE)
@click.option("--models", type=FILE, help="Zigbee models with their exposes, one JSON object a line.")
def decode(file: Path, models: Path | None) -> None:
    """Print what each recorded frame of FILE says.

    FILE holds one JSON object a line (or is such a file, gzipped) with id, family, encoding and raw: hex,
    text, or topic and payload. A Zigbee2MQTT frame means what its model exposes: its topic names the model as
    <MODEL>, and --models (or zigbee_models.jsonl.gz beside FILE) knows it; without, its own keys are taken.
    """
    beside = models or file.with_name("zigbee_models.jsonl.gz")
    known = by_name(line for _, line in _lines(beside)) if beside.exists() else {}
    fixes, bad = corrections(), 0
    for number, line in _lines(file):
        try:
            click.echo(decoded(line, known, fixes))
        except BadFrameError as error:
            bad += 1
            click.echo(f"{file}:{number}: no frame: {error}", err=True)
    sys.exit(1 if bad else 0)


def _told(role: Role) -> dict[str, object]:
    return {
        "property": role.property,
        "role": NAMES[role.kind],
        "active": role.active,
        "inactive": role.inactive,
        "confirm": role.confirm,
    }


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as text:
        for number, line in enumerate(text, 1):
            if line.strip():
                yield number, line
