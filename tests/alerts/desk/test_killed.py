"""The alert service killed (-9) at random moments under load: no alert lost, no text under two ids."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from rules import record, wire
from rules.model import Raise, Severity
from rules.wire import Ack, Head, Lane, Word

KEY = bytes.fromhex("11" * 32)
TOPIC = wire.up_topic("h-1", Lane.ALARM)
PRESSES, KILLS = 60, 6
REGISTRY = """
[[area]]
id = "grid"
name = "第一网格"
level = "grid"
[[gateway]]
id = "gw-1"
key = "1111111111111111111111111111111111111111111111111111111111111111"
[[home]]
id = "h-1"
area = "grid"
gateway = "gw-1"
address = "劳动路12号"
door = "3幢402"
[[worker]]
name = "李明"
phone = "+8613800000001"
[[worker.post]]
area = "grid"
role = "grid_worker"
"""


@dataclass
class Service:
    """`shouwang alerts run` as a process of its own."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> list[str]:
        """A command of the service."""
        code = "from alerts.cli import alerts; alerts()"
        verb, *rest = words
        return [sys.executable, "-c", code, verb, "--config", str(self.folder / "alerts.toml"), *rest]

    def start(self) -> None:
        """Run its loops."""
        with (self.folder / "run.log").open("ab") as log:
            words = self.command("run", "--only", "intake,desk")
            self.process = subprocess.Popen(words, stderr=log, cwd=Path.cwd())

    def kill(self) -> None:
        """As by kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@dataclass
class Gateway:
    """Sends each press until the centre acknowledges it, one batch in flight."""

    port: int
    acked: int = 0
    words: list[Word] = field(default_factory=list)
    client: Any = None

    def start(self) -> None:
        """Connect and listen."""
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self.client.on_message = self._hear
        self.client.connect("127.0.0.1", self.port)
        self.client.subscribe(wire.down_topic("h-1"), 1)
        self.client.loop_start()

    def press(self, seq: int) -> None:
        """One SOS."""
        now = datetime.now(UTC)
        line = record.encode(seq, now, Raise(f"sos:b{seq}", Severity.EMERGENCY, now, {"presses": 1}))
        self.client.publish(TOPIC, wire.batch(KEY, TOPIC, Head("gw-1", "j1", now, 1), [line]), qos=1)

    def _hear(self, client: object, userdata: object, message: mqtt.MQTTMessage) -> None:
        match wire.hear(KEY, "h-1", message.payload):
            case Ack() as ack:
                self.acked = max(self.acked, ack.seq)
            case Word() as word:
                self.words.append(word)


@pytest.fixture
def service(mosquitto: Any, tmp_path: Path) -> Iterator[Service]:
    """It runs against a real broker and writes its texts to a file."""
    settings = f'[broker]\nport = {mosquitto.port}\n[channels.log]\nfile = "sent.jsonl"\n'
    (tmp_path / "alerts.toml").write_text(settings)
    (tmp_path / "registry.toml").write_text(REGISTRY)
    one = Service(tmp_path)
    subprocess.run(one.command("init"), check=True, capture_output=True)
    subprocess.run(one.command("seed", str(tmp_path / "registry.toml")), check=True, capture_output=True)
    yield one
    one.kill()


def until(true: object, patience: float) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if true():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


@pytest.mark.slow
@pytest.mark.mosquitto
def test_kills_at_random_moments_lose_nothing_and_send_nothing_under_two_ids(
    service: Service, mosquitto: Any
) -> None:
    dice = random.Random(7)
    gateway = Gateway(mosquitto.port)
    gateway.start()
    service.start()
    kills = 0
    for seq in range(1, PRESSES + 1):
        for _ in range(200):
            gateway.press(seq)
            if until(lambda seq=seq: gateway.acked >= seq, dice.uniform(0.2, 0.4)):
                break
        if kills < KILLS and (seq % (PRESSES // KILLS) == 0):
            gateway.press(seq)
            time.sleep(dice.uniform(0, 0.12))
            service.kill()
            kills += 1
            service.start()
    until(lambda: settled(service.folder), 15)
    assert kills == KILLS
    _judge(service.folder, gateway)
    gateway.client.loop_stop()
    gateway.client.disconnect()


def settled(folder: Path) -> bool:
    """Nothing waits to be sent."""
    with closing(sqlite3.connect(folder / "data" / "alerts.db")) as store:
        rows = store.execute("select count(*) from desk_notice where status in ('queued', 'sending')")
        return bool(rows.fetchone() == (0,))


def texts(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Each text by the alert it is about, as phones would have it."""
    path = folder / "sent.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    out: dict[str, list[dict[str, str]]] = {}
    for line in map(json.loads, lines):
        out.setdefault(line["notice"], []).append(line)
    return out


def _judge(folder: Path, gateway: Gateway) -> None:
    store = sqlite3.connect(folder / "data" / "alerts.db")
    keys = [key for (key,) in store.execute("select key from desk_alert")]
    acked = {f"sos:b{n}" for n in range(1, gateway.acked + 1)}
    assert acked <= set(keys), "an acknowledged alert is lost"
    assert len(keys) == len(set(keys)), "an alert is there twice"
    planned = store.execute(
        "select alert_id, kind, rung, repeat, person, count(*) from desk_notice group by 1, 2, 3, 4, 5"
    ).fetchall()
    assert {row[-1] for row in planned} == {1}, "one call has two notices"
    first = store.execute("select replace(id, '-', ''), status from desk_notice where rung = 0").fetchall()
    assert {status for _, status in first} == {"sent"}
    out = {id_.replace("-", "") for id_ in texts(folder)}
    assert {id_ for id_, _ in first} <= out, "a text is lost"
    assert until(
        lambda: store.execute("select count(*) from desk_homeword where said < version").fetchone() == (0,), 5
    )
    assert {told.key for told in gateway.words[-1].alerts} == set(keys)
    store.close()
