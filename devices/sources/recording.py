"""Reads a recording: what happened in a home, as the journal or a CSV wrote it down."""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TypeAlias
from zoneinfo import ZoneInfo

from rules.model import Clear, DeviceId, Event, Kind, Raise, Reading
from rules.record import BadRecordError, decode

Watch: TypeAlias = Callable[[float], None]  # is told now and then how much was read, from 0 to 1
_OFTEN = 1000  # lines between two such words
COLUMNS = ["home", "device", "kind", "value", "at"]


class BadRecordingError(ValueError):
    """A recording that cannot be read; the message names file, line and what is wrong there."""


def events(
    path: Path, home: str | None, zone: ZoneInfo, watch: Watch | None = None
) -> Iterator[tuple[Event, datetime]]:
    """Each event with the instant it was taken, in the file's order; decisions of a journal are left out.

    `*.csv` and `*.csv.gz` hold `home,device,kind,value,at` with times local to `zone`; every other file holds
    one record a line. `home` picks one home of a CSV; None takes all. Raises BadRecordingError.
    """
    name = path.name.removesuffix(".gz")
    with path.open("rb") as raw, _text(raw, path) as text:
        lines = text if watch is None else _watched(text, raw, path.stat().st_size, watch)
        yield from _rows(lines, path, home, zone) if name.endswith(".csv") else _lines(lines, path)


def homes(path: Path) -> tuple[str, ...]:
    """The homes of a CSV recording, in the order they first appear. Raises BadRecordingError."""
    with path.open("rb") as raw, _text(raw, path) as text:
        return tuple(dict.fromkeys(row[0] for _, row in _table(text, path)))


def _text(raw: IO[bytes], path: Path) -> TextIOWrapper:
    if path.suffix == ".gz":
        return TextIOWrapper(gzip.GzipFile(fileobj=raw), encoding="utf-8", newline="")
    return TextIOWrapper(raw, encoding="utf-8", newline="")


def _watched(text: Iterable[str], raw: IO[bytes], size: int, watch: Watch) -> Iterator[str]:
    for number, line in enumerate(text):
        if number % _OFTEN == 0:
            watch(raw.tell() / max(size, 1))
        yield line
    watch(1.0)


def _lines(text: Iterable[str], path: Path) -> Iterator[tuple[Event, datetime]]:
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        try:
            record = decode(line)
        except BadRecordError as error:
            raise BadRecordingError(f"{path}:{number}: {error}") from error
        if not isinstance(record.item, Raise | Clear):
            yield record.item, record.now


def _table(text: Iterable[str], path: Path) -> Iterator[tuple[int, list[str]]]:
    rows = csv.reader(text)
    if next(rows, None) != COLUMNS:
        raise BadRecordingError(f"{path}:1: the first line must read {','.join(COLUMNS)}")
    for number, row in enumerate(rows, 2):
        if len(row) != len(COLUMNS):
            raise BadRecordingError(f"{path}:{number}: {len(row)} fields, {len(COLUMNS)} are needed")
        yield number, row


def _rows(
    text: Iterable[str], path: Path, home: str | None, zone: ZoneInfo
) -> Iterator[tuple[Event, datetime]]:
    last: dict[str, datetime] = {}
    for number, row in _table(text, path):
        if home is not None and row[0] != home:
            continue
        try:
            reading = _reading(row, zone, last.get(row[0]))
        except ValueError as error:
            raise BadRecordingError(f"{path}:{number}: {error}") from error
        last[row[0]] = reading.at
        yield reading, reading.at


def _reading(row: list[str], zone: ZoneInfo, last: datetime | None) -> Reading:
    value = float(row[3])
    if not math.isfinite(value):
        raise ValueError(f"{row[3]} is not a finite number")
    return Reading(DeviceId(row[1]), Kind(row[2]), value, _instant(row[4], zone, last))


def _instant(text: str, zone: ZoneInfo, last: datetime | None) -> datetime:
    """UTC. The hour that a clock tells twice in autumn is told apart by the order of the rows."""
    local = datetime.fromisoformat(text)
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    at = local.replace(tzinfo=zone).astimezone(UTC)
    later = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return later if last is not None and at < last <= later else at
