"""What an MQTT message may hold, read without ever raising: JSON tables, flags, numbers, addresses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final, TypeAlias

import msgspec

from devices.families import MqttCodec, Verdict

MAX: Final = 65_536  # bytes of one message
Table: TypeAlias = dict[str, Any]

_decode = msgspec.json.Decoder().decode
_MAC: Final = re.compile(r"[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}")
_TRUE: Final = frozenset({"true", "1", "on", "yes"})
_FALSE: Final = frozenset({"false", "0", "off", "no"})
_LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)  # recorded frames carry no time that matters


def table(payload: bytes, refused: Counter[str]) -> Table | None:
    """The JSON object of a message, or None and a refusal counted."""
    found = value(payload)
    if isinstance(found, dict):
        return found
    refused["message too big" if len(payload) > MAX else "message is no JSON object"] += 1
    return None


def value(payload: bytes) -> object:
    """The JSON value of a message; None where it holds none."""
    if len(payload) > MAX:
        return None
    try:
        return _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def text(payload: bytes) -> str:
    """The message as text, cut to 200 characters."""
    return payload[:200].decode(errors="replace").strip()


def flag(said: object) -> bool | None:
    """True or False however it is written (true, 1, "on" …); None for anything else."""
    match said:
        case bool():
            return said
        case int() | float() if said in (0, 1):
            return bool(said)
        case str() if said.lower() in _TRUE:
            return True
        case str() if said.lower() in _FALSE:
            return False
    return None


def number(said: object, low: float, high: float) -> float | None:
    """A number within its bounds; texts that hold one count ("98")."""
    if isinstance(said, str):
        try:
            said = float(said[:40])
        except ValueError:
            return None
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return said if isfinite(said) and low <= said <= high else None


def mac(said: str) -> str | None:
    """A hardware address as AA:BB:CC:DD:EE:FF."""
    if not _MAC.fullmatch(said):
        return None
    digits = said.replace(":", "").replace("-", "").upper()
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def recorded(codec: MqttCodec, frame: Mapping[str, object]) -> Verdict:
    """What one recorded message says to a codec that has heard nothing before."""
    match frame.get("raw"):
        case {"topic": str(topic), "payload": str(payload), **rest}:
            told = codec.feed(topic, payload.encode(), _LONG_AGO, rest.get("retain") is True)
            return told, None if told else next(iter(codec.refused), None)
    return (), "no topic and payload"
