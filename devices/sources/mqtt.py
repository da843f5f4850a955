"""One MQTT broker of sensors: a persistent session, QoS 1, acknowledged only after the journal's commit."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from devices import mqtt311
from devices.mqtt311 import Connected, Packet, Publish, Subscribed, Wire
from devices.port import Emit, TopicCodec
from rules.model import Reading

log = logging.getLogger(__name__)

ROOM = 65_536  # bytes a pass: bounds how long a pass keeps everything else waiting (about 10 ms)
KEEPALIVE = 30  # seconds; a broker that is silent for longer than 1.5 of it is gone
PATIENCE = 10.0  # seconds for the connection, and for each of the broker's two answers


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is and how to come in. `client` names the persistent session: one for each source."""

    host: str
    port: int
    client: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None


class Refusals:
    """Says in the log what a codec refused, at most once a minute."""

    def __init__(self, name: str, counts: Counter[str]) -> None:
        self._name = name
        self._counts = counts
        self._told: Counter[str] = Counter()
        self._next = 0.0

    def tell(self, now: float) -> None:
        """Log what is new; `now` in seconds of any clock that only rises."""
        news = self._counts - self._told
        if news and now >= self._next:
            self._next = now + 60
            self._told = self._counts.copy()
            log.warning("%s: refused %s", self._name, ", ".join(f"{n} × {why}" for why, n in news.items()))


class MqttSource:
    """Reads one broker through one codec. `run` never returns; it raises when the broker is gone."""

    def __init__(
        self,
        name: str,
        address: Address,
        codec: TopicCodec,
        now: Callable[[], datetime],
        remember: Callable[[bytes], None],
    ) -> None:
        """`remember` keeps the codec's memory durably; it is called before what taught it is acknowledged."""
        self.name = name
        self.codec = codec
        self._address = address
        self._now = now
        self._remember = remember
        self._memory = codec.memory
        self._refusals = Refusals(name, codec.refused)

    async def run(self, emit: Emit) -> None:
        """Connect, subscribe, read. Raises ConnectionError, TimeoutError, or what `emit` raised."""
        loop = asyncio.get_running_loop()
        address = self._address
        async with asyncio.timeout(PATIENCE):
            transport, link = await loop.create_connection(
                lambda: _Link(lambda packets: self._take(packets, emit)),
                address.host,
                address.port,
                ssl=address.tls,
            )
        try:
            await self._greet(transport, link)
            while not link.broken.done():
                transport.write(mqtt311.PING)
                self._refusals.tell(loop.time())
                await asyncio.wait([link.broken], timeout=KEEPALIVE / 3)
                if loop.time() - link.heard > KEEPALIVE * 1.5:
                    raise ConnectionError("the broker is silent")
            link.broken.result()
        finally:
            transport.write(mqtt311.DISCONNECT)
            link.broken.cancel()  # what comes after the farewell is no news
            transport.close()

    async def _greet(self, transport: asyncio.Transport, link: _Link) -> None:
        address = self._address
        async with asyncio.timeout(PATIENCE):
            transport.write(mqtt311.connect(address.client, KEEPALIVE, address.username, address.password))
            connected = await link.connected
            transport.write(mqtt311.subscribe(1, self.codec.topics))
            subscribed = await link.subscribed
        if any(qos == 0x80 for qos in subscribed.granted):
            raise ConnectionError(
                f"the broker lets us not read {', '.join(self.codec.topics)}; look at its ACL"
            )
        where = f"{address.host}:{address.port}"
        log.info("%s: connected to %s%s", self.name, where, ", session resumed" if connected.resumed else "")

    def _take(self, packets: Sequence[Packet], emit: Emit) -> bytes:
        """Read messages, have them stored, and return their acknowledgements."""
        at = self._now()
        mids: list[int] = []
        inbox: list[Sequence[Reading]] = []
        for packet in packets:
            if isinstance(packet, Publish):
                if packet.mid:
                    mids.append(packet.mid)
                try:
                    topic = packet.topic.decode()
                except UnicodeDecodeError:
                    self.codec.refused["topic is no text"] += 1
                    continue
                if readings := self.codec.feed(topic, packet.payload, at, packet.retained):
                    inbox.append(readings)
        if self.codec.memory is not self._memory:
            self._remember(self.codec.memory or b"")
            self._memory = self.codec.memory
        if inbox:
            emit(inbox)
        return mqtt311.acknowledge(mids)


class _Link(asyncio.BufferedProtocol):
    """One connection: bytes in, packets to `take`, its acknowledgements out. `broken` tells how it ended."""

    def __init__(self, take: Callable[[Sequence[Packet]], bytes]) -> None:
        loop = asyncio.get_running_loop()
        self.connected: asyncio.Future[Connected] = loop.create_future()
        self.subscribed: asyncio.Future[Subscribed] = loop.create_future()
        self.broken: asyncio.Future[None] = loop.create_future()
        self.heard = loop.time()
        self._loop = loop
        self._take = take
        self._wire = Wire()
        self._room = memoryview(bytearray(ROOM))
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's: we are through."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        """asyncio's: where to put what arrives."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """asyncio's: so much has arrived. What is raised here ends the connection, and with it the run."""
        self.heard = self._loop.time()
        packets = self._wire.feed(self._room[:nbytes])
        for packet in packets:
            if isinstance(packet, Connected) and not self.connected.done():
                self.connected.set_result(packet)
            elif isinstance(packet, Subscribed) and not self.subscribed.done():
                self.subscribed.set_result(packet)
        done = self._take(packets)
        if done and self._transport is not None:
            self._transport.write(done)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's: it ended."""
        for waited in (self.connected, self.subscribed, self.broken):
            if not waited.done():
                waited.set_exception(exc or ConnectionError("the broker closed the connection"))
                waited.exception()  # whoever still waits is told; nobody else need be
