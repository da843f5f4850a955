"""Puts the simulated home on the air: what Zigbee2MQTT announces at its start, and then its messages."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from gateway.demo.home import BASE
from gateway.demo.sensors import inventory

_WAIT = 10.0  # seconds for the broker to acknowledge


@dataclass(slots=True)
class Radio:
    """A connection that publishes as Zigbee2MQTT would, with QoS 1. May be used from any thread."""

    host: str
    port: int
    base: str = BASE
    _client: mqtt.Client = field(init=False)
    _up: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="zigbee2mqtt-simulated")
        self._client.on_connect = lambda *_about: self._up.set()

    def start(self) -> None:
        """Connect, and announce the bridge and its devices. Raises OSError or TimeoutError."""
        self._client.will_set(f"{self.base}/bridge/state", b'{"state":"offline"}', qos=1, retain=True)
        self._client.connect(self.host, self.port, keepalive=30)
        self._client.loop_start()
        if not self._up.wait(_WAIT):
            raise TimeoutError("the broker did not accept the simulated home")
        self.say("bridge/state", b'{"state":"online"}', retain=True)
        self.say("bridge/devices", inventory(), retain=True)

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish below the base topic and wait for the broker's acknowledgement. Raises RuntimeError."""
        whole = topic if topic.startswith(f"{self.base}/") else f"{self.base}/{topic}"
        sent = self._client.publish(whole, payload, qos=1, retain=retain)
        sent.wait_for_publish(_WAIT)
        if not sent.is_published():
            raise RuntimeError(f"the broker did not acknowledge {whole}")

    def stop(self) -> None:
        """Say goodbye as a Zigbee2MQTT that is ended does."""
        if self._client.is_connected():
            self.say("bridge/state", b'{"state":"offline"}', retain=True)
        self._client.disconnect()
        self._client.loop_stop()
