"""The line to the broker: batches in; acknowledgements, and what homes must be told, out."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from aiomqtt import Client, Message, MqttError

from alerts import conf
from alerts.clock import Clock
from alerts.desk import herald, intake
from alerts.loops import TROUBLES, Beats, Tally, Thread, pause
from rules.wire import ROOT, down_topic, say

_TOPIC = f"{ROOT}/+/up/+"
_AGAIN = timedelta(seconds=1)  # after the broker is lost
_NODELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or a lone alarm waits 40 ms for a delayed ACK


@dataclass(slots=True)
class Line:
    """One connection at a time; it comes back whenever it breaks. `deaf` while there is none."""

    broker: conf.Broker
    clock: Clock
    beats: Beats
    tally: Tally
    deaf: bool = True
    taken: Counter[str] = field(default_factory=Counter)
    _thread: Thread = field(default_factory=lambda: Thread("intake"))

    async def run(self, wake: asyncio.Event) -> None:
        """Listen and tell, for ever."""
        while True:
            self.beats.beat("intake")
            try:
                async with self._client() as client:
                    await self._serve(client, wake)
            except* (MqttError, OSError) as broken:
                self.tally.count("broker", broken.exceptions[0])
            self.deaf = True
            await asyncio.sleep(_AGAIN.total_seconds())

    def _client(self) -> Client:
        part = self.broker
        return Client(
            part.host,
            part.port,
            username=part.username,
            password=conf.password(part),
            timeout=5,
            keepalive=20,
            socket_options=[_NODELAY],
        )

    async def _serve(self, client: Client, wake: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(client))
            await client.subscribe(f"$share/intake/{_TOPIC}" if self.broker.shared else _TOPIC, qos=1)
            self.deaf = False
            group.create_task(self._tell(client, wake))

    async def _listen(self, client: Client) -> None:
        async for message in client.messages:
            if stored := await self._take(message):
                ack = say(stored.key, stored.home, stored.ack)
                await client.publish(down_topic(stored.home), ack, qos=1)

    async def _take(self, message: Message) -> intake.Stored | None:
        topic, payload = str(message.topic), message.payload
        if not isinstance(payload, bytes):
            self.tally.count("refused: garbage", f"no bytes on {topic}")
            return None
        try:
            stored = await self._thread.run(intake.receive, topic, payload, self.clock.now())
        except intake.RefusedError as error:
            self.tally.count(f"refused: {error.reason}", error)
            return None
        except TROUBLES as error:  # not acknowledged: the gateway sends it again
            self.tally.count("intake", f"{topic}: {type(error).__name__}: {error}")
            return None
        self.taken["batches"] += 1
        self.taken["records"] += stored.fresh
        for reason in stored.ignored:
            self.tally.count(f"ignored: {reason}", topic)
        return stored

    async def _tell(self, client: Client, wake: asyncio.Event) -> None:
        while True:
            self.beats.beat("intake")
            try:
                for message in await self._thread.run(herald.owed, self.clock.now()):
                    await client.publish(message.topic, message.payload, qos=1, retain=True)
                    await self._thread.run(herald.said, message)
            except TROUBLES as error:
                self.tally.count("herald", error)
            await pause(wake, self.clock, None)
