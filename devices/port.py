"""The two plugs: a codec turns bytes into readings, a source owns one connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from rules.model import Reading


class Codec(Protocol):
    """Sans-I/O decoder of one byte stream. Never raises on noise: what it cannot read it skips and counts."""

    def feed(self, data: bytes, at: datetime) -> Sequence[Reading]:
        """The readings that these bytes complete."""


class TopicCodec(Protocol):
    """Sans-I/O decoder of one MQTT family. Never raises on noise: what it cannot read it counts by reason."""

    refused: Counter[str]
    memory: bytes | None  # what it learnt and needs after a restart, before the first message comes

    def recall(self, memory: bytes) -> None:
        """Be what an earlier run had learnt."""

    @property
    def topics(self) -> Sequence[str]:
        """The subscriptions it needs."""

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Reading]:
        """The readings of one message, raw: the sieve comes after."""


class Caller(Protocol):
    """Sans-I/O decoder of one sender that calls in and waits for an answer. Never raises on noise."""

    def feed(self, data: bytes, at: datetime) -> Sequence[Reading]:
        """The readings that these bytes complete."""

    def answer(self) -> bytes:
        """What the sender waits for. To be sent when what it said is stored, and not before."""


class Receiver(Protocol):
    """Where senders call in, each on a line of its own."""

    refused: Counter[str]

    def line(self) -> Caller:
        """One more line."""


Emit: TypeAlias = Callable[[Sequence[Sequence[Reading]]], None]
"""Takes the readings of each message that has arrived in one go; returns when all of them are on disk, so
that the source may then acknowledge them. Raises when they are not: the source must not acknowledge."""


class Source(Protocol):
    """One connection. Runs until it breaks; `supervise` starts it again."""

    @property
    def name(self) -> str:
        """The settings' name of it."""

    async def run(self, emit: Emit) -> None:
        """Connect, read, emit. Raises what broke."""
