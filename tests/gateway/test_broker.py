"""The embedded broker keeps what it acknowledged, whatever happens to it; its limits are as documented."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from gateway.broker import MAX_PAYLOAD, Broker, BrokerError, answers, free_port


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as running:
        yield running


class Client:
    """A paho client of its own, with what it received in a queue."""

    def __init__(self, broker: Broker, name: str, *, clean: bool = True) -> None:
        self.heard: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self.drops: queue.Queue[object] = queue.Queue()
        self.mqtt = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name, clean_session=clean)
        self.mqtt.on_message = lambda _c, _u, message: self.heard.put(message)
        self.mqtt.on_disconnect = lambda *about: self.drops.put(about)
        self.mqtt.connect(broker.host, broker.port)
        self.mqtt.loop_start()

    def subscribe(self, topic: str) -> None:
        done: queue.Queue[int] = queue.Queue()
        self.mqtt.on_subscribe = lambda *_about: done.put(1)
        self.mqtt.subscribe(topic, qos=1)
        done.get(timeout=5)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.mqtt.publish(topic, payload, qos=1, retain=retain).wait_for_publish(5)

    def close(self) -> None:
        self.mqtt.disconnect()
        self.mqtt.loop_stop()


@pytest.fixture
def client(broker: Broker) -> Iterator[Callable[..., Client]]:
    made: list[Client] = []

    def connect(name: str, *, clean: bool = True) -> Client:
        made.append(Client(broker, name, clean=clean))
        return made[-1]

    yield connect
    for one in made:
        one.close()


def test_publish_reaches_a_subscriber(client: Callable[..., Client]) -> None:
    ear = client("ear")
    ear.subscribe("zigbee2mqtt/#")
    client("mouth").publish("zigbee2mqtt/0x01", b'{"contact":true}')
    message = ear.heard.get(timeout=5)
    assert (message.topic, message.payload, message.qos) == ("zigbee2mqtt/0x01", b'{"contact":true}', 1)


def test_acknowledged_messages_survive_kill_9(broker: Broker, client: Callable[..., Client]) -> None:
    ear = client("ear", clean=False)
    ear.subscribe("shouwang/1/+/up/+")
    ear.close()
    mouth = client("mouth")
    for n in range(200):
        mouth.publish("shouwang/1/h/up/alarm", b"%d" % n)
    port = broker.port
    broker.kill()
    assert broker.pid is None
    broker.start()
    assert broker.port == port
    ear = client("ear", clean=False)
    heard = {int(ear.heard.get(timeout=10).payload) for _ in range(200)}
    assert heard == set(range(200))


def test_retained_message_survives_kill_9(broker: Broker, client: Callable[..., Client]) -> None:
    client("mouth").publish("shouwang/1/h/down", b"word", retain=True)
    broker.kill()
    broker.start()
    ear = client("ear")
    ear.subscribe("shouwang/1/h/down")
    message = ear.heard.get(timeout=5)
    assert message.retain
    assert message.payload == b"word"


def test_payload_of_a_large_network_fits(client: Callable[..., Client]) -> None:
    ear = client("ear")
    ear.subscribe("zigbee2mqtt/bridge/devices")
    client("mouth").publish("zigbee2mqtt/bridge/devices", b"x" * 3_000_000)
    assert len(ear.heard.get(timeout=10).payload) == 3_000_000
    assert MAX_PAYLOAD > 3_000_000


def test_topic_with_a_space_is_refused(client: Callable[..., Client]) -> None:
    mouth = client("mouth")
    sent = mouth.mqtt.publish("zigbee2mqtt/living room", b"{}", qos=1)
    mouth.drops.get(timeout=5)
    assert not sent.is_published()


def test_listens_on_loopback_only(broker: Broker) -> None:
    config = (broker.folder / "nats.conf").read_text()
    assert config.count("127.0.0.1") == 2
    assert "0.0.0.0" not in config


def test_stop_leaves_nothing(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.start()
    assert answers(broker.host, broker.port)
    broker.stop()
    assert not answers(broker.host, broker.port)
    broker.stop()


def test_dies_with_its_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import pathlib, sys, time; from gateway.broker import Broker\n"
            "b = Broker(pathlib.Path(sys.argv[1])); b.start(); print(b.port, flush=True); time.sleep(60)",
            str(tmp_path),
        ],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout
    with parent, parent.stdout:
        port = int(parent.stdout.readline())
        assert answers("127.0.0.1", port)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 5
    while answers("127.0.0.1", port):
        assert time.monotonic() < deadline, "nats-server outlived its parent"


def test_a_taken_port_is_said(broker: Broker, tmp_path: Path) -> None:
    second = Broker(tmp_path / "second", port=broker.port)
    other = free_port(broker.port)
    assert other != broker.port
    with pytest.raises(BrokerError, match="is taken"):
        second.start()
