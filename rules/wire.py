"""What travels between a gateway and the centre, sealed with the gateway's key (HMAC-SHA256).

A sealed message is 64 hex digits of MAC, a space, and the content. The MAC covers the scope too (home and
direction), so a message cannot be played to another home or another lane. Topics:

    shouwang/1/<home>/up/<lane>   a Batch, QoS 1; lane is "alarm" or "telemetry"
    shouwang/1/<home>/down        an Ack (not retained) or a Word (retained), QoS 1
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, TypeAlias

import msgspec

from rules.model import Mode
from rules.record import BadRecordError, Record, decode

ROOT = "shouwang/1"
MAX_BATCH = 900_000  # bytes; below the 1 MiB at which brokers stop by default
MAC = 64


class Lane(StrEnum):
    """Alarms never queue behind telemetry."""

    ALARM = "alarm"
    TELEMETRY = "telemetry"


class ForgedError(ValueError):
    """The seal does not fit the content, the scope and the key."""


_Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
_Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who sends a batch: `journal` names the gateway's journal file, so a new one may count from 1 again."""

    gateway: _Name
    journal: _Name
    sent: _Instant
    count: Annotated[int, msgspec.Meta(ge=0, le=100_000)]
    down: str = (
        ""  # digest of the last Word the home has applied, so that the centre says it again if it was lost
    )


class Ack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="ack"):
    """The centre has stored everything of this lane of this journal up to and including `seq`."""

    lane: Lane
    journal: _Name
    seq: Annotated[int, msgspec.Meta(ge=0)]


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the centre says of one open alert, for the lamp and the loudspeaker in the home."""

    key: str
    status: str  # alerts.core's status: open, taken, arrived
    text: str = ""


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mode that somebody at the centre said of the home: it holds until one of a greater `order`."""

    order: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    mode: Mode
    by: Annotated[str, msgspec.Meta(max_length=80)]
    at: _Instant
    until: _Instant | None = None


class Word(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type", tag="word"
):
    """The whole of what the home must know now; it replaces the Word before it."""

    at: _Instant
    alerts: tuple[Told, ...] = ()
    mode: Wish | None = None


Down: TypeAlias = Ack | Word
_encode = msgspec.json.Encoder().encode
_head = msgspec.json.Decoder(Head).decode
_down = msgspec.json.Decoder(Ack | Word).decode


def up_topic(home: str, lane: Lane) -> str:
    """Where a home's batches of one lane go."""
    return f"{ROOT}/{home}/up/{lane}"


def down_topic(home: str) -> str:
    """Where the centre's words for a home go."""
    return f"{ROOT}/{home}/down"


def seal(key: bytes, scope: str, content: bytes) -> bytes:
    """The content behind its MAC."""
    return _mac(key, scope, content) + b" " + content


def unseal(key: bytes, scope: str, sealed: bytes) -> bytes:
    """The content, if key and scope fit. Raises ForgedError."""
    content = sealed[MAC + 1 :]
    if not hmac.compare_digest(sealed[:MAC], _mac(key, scope, content)):
        raise ForgedError(
            f"the seal of a message for {scope} does not fit; do gateway and registry hold the same key?"
        )
    return content


def _mac(key: bytes, scope: str, content: bytes) -> bytes:
    return hmac.new(key, scope.encode() + b"\n" + content, sha256).hexdigest().encode()


def batch(key: bytes, topic: str, head: Head, lines: Sequence[bytes]) -> bytes:
    """A sealed batch: the head's line, then one line a record."""
    return seal(key, topic, b"\n".join((_encode(head), *lines)))


def sender(payload: bytes) -> Head:
    """The head of a batch *before* its seal is checked: only good to find the key. Raises BadRecordError."""
    try:
        return _head(payload[MAC + 1 :].split(b"\n", 1)[0])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRecordError(f"no head of a batch: {error}") from error


def unbatch(key: bytes, topic: str, payload: bytes) -> tuple[Head, tuple[Record, ...]]:
    """The head and the records of a batch. Raises ForgedError or BadRecordError; never half a batch."""
    first, *lines = unseal(key, topic, payload).split(b"\n")
    try:
        head = _head(first)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRecordError(f"no head of a batch: {error}") from error
    if head.count != len(lines):
        raise BadRecordError(f"the head announces {head.count} records, {len(lines)} are there")
    records = tuple(decode(line) for line in lines)
    if any(b.seq <= a.seq for a, b in pairwise(records)):
        raise BadRecordError("the records of a batch must be in the order of their seq")
    return head, records


def say(key: bytes, home: str, down: Down) -> bytes:
    """A sealed message for the home."""
    return seal(key, down_topic(home), _encode(down))


def hear(key: bytes, home: str, payload: bytes) -> Down:
    """The centre's message. Raises ForgedError or BadRecordError."""
    try:
        word: Down = _down(unseal(key, down_topic(home), payload))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRecordError(f"no word of the centre: {error}") from error
    return word


def digest(word: Word) -> str:
    """Names what a Word says, whenever it was said."""
    said = word.alerts if word.mode is None else (word.alerts, word.mode)
    return sha256(_encode(said)).hexdigest()[:16]
