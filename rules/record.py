"""One format for the journal's row, the uplink's line and a recording: a JSON object a line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeAlias, assert_never

import msgspec

from rules.model import (
    Clear,
    ClockStepped,
    Decision,
    DeviceId,
    Event,
    Kind,
    Mode,
    ModeSet,
    Origin,
    Raise,
    Reading,
    Severity,
    Swapped,
    Tick,
    Unheard,
)

Item: TypeAlias = Event | Decision
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)  # a clock that was never set shows 1970, or less
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class BadRecordError(ValueError):
    """A line that is no record; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened in one home: `seq` counts from 1 without a gap, `now` is when it was taken."""

    seq: int
    now: datetime
    item: Item


_Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class _Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    device: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    kind: Kind
    value: float
    at: _Instant
    origin: Origin


class _Tick(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    at: _Instant


class _Mode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mode: Mode
    at: _Instant
    by: str
    until: _Instant | None = None
    order: int = 0


class _Clock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    by: timedelta
    at: _Instant


class _Swap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    old: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    new: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    at: _Instant


class _Unheard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    since: _Instant
    at: _Instant


class _Raise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    severity: Severity
    at: _Instant
    facts: dict[str, str | float]


class _Clear(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    at: _Instant


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"raise_": "raise"}):
    seq: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    now: _Instant
    reading: _Reading | None = None
    raise_: _Raise | None = None
    clear: _Clear | None = None
    mode: _Mode | None = None
    clock: _Clock | None = None
    swap: _Swap | None = None
    unheard: _Unheard | None = None
    tick: _Tick | None = None


class _Out(msgspec.Struct, omit_defaults=True, rename={"raise_": "raise"}):
    seq: int
    now: datetime
    reading: Reading | None = None
    raise_: Raise | None = None
    clear: Clear | None = None
    mode: ModeSet | None = None
    clock: ClockStepped | None = None
    swap: Swapped | None = None
    unheard: Unheard | None = None
    tick: Tick | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode


def encode(seq: int, now: datetime, item: Item) -> bytes:
    """One line, without its newline."""
    match item:
        case Reading():
            return _encode(_Out(seq, now, reading=item))
        case Raise():
            return _encode(_Out(seq, now, raise_=item))
        case Clear():
            return _encode(_Out(seq, now, clear=item))
        case ModeSet():
            return _encode(_Out(seq, now, mode=item))
        case ClockStepped():
            return _encode(_Out(seq, now, clock=item))
        case Swapped():
            return _encode(_Out(seq, now, swap=item))
        case Unheard():
            return _encode(_Out(seq, now, unheard=item))
        case Tick():
            return _encode(_Out(seq, now, tick=item))
        case _:
            assert_never(item)


def decode(line: bytes | str) -> Record:
    """The record of one line. Raises BadRecordError on anything else: unknown keys, naive times, NaN."""
    try:
        row = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRecordError(str(error)) from error
    parts = (row.reading, row.raise_, row.clear, row.mode, row.clock, row.swap, row.unheard, row.tick)
    there = [part for part in parts if part is not None]
    if len(there) != 1:
        raise BadRecordError(
            f"record {row.seq} holds {len(there)} items; "
            "it must hold one of reading, raise, clear, mode, clock, swap, unheard, tick"
        )
    item = _item(there[0])
    _plausible(row.seq, row.now, item)
    return Record(row.seq, row.now, item)


def _plausible(seq: int, now: datetime, item: Item) -> None:
    """A calendar ends; no arithmetic on an instant that passed here reaches its end."""
    for at in (now, item.at):
        if not EARLIEST <= at <= LATEST:
            raise BadRecordError(f"record {seq}: {at.isoformat()} is no time to live in")
    if isinstance(item, ModeSet) and item.until and not EARLIEST <= item.until <= LATEST:
        raise BadRecordError(f"record {seq}: a mode until {item.until.isoformat()} never ends")
    if isinstance(item, Unheard) and not EARLIEST <= item.since <= item.at:
        raise BadRecordError(f"record {seq}: unheard since {item.since.isoformat()}, which is no time before")
    if isinstance(item, ClockStepped) and abs(item.by) > LATEST - EARLIEST:
        raise BadRecordError(f"record {seq}: no clock is set by {item.by.days} days")


def _item(wire: _Reading | _Raise | _Clear | _Mode | _Clock | _Swap | _Unheard | _Tick) -> Item:
    match wire:
        case _Reading():
            return _reading(wire)
        case _Raise():
            return Raise(wire.key, wire.severity, wire.at, _facts(wire.facts))
        case _Clear():
            return Clear(wire.key, wire.at)
        case _Mode():
            return ModeSet(wire.mode, wire.at, wire.by, wire.until, wire.order)
        case _Clock():
            return ClockStepped(wire.by, wire.at)
        case _Swap():
            return Swapped(DeviceId(wire.old), DeviceId(wire.new), wire.at)
        case _Unheard():
            return Unheard(wire.since, wire.at)
        case _Tick():
            return Tick(wire.at)


def _reading(wire: _Reading) -> Reading:
    if not math.isfinite(wire.value):
        raise BadRecordError(f"reading of {wire.device}: {wire.value} is not a finite number")
    return Reading(DeviceId(wire.device), wire.kind, wire.value, wire.at, wire.origin)


def _facts(facts: Mapping[str, str | float]) -> dict[str, str | float]:
    if len(facts) > 50:
        raise BadRecordError(f"{len(facts)} facts in one finding; 50 is the most")
    return dict(facts)
