"""One MQTT broker of sensors: a persistent session, QoS 1, acknowledged only after the journal's commit."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.port import Emit, TopicCodec
from rules.model import Reading

log = logging.getLogger(__name__)

BURST = 256  # messages a pass: bounds how long a pass keeps everything else waiting (about 10 ms)
KEEPALIVE = 30  # seconds
CONNECT = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is and how to come in. `client` names the persistent session: one for each source."""

    host: str
    port: int
    client: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
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
        self._inbox: list[Sequence[Reading]] = []
        self._mids: list[int] = []
        self._heard = 0
        self._at = now()

    async def run(self, emit: Emit) -> None:
        """Connect, subscribe, read. Ends only by an exception."""
        loop = asyncio.get_running_loop()
        broken: asyncio.Future[None] = loop.create_future()
        client = self._client(broken)
        await asyncio.to_thread(client.connect, self._address.host, self._address.port, KEEPALIVE)
        sock = client.socket()
        if sock is None:
            raise ConnectionError(f"no connection to {self._address.host}:{self._address.port}")
        loop.add_reader(sock, self._readable, client, emit, broken)
        try:
            while not broken.done():
                client.loop_misc()
                client.loop_write()
                self._refusals.tell(loop.time())
                await asyncio.wait([broken], timeout=1.0)
            broken.result()
        finally:
            broken.cancel()  # what the farewell says is no news
            loop.remove_reader(sock)
            self._inbox.clear()
            self._mids.clear()
            client.disconnect()
            client.loop_write()

    def _client(self, broken: asyncio.Future[None]) -> paho.Client:
        address = self._address
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=address.client,
            clean_session=False,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT
        if address.username:
            client.username_pw_set(address.username, address.password)
        if address.tls is not None:
            client.tls_set_context(address.tls)
        client.on_message = self._message
        client.on_connect = self._connected
        client.on_socket_open = _no_delay
        client.on_socket_register_write = _later
        client.on_disconnect = lambda *_: _fail(broken, "the broker closed the connection")
        return client

    def _connected(
        self,
        client: paho.Client,
        _data: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        _p: Properties | None,
    ) -> None:
        if reason.is_failure:
            raise ConnectionError(f"{self._address.host} refuses us: {reason}")
        log.info("%s: connected to %s:%s", self.name, self._address.host, self._address.port)
        client.subscribe([(topic, 1) for topic in self.codec.topics])

    def _message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._heard += 1
        if message.qos:
            self._mids.append(message.mid)
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        readings = self.codec.feed(topic, bytes(message.payload), self._at, message.retain)
        if readings:
            self._inbox.append(readings)

    def _readable(self, client: paho.Client, emit: Emit, broken: asyncio.Future[None]) -> None:
        self._at = self._now()
        stop = self._heard + BURST
        heard = -1
        while heard < self._heard < stop:
            heard = self._heard
            if client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                _fail(broken, "the connection broke")
                return
        if self.codec.memory is not self._memory:
            self._memory = self.codec.memory
            self._remember(self._memory or b"")
        try:
            emit(self._inbox)
        except BaseException:
            self._mids.clear()  # not on the disk: not acknowledged
            raise
        finally:
            self._inbox.clear()
        self._acknowledge(client)

    def _acknowledge(self, client: paho.Client) -> None:
        for mid in self._mids:
            client.ack(mid, 1)
        self._mids.clear()
        sock = client.socket()
        if sock is not None:
            _cork(sock, True)
            client.loop_write()
            _cork(sock, False)


def _fail(broken: asyncio.Future[None], why: str) -> None:
    if not broken.done():
        broken.set_exception(ConnectionError(why))


def _no_delay(_client: paho.Client, _data: object, sock: paho.SocketLike) -> None:
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _later(_client: paho.Client, _data: object, _sock: paho.SocketLike) -> None:
    """Paho asks for a write: `_acknowledge` and `run` write, so that one group of acks is one packet."""


def _cork(sock: paho.SocketLike, on: bool) -> None:
    if isinstance(sock, (socket.socket, ssl.SSLSocket)) and hasattr(socket, "TCP_CORK"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, int(on))
