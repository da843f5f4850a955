"""A broker that hands over an alarm and dies in the same moment: the alarm was heard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from town import button

from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from devices.link import Address
from devices.sources.mqtt import MqttSource
from gateway.demo.sensors import inventory
from rules.model import DeviceId, Kind, Reading

CONNACK, SUBACK = b"\x20\x02\x00\x00", b"\x90\x03\x00\x01\x01"
BUTTON = button(0)


def publish(mid: int, payload: bytes) -> bytes:
    """An MQTT PUBLISH at QoS 1."""
    topic = f"zigbee2mqtt/{BUTTON.name}".encode()
    body = len(topic).to_bytes(2, "big") + topic + mid.to_bytes(2, "big") + payload
    assert len(body) < 128
    return b"\x32" + len(body).to_bytes(1, "big") + body


async def dying(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A broker: welcome, subscribed, two presses, and gone."""
    await reader.read(1000)
    writer.write(CONNACK)
    await reader.read(1000)
    writer.write(SUBACK + publish(1, b'{"action":"emergency"}') + publish(2, b'{"action":"emergency"}'))
    writer.close()


async def heard() -> Sequence[Reading]:
    found: list[Reading] = []
    codec = Zigbee2Mqtt("zigbee2mqtt", [DeviceId(BUTTON.ieee)])
    codec.recall(inventory([BUTTON]))
    server = await asyncio.start_server(dying, "127.0.0.1", 0)
    address = Address("127.0.0.1", server.sockets[0].getsockname()[1], "gateway")
    source = MqttSource("zigbee", address, codec, lambda: datetime.now(UTC), lambda _: None)
    with suppress(ConnectionError):
        await asyncio.wait_for(source.run(lambda messages: found.extend(r for m in messages for r in m)), 5)
    server.close()
    return found


def test_what_a_dying_broker_handed_over_is_taken() -> None:
    assert [r.kind for r in asyncio.run(heard()) if r.kind is Kind.SOS] == [Kind.SOS, Kind.SOS]
