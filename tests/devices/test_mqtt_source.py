"""The source over a real Mosquitto: acknowledged only when stored, and nothing missed while we were away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import aiomqtt
import pytest

from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from devices.link import Address
from devices.sources.mqtt import MqttSource
from rules.model import DeviceId, Kind, Reading

pytestmark = pytest.mark.mosquitto
SOS = {"type": "enum", "name": "action", "property": "action", "access": 1, "values": ["emergency"]}
BRIDGE = json.dumps(
    [
        {
            "ieee_address": "0x00158d0000000001",
            "friendly_name": "hall/sos button",
            "type": "EndDevice",
            "definition": {"vendor": "V", "model": "M", "description": "SOS button", "exposes": [SOS]},
        }
    ]
)
TOPIC = "zigbee2mqtt/hall/sos button"


class Shelf:
    """Where the readings go; `full` is a disk that takes nothing."""

    def __init__(self) -> None:
        self.kept: list[Reading] = []
        self.memory: bytes | None = None
        self.full = False

    def emit(self, messages: Sequence[Sequence[Reading]]) -> None:
        if self.full and messages:
            raise OSError("the disk is full")
        self.kept += [reading for readings in messages for reading in readings]

    def remember(self, memory: bytes) -> None:
        self.memory = memory

    def presses(self) -> int:
        return sum(1 for reading in self.kept if reading.kind is Kind.SOS)


async def reading(broker: Any, shelf: Shelf, work: Callable[[], Awaitable[None]]) -> MqttSource:
    codec = Zigbee2Mqtt("zigbee2mqtt", [DeviceId("0x00158d0000000001")])
    if shelf.memory:
        codec.recall(shelf.memory)
    address = Address(broker.host, broker.port, "shouwang-test")
    source = MqttSource("zigbee", address, codec, lambda: datetime.now(UTC), shelf.remember)
    task = asyncio.create_task(source.run(shelf.emit))
    await asyncio.sleep(0.4)
    await work()
    await asyncio.sleep(0.3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return source


async def publish(broker: Any, *messages: tuple[str, bytes | str]) -> None:
    async with aiomqtt.Client(broker.host, broker.port) as client:
        for topic, payload in messages:
            await client.publish(topic, payload, qos=1, retain=topic.endswith("bridge/devices"))


def press(n: int) -> tuple[str, str]:
    return TOPIC, json.dumps({"action": "emergency", "linkquality": n})


def test_presses_while_nobody_listened_are_understood_after_a_restart(mosquitto: Any) -> None:
    shelf = Shelf()

    async def main() -> None:
        await publish(mosquitto, ("zigbee2mqtt/bridge/devices", BRIDGE))
        await reading(mosquitto, shelf, lambda: publish(mosquitto, press(1)))
        await publish(mosquitto, press(2), press(3))
        await reading(mosquitto, shelf, lambda: asyncio.sleep(0))

    asyncio.run(main())
    assert shelf.presses() == 3


def test_what_could_not_be_stored_comes_again(mosquitto: Any) -> None:
    shelf = Shelf()

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the full disk's complaint
        await publish(mosquitto, ("zigbee2mqtt/bridge/devices", BRIDGE))
        await reading(mosquitto, shelf, lambda: asyncio.sleep(0))
        shelf.full = True
        await reading(mosquitto, shelf, lambda: publish(mosquitto, press(1)))
        assert shelf.presses() == 0
        shelf.full = False
        await reading(mosquitto, shelf, lambda: asyncio.sleep(0))

    asyncio.run(main())
    assert shelf.presses() == 1


def test_garbage_is_counted_and_disturbs_nothing(mosquitto: Any) -> None:
    shelf = Shelf()

    async def main() -> MqttSource:
        await publish(mosquitto, ("zigbee2mqtt/bridge/devices", BRIDGE))
        garbage = [
            (TOPIC, b"{"),
            (TOPIC, b"\xff\xfe"),
            (TOPIC, b"x" * 1_000_000),
            (TOPIC, b'{"action": NaN}'),
            (TOPIC, b'{"action": ["emergency"]}'),
            ("zigbee2mqtt/unknown", b'{"smoke": true}'),
            ("zigbee2mqtt/bridge/devices", BRIDGE),
            press(1),
        ]
        return await reading(mosquitto, shelf, lambda: publish(mosquitto, *garbage))

    source = asyncio.run(main())
    assert shelf.presses() == 1
    assert sum(source.codec.refused.values()) >= 5


def test_a_broker_that_dies_is_an_error_of_the_run(mosquitto: Any) -> None:
    shelf = Shelf()

    async def main() -> None:
        source = MqttSource(
            "zigbee",
            Address(mosquitto.host, mosquitto.port, "shouwang-test"),
            Zigbee2Mqtt("zigbee2mqtt", []),
            lambda: datetime.now(UTC),
            shelf.remember,
        )
        task = asyncio.create_task(source.run(shelf.emit))
        await asyncio.sleep(0.4)
        mosquitto.kill()
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(task, 5)

    asyncio.run(main())
