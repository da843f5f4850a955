"""One MQTT broker of sensors: a persistent session, QoS 1, acknowledged only after the journal's commit."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from devices import mqtt311
from devices.link import Address, linked
from devices.mqtt311 import Packet, Publish
from devices.port import Emit, TopicCodec
from rules.model import Reading

log = logging.getLogger(__name__)


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
        async with linked(
            self._address, self.codec.topics, lambda packets: self._take(packets, emit)
        ) as link:
            resumed = ", session resumed" if link.connected.result().resumed else ""
            log.info("%s: connected to %s:%s%s", self.name, self._address.host, self._address.port, resumed)
            await link.live(self._refusals.tell)

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
