"""The two lanes over a real Mosquitto, against a centre that answers as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiomqtt
import pytest

from gateway.run import _end
from gateway.supervise import supervise
from gateway.uplink import Centre, MqttUplink, Pump, pumps
from rules import wire
from rules.model import HomeId, Kind, Mode, ModeSet, Raise
from rules.wire import Ack, Lane

pytestmark = pytest.mark.mosquitto
KEY = bytes(range(32))
HOME = HomeId("h-1")


class Far:
    """The centre: keeps what comes, acknowledges as long as `answers`."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.answers = True
        self.batches: list[tuple[str, wire.Head, tuple[Any, ...]]] = []

    async def listen(self) -> None:
        async for message in self.client.messages:
            topic = str(message.topic)
            head, records = wire.unbatch(KEY, topic, bytes(message.payload))
            self.batches.append((topic.rsplit("/", 1)[1], head, records))
            if self.answers:
                await self.acknowledge(topic, head, records[-1].seq if records else 0)

    async def acknowledge(self, topic: str, head: wire.Head, seq: int, key: bytes = KEY) -> None:
        ack = Ack(Lane(topic.rsplit("/", 1)[1]), head.journal, seq)
        await self.client.publish(wire.down_topic(HOME), wire.say(key, HOME, ack), qos=1)

    def seqs(self, lane: Lane) -> list[list[int]]:
        return [[r.seq for r in records] for name, _, records in self.batches if name == lane and records]


@asynccontextmanager
async def linked(mosquitto: Any, gateway: Any, clock: Any) -> AsyncIterator[tuple[Far, MqttUplink]]:
    journal = gateway._journal
    uplink = MqttUplink(Centre(mosquitto.host, mosquitto.port, "gw", KEY), [HOME], journal.id, clock)
    lanes: dict[tuple[HomeId, Lane], Pump] = dict(
        pumps([HOME], journal, uplink, timedelta(milliseconds=200), timedelta(milliseconds=600))
    )
    gateway.on_stored(lambda home, lane: lanes[home, lane].wake() if home == HOME else None)
    async with aiomqtt.Client(mosquitto.host, mosquitto.port) as client:
        await client.subscribe("shouwang/1/+/up/+", qos=1)
        far = Far(client)
        tasks = [asyncio.create_task(far.listen()), asyncio.create_task(supervise("uplink", uplink.run, 0.2))]
        tasks += [asyncio.create_task(pump.run()) for pump in lanes.values()]
        try:
            yield far, uplink
        finally:
            await _end(tasks)


async def until(true: Callable[[], bool], patience: float = 10.0) -> None:
    async with asyncio.timeout(patience):
        while not true():
            await asyncio.sleep(0.02)


def play(
    mosquitto: Any, gateway: Any, clock: Any, story: Callable[[Far, MqttUplink], Awaitable[None]]
) -> None:
    async def main() -> None:
        async with linked(mosquitto, gateway, clock) as (far, uplink):
            await story(far, uplink)

    asyncio.run(main())


def test_alarms_go_at_once_and_telemetry_with_company(
    mosquitto: Any, fold: Any, reads: Any, clock: Any
) -> None:
    gateway = fold()

    async def story(far: Far, _: MqttUplink) -> None:
        await until(lambda: bool(far.batches))
        gateway.take([reads("h-1/sos", Kind.SOS)])
        gateway.take([reads("h-1/motion", Kind.MOTION)])
        await until(lambda: bool(far.seqs(Lane.ALARM)) and bool(far.seqs(Lane.TELEMETRY)))
        assert far.seqs(Lane.ALARM) == [[2]]
        assert far.seqs(Lane.TELEMETRY) == [[1, 3]]
        raised = [r.item for name, _, rs in far.batches if name == "alarm" for r in rs]
        assert [item.key for item in raised if isinstance(item, Raise)] == ["sos:h-1/sos"]

    play(mosquitto, gateway, clock, story)


def test_an_empty_batch_is_the_heartbeat(mosquitto: Any, fold: Any, clock: Any) -> None:
    async def story(far: Far, _: MqttUplink) -> None:
        await until(lambda: len(far.batches) >= 3)
        assert {(name, records) for name, _, records in far.batches} == {("telemetry", ())}

    play(mosquitto, fold(), clock, story)


