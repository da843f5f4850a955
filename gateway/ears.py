"""Listens to a gateway's sensors beside the running gateway, without taking anything away from it."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final, Protocol

import aiomqtt

from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from devices.port import Caller, Receiver, TopicCodec
from devices.sources.serial import SerialSource
from gateway import connections
from gateway.settings import ListenPart, PortPart, Settings, SourcePart
from gateway.watching import Board
from gateway.wiring import AnySource
from rules.model import DeviceId, Reading

AGAIN: Final = 2.0  # seconds until the next attempt
_STRANGE: Final = ("device not enrolled", "sender not enrolled")


class ByteCodec(Protocol):
    """A serial family's codec with what it refused."""

    refused: Counter[str]

    def feed(self, data: bytes, at: datetime) -> Sequence[Reading]:
        """The readings that these bytes complete."""


class Tap:
    """Stands in a serial codec's place and shows the board what it makes of the line."""

    def __init__(self, codec: ByteCodec, board: Board) -> None:
        self.refused = codec.refused
        self._codec = codec
        self._board = board

    def feed(self, data: bytes, at: datetime) -> Sequence[Reading]:
        """The readings that these bytes complete."""
        readings = self._codec.feed(data, at)
        self._board.take(_spelt(data), readings, at)
        return readings


class TapLines:
    """Stands in a receiver's place: what senders say is shown, and never answered, for nobody stores it."""

    def __init__(self, receiver: Receiver, board: Board) -> None:
        self.refused = receiver.refused
        self._receiver = receiver
        self._board = board

    def line(self) -> Caller:
        """One more line."""
        return TapLine(self._receiver.line(), self._board)


class TapLine:
    """One such line."""

    def __init__(self, line: Caller, board: Board) -> None:
        self._line = line
        self._board = board

    def feed(self, data: bytes, at: datetime) -> Sequence[Reading]:
        """The readings that these bytes complete."""
        readings = self._line.feed(data, at)
        self._board.take(_spelt(data), readings, at)
        return readings

    def answer(self) -> bytes:
        """None: the sender calls again, and finds the gateway."""
        return b""


async def listen(settings: Settings, board: Board, now: Callable[[], datetime]) -> None:
    """Listen to every source until cancelled; what cannot be heard stands on the board."""
    async with asyncio.TaskGroup() as tasks:
        for part in settings.sources:
            match part:
                case PortPart():
                    run = _port(part, settings, board, now)
                case SourcePart():
                    run = _broker(part, settings, board, now)
                case ListenPart():
                    run = _listening(part, settings, board, now)
            tasks.create_task(_again(part, run, board))


async def _again(part: AnySource, run: Callable[[], Awaitable[None]], board: Board) -> None:
    while True:
        try:
            await run()
        except (aiomqtt.MqttError, OSError) as error:
            board.troubles[part.name] = f"{part.place}: {error}"
            await asyncio.sleep(AGAIN)


def _broker(
    part: SourcePart, settings: Settings, board: Board, now: Callable[[], datetime]
) -> Callable[[], Awaitable[None]]:
    codec = connections.topic_codec(part, settings)
    if isinstance(codec, Zigbee2Mqtt):
        board.able[part.name] = partial(_able, codec)
    return partial(subscribed, part, codec, board, now)


def _port(
    part: PortPart, settings: Settings, board: Board, now: Callable[[], datetime]
) -> Callable[[], Awaitable[None]]:
    """Reads a port that is free: a running gateway has it for itself."""
    reader = connections.byte_codec(part, settings)
    source = SerialSource(part.name, part.line, Tap(reader, board), now, connections.poll(reader))
    return partial(source.run, lambda messages: None)


def _listening(
    part: ListenPart, settings: Settings, board: Board, now: Callable[[], datetime]
) -> Callable[[], Awaitable[None]]:
    """Listens where no gateway does: a running one has the port."""
    tap = TapLines(connections.receiver(part, settings), board)
    source = connections.listener(part, tap, now)
    return partial(source.run, lambda messages: None)


async def subscribed(part: SourcePart, codec: TopicCodec, board: Board, now: Callable[[], datetime]) -> None:
    """Read a broker with a clean session: the running gateway's own keeps every message for it."""
    tls = ssl.create_default_context(cafile=part.ca_file) if part.tls else None
    user, password = part.username or None, part.password or None
    async with aiomqtt.Client(
        part.host, part.port, username=user, password=password, tls_context=tls, clean_session=True
    ) as client:
        for topic in codec.topics:
            await client.subscribe(topic)
        board.troubles.pop(part.name, None)
        async for message in client.messages:
            payload = message.payload if isinstance(message.payload, bytes) else b""
            _hear(codec, board, str(message.topic), payload, now(), message.retain)


def _hear(codec: TopicCodec, board: Board, topic: str, payload: bytes, at: datetime, retained: bool) -> None:
    before = sum(codec.refused[reason] for reason in _STRANGE)
    readings = codec.feed(topic, payload, at, retained)
    said = payload[:500].decode(errors="replace")
    if sum(codec.refused[reason] for reason in _STRANGE) > before:
        board.strange(topic, said, at)
    elif readings:
        board.take(said, readings, at)


def _able(codec: Zigbee2Mqtt, device: DeviceId) -> str:
    """What a sensor can tell, before it has told anything."""
    if codec.memory is None:
        return ""
    sensor = codec.inventory.match([device]).get(device)
    if sensor is None:
        return "the bridge knows no such device: pair it, or correct the id"
    told = ", ".join(dict.fromkeys(role.kind.value for role in sensor.roles))
    return f"{sensor.vendor} {sensor.model}".strip() + f" can tell: {told or 'nothing that is known here'}"


def _spelt(data: bytes) -> str:
    """A piece of a line: as text if it is some, else in hexadecimal."""
    text = data.decode("latin-1").strip()
    return text if text.isascii() and text.isprintable() else data.hex(" ").upper()
