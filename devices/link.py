"""One connection to an MQTT broker: subscribed, kept alive, its bytes read and acknowledged as they come."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from devices import mqtt311
from devices.mqtt311 import Connected, Packet, Subscribed, Wire

ROOM = 65_536  # bytes a pass: bounds how long a pass keeps everything else waiting (about 10 ms)
FULL = 4_194_304  # bytes that the broker has not taken yet; beyond it nothing more is sent
KEEPALIVE = 30  # seconds; a broker that is silent for longer than 1.5 of it is gone
PATIENCE = 10.0  # seconds for the connection, and for the broker's two answers


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is and how to come in. `client` names the session: one for each connection."""

    host: str
    port: int
    client: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None


class Link(asyncio.BufferedProtocol):
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

    def send(self, data: bytes) -> None:
        """Write at once what the socket takes. Raises ConnectionError when it is gone or takes no more."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("the connection to the broker is gone")
        if self._transport.get_write_buffer_size() > FULL:
            raise ConnectionError("the broker takes nothing")
        self._transport.write(data)

    async def live(self, beat: Callable[[float], None]) -> None:
        """Keep the connection until it breaks, which is raised; `beat` is called now and then with the loop's
        time in seconds."""
        while not self.broken.done():
            self.send(mqtt311.PING)
            beat(self._loop.time())
            await asyncio.wait([self.broken], timeout=KEEPALIVE / 3)
            if self._loop.time() - self.heard > KEEPALIVE * 1.5:
                raise ConnectionError("the broker is silent")
        self.broken.result()


@asynccontextmanager
async def linked(
    address: Address, topics: Sequence[str], take: Callable[[Sequence[Packet]], bytes], clean: bool = False
) -> AsyncIterator[Link]:
    """A subscribed connection. `take` gets what comes and returns what to write; what it raises ends the
    connection. Without `clean` the broker keeps the session. Raises ConnectionError or TimeoutError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE):
        transport, link = await loop.create_connection(
            lambda: Link(take), address.host, address.port, ssl=address.tls
        )
    try:
        async with asyncio.timeout(PATIENCE):
            await _greet(link, address, topics, clean)
        yield link
    finally:
        transport.write(mqtt311.DISCONNECT)
        link.broken.cancel()  # what comes after the farewell is no news
        transport.close()


async def _greet(link: Link, address: Address, topics: Sequence[str], clean: bool) -> None:
    link.send(mqtt311.connect(address.client, KEEPALIVE, address.username, address.password, clean))
    await link.connected
    link.send(mqtt311.subscribe(1, topics))
    granted = (await link.subscribed).granted
    if any(qos == 0x80 for qos in granted):
        raise ConnectionError(f"the broker lets us not read {', '.join(topics)[:200]}; look at its ACL")
