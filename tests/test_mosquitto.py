"""The edge's drop-in: what Zigbee2MQTT says while the gateway is down waits for it, even over a kill."""

from __future__ import annotations

import queue
import time
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

pytestmark = pytest.mark.mosquitto


def client(broker: Any, name: str, clean: bool) -> paho.Client:
    found = paho.Client(CallbackAPIVersion.VERSION2, name, clean, protocol=paho.MQTTv311)
    found.connect(broker.host, broker.port)
    found.loop_start()
    return found


def gone(found: paho.Client) -> None:
    found.disconnect()
    found.loop_stop()


def subscribed(broker: Any) -> tuple[paho.Client, queue.Queue[bytes]]:
    heard: queue.Queue[bytes] = queue.Queue()
    ready: queue.Queue[bool] = queue.Queue()
    found = paho.Client(CallbackAPIVersion.VERSION2, "gateway", False, protocol=paho.MQTTv311)
    found.on_message = lambda _c, _u, message: heard.put(bytes(message.payload))
    found.on_connect = lambda c, *_: c.subscribe("z/#", 1) and None
    found.on_subscribe = lambda *_: ready.put(True)
    found.connect(broker.host, broker.port)
    found.loop_start()
    ready.get(timeout=5)
    return found, heard


def test_qos_0_waits_for_the_gateway_and_survives_a_kill(mosquitto: Any) -> None:
    gateway, _ = subscribed(mosquitto)
    gone(gateway)
    sensors = client(mosquitto, "zigbee2mqtt", True)
    for i in range(50):
        sensors.publish("z/sos", str(i), qos=0)
    sensors.publish("z/sos", "last", qos=1).wait_for_publish(5)
    gone(sensors)
    time.sleep(1.5)  # autosave_interval
    mosquitto.restart()
    gateway, heard = subscribed(mosquitto)
    told = [heard.get(timeout=5) for _ in range(51)]
    gone(gateway)
    assert told == [*(str(i).encode() for i in range(50)), b"last"]