def test_what_is_not_acknowledged_comes_again_and_nothing_overtakes_it(
    mosquitto: Any, fold: Any, reads: Any, clock: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("gateway.uplink.PATIENCE", 0.3)
    gateway = fold()

    async def story(far: Far, _: MqttUplink) -> None:
        far.answers = False
        gateway.take([reads("h-1/sos", Kind.SOS)])
        await until(lambda: len(far.seqs(Lane.ALARM)) >= 3)
        gateway.take([reads("h-1/smoke", Kind.SMOKE)])
        assert {tuple(seqs) for seqs in far.seqs(Lane.ALARM)} <= {(2,), (2, 4)}
        far.answers = True
        await until(lambda: gateway._journal.stored(HOME, Lane.ALARM) == 4)

    play(mosquitto, gateway, clock, story)


def test_a_forged_ack_is_refused(mosquitto: Any, fold: Any, reads: Any, clock: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("gateway.uplink.PATIENCE", 0.3)
    gateway = fold()

    async def story(far: Far, uplink: MqttUplink) -> None:
        far.answers = False
        gateway.take([reads("h-1/sos", Kind.SOS)])
        await until(lambda: bool(far.seqs(Lane.ALARM)))
        await far.acknowledge("shouwang/1/h-1/up/alarm", far.batches[-1][1], 2, key=bytes(32))
        await until(lambda: uplink.refused["ForgedError"] == 1)
        assert gateway._journal.stored(HOME, Lane.ALARM) == 0

    play(mosquitto, gateway, clock, story)


def test_an_alarm_outlives_the_broker_of_the_centre(
    mosquitto: Any, fold: Any, reads: Any, clock: Any
) -> None:
    gateway = fold()

    async def alone() -> None:
        journal = gateway._journal
        uplink = MqttUplink(Centre(mosquitto.host, mosquitto.port, "gw", KEY), [HOME], journal.id, clock)
        pump = Pump(HOME, Lane.ALARM, journal, uplink, timedelta(0), timedelta(seconds=60))
        tasks = [asyncio.create_task(supervise("uplink", uplink.run, 0.2)), asyncio.create_task(pump.run())]
        await asyncio.sleep(0.3)
        mosquitto.kill()
        gateway.take([reads("h-1/sos", Kind.SOS)])
        pump.wake()
        await asyncio.sleep(0.3)
        mosquitto.start()
        async with aiomqtt.Client(mosquitto.host, mosquitto.port) as client:
            await client.subscribe("shouwang/1/+/up/+", qos=1)
            far = Far(client)
            tasks.append(asyncio.create_task(far.listen()))
            await until(lambda: journal.stored(HOME, Lane.ALARM) == 2, 20)
        await _end(tasks)

    asyncio.run(alone())


def test_another_centre_gets_no_storm_of_old_alarms(
    mosquitto: Any, fold: Any, reads: Any, clock: Any
) -> None:
    gateway = fold()
    gateway.take([reads("h-1/sos", Kind.SOS)])
    gateway._journal.mark(HOME, Lane.ALARM, 2)

    async def story(far: Far, _: MqttUplink) -> None:
        await until(lambda: bool(far.batches))
        gateway.take([reads("h-1/smoke", Kind.SMOKE)])
        await until(lambda: bool(far.seqs(Lane.ALARM)))
        assert far.seqs(Lane.ALARM) == [[4]]

    play(mosquitto, gateway, clock, story)


def test_a_word_is_done_before_the_centre_hears_that_it_arrived(
    mosquitto: Any, fold: Any, clock: Any
) -> None:
    gateway = fold()
    wish = wire.Wish(7, Mode.AWAY, "王芳", clock.now())
    word = wire.Word(clock.now(), (), wish)

    async def story(far: Far, uplink: MqttUplink) -> None:
        uplink.on_word(gateway.hear)
        await far.client.publish(wire.down_topic(HOME), wire.say(KEY, HOME, word), qos=1, retain=True)
        await until(lambda: any(head.down == wire.digest(word) for _, head, _ in far.batches))
        await until(lambda: bool(far.seqs(Lane.ALARM)))
        said = [r.item for lane, _, records in far.batches for r in records if lane == "alarm"]
        assert said == [ModeSet(Mode.AWAY, clock.now(), "王芳", None, 7)]
        await far.client.publish(wire.down_topic(HOME), b"", retain=True)

    play(mosquitto, gateway, clock, story)
