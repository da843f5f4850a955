"""A small town for tests: one gateway with several homes, a centre, a provider and a broker, all real."""

from __future__ import annotations

import json
import os
import queue
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import paho.mqtt.client as mqtt
import pytest

from gateway.broker import Broker, answers, free_port
from gateway.child import Child, once
from gateway.demo.ledger import Case, Ledger
from gateway.demo.provider import Provider
from gateway.demo.sensors import SOS, Sensor, inventory
from gateway.demo.sms import ACCOUNT, SENDER, Text
from gateway.paths import config_dir
from rules import wire
from rules.pace import Pace

HOMES = 12
SPEED = 120  # the fast town's clock: a minute takes half a second
MARK = "回1 "


def phone(part: int, home: int = 0) -> str:
    """Somebody's number: 1 grid worker, 2 leader, 3 community, 4 street, 5 the contact of a home."""
    return f"+86199000{part:02}{home:03}"


def button(home: int) -> Sensor:
    return Sensor(f"0xa4c138d7e1f0{home:04}", f"h{home}/sos", "床头按钮", "卧室", SOS)


BUTTONS = [button(n) for n in range(HOMES)]

AREAS = """
[[area]]
id = "street"
name = "清波街道"
level = "street"
[[area]]
id = "grid"
name = "第三网格"
level = "grid"
parent = "street"
[[gateway]]
id = "gw"
key = "{key}"
"""
HOME = """
[[home]]
id = "h-{n}"
area = "grid"
gateway = "gw"
address = "劳动路 12 号"
door = "3幢{n}02"
[[home.resident]]
name = "王秀英"
[[home.contact]]
order = 1
name = "王军{n}"
relation = "儿子"
phone = "{contact}"
"""
WORKER = """
[[worker]]
name = "{role}"
phone = "{phone}"
language = "zh"
[[worker.post]]
area = "{area}"
role = "{role}"
"""
ROLES = ("grid_worker", "grid_leader", "community_desk", "street_centre")


@dataclass
class Town:
    """Everything that runs, and what a test may do with it."""

    folder: Path
    broker: int
    provider: Provider
    key: str = field(default_factory=lambda: secrets.token_hex(32))
    pace: Pace | None = None
    centre: Child = field(init=False)
    gateway: Child = field(init=False)
    hand: mqtt.Client = field(init=False)  # the independent client that presses

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.folder / "alerts" / "alerts.db")

    def told(self, real: datetime) -> datetime:
        return self.pace.told(real) if self.pace else real

    def press(self, home: int) -> float:
        """Somebody presses the button of a home; the moment (time.monotonic) at which it is published."""
        state = {
            "action": "emergency",
            "battery": 100,
            "linkquality": 60 + secrets.randbelow(100),
            "last_seen": self.told(datetime.now(UTC)).isoformat(),
        }
        began = time.monotonic()
        self.hand.publish(f"zigbee2mqtt/{BUTTONS[home].name}", json.dumps(state), qos=1)
        return began

    def summons(self, home: int, after: float, to: str, patience: float = 10.0) -> Text:
        """The text that calls this phone to this home."""
        door = f"3幢{home}02"
        return self.provider.wait(lambda t: t.to == to and MARK in t.body and door in t.body, patience, after)

    def reply(self, who: str, words: str, text: Text) -> str:
        return self.provider.reply(who, f"{words} {code(text)}")

    def case(self, home: int) -> Case:
        return [c for c in self.ledger.cases() if c.key.endswith(BUTTONS[home].ieee)][-1]

    @contextmanager
    def hearing(self, topic: str) -> Iterator[queue.Queue[mqtt.MQTTMessage]]:
        """What comes on a topic, for a client of its own."""
        heard: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        ear = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        ear.on_message = lambda _c, _u, message: heard.put(message)
        ear.connect("127.0.0.1", self.broker)
        ear.loop_start()
        ear.subscribe(topic, qos=1)
        yield heard
        ear.disconnect()
        ear.loop_stop()

    def word(self, home: int, message: mqtt.MQTTMessage) -> wire.Down:
        return wire.hear(bytes.fromhex(self.key), f"h-{home}", message.payload)


def code(text: Text) -> str:
    return text.body.split(MARK)[1][:4]


@contextmanager
def town(kind: str, folder: Path, speed: float = 1.0) -> Iterator[Town]:
    """Everything up and open, at the end everything gone."""
    with ExitStack() as exits:
        port = exits.enter_context(BROKERS[kind](folder))
        provider = exits.enter_context(Provider())
        here = Town(folder, port, provider)
        base = papers(here)
        settings = str(folder / "alerts.toml")
        once(("alerts", "init", "--config", settings), folder / "commission.log")
        once(
            ("alerts", "seed", "--config", settings, str(folder / "registry.toml")), folder / "commission.log"
        )
        environment = quick(here, speed) if speed != 1.0 else {}
        here.centre = Child(("alerts", "run", "--config", settings), folder / "alerts.log", environment)
        here.gateway = Child(
            ("gateway", "run", str(folder / "gateway.toml")), folder / "gateway.log", environment
        )
        exits.callback(here.centre.stop)
        here.centre.start()
        until(lambda: healthy(base), here.centre)
        exits.callback(here.gateway.stop)
        here.gateway.start()
        here.hand = exits.enter_context(hand(port))
        until(lambda: through(here), here.centre, here.gateway)
        yield here


def papers(here: Town) -> str:
    """Write every settings file; returns the console's address."""
    web = free_port()
    base = f"http://127.0.0.1:{web}"
    here.provider.inbound = base + "/hooks/twilio/inbound"
    homes = "".join(HOME.format(n=n, contact=phone(5, n)) for n in range(HOMES))
    workers = "".join(
        WORKER.format(role=role, phone=phone(n), area="grid" if n < 3 else "street")
        for n, role in enumerate(ROLES, 1)
    )
    (here.folder / "registry.toml").write_text(AREAS.format(key=here.key) + homes + workers)
    (here.folder / "alerts.toml").write_text(
        f'[service]\ndata = "alerts"\nbase_url = "{base}"\nlisten = "127.0.0.1:{web}"\n'
        f'[broker]\nport = {here.broker}\n[watch]\nsilent = "12h"\n'
        f'[channels.sms_twilio]\naccount = "{ACCOUNT}"\ntoken = "{here.provider.token}"\n'
        f'sender = "{SENDER}"\napi = "{here.provider.api}"\n'
    )
    devices = "".join(
        f'[[home]]\nid = "h-{n}"\nzone = "Asia/Shanghai"\nrules = "default"\n'
        f'[[home.device]]\nid = "{one.ieee}"\nroom = "卧室"\nkinds = ["sos"]\n'
        for n, one in enumerate(BUTTONS)
    )
    (here.folder / "gateway.toml").write_text(
        f'[gateway]\nid = "gw"\nkey = "{here.key}"\ndata = "gateway"\n'
        f'[uplink]\nhost = "127.0.0.1"\nport = {here.broker}\nheartbeat = "2s"\nlinger = "1s"\n'
        f'[[source]]\nname = "zigbee"\ntype = "zigbee2mqtt"\nhost = "127.0.0.1"\nport = {here.broker}\n'
        + devices
    )
    return base


def quick(here: Town, speed: float) -> dict[str, str]:
    """A clock for both programs on which everything takes less time."""
    now = datetime.now(UTC)
    here.pace = Pace([(now, now), (now + timedelta(hours=1), now + timedelta(hours=speed))])
    path = here.folder / "pace.json"
    path.write_text(json.dumps([[real.isoformat(), told.isoformat()] for real, told in here.pace.points]))
    return {"SHOUWANG_PACE": str(path)}


@contextmanager
def hand(port: int) -> Iterator[mqtt.Client]:
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.publish("zigbee2mqtt/bridge/devices", inventory(BUTTONS), qos=1, retain=True).wait_for_publish(5)
    yield client
    client.disconnect()
    client.loop_stop()


def through(here: Town) -> bool:
    """Every home has been heard at the centre."""
    for one in BUTTONS:
        here.hand.publish(f"zigbee2mqtt/{one.name}", b'{"action":null,"linkquality":90}', qos=1)
    time.sleep(0.2)
    return here.ledger.samples() >= HOMES


def healthy(base: str) -> bool:
    try:
        return httpx.get(base + "/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def until(true: Callable[[], bool], *needed: Child, patience: float = 40.0) -> None:
    deadline = time.monotonic() + patience
    while not true():
        for child in needed:
            child.check()
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def embedded(folder: Path) -> Iterator[int]:
    with Broker(folder / "broker") as broker:
        yield broker.port


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """Debian's, with the drop-in for the edge."""
    binary = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
    assert binary
    port = free_port()
    store = folder / "mosquitto"
    store.mkdir()
    own = f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence_location {store}/\n"
    own += "user root\n" if os.geteuid() == 0 else ""
    drop_in = (config_dir() / "broker" / "mosquitto-edge.conf").read_text("utf-8")
    (store / "mosquitto.conf").write_text(f"{drop_in}\n{own}")
    with (
        (store / "log").open("wb") as log,
        subprocess.Popen([binary, "-c", str(store / "mosquitto.conf")], stdout=log, stderr=log) as child,
    ):
        until(lambda: answers("127.0.0.1", port))
        yield port
        child.terminate()


BROKERS = {"embedded": embedded, "mosquitto": mosquitto}
EACH = [pytest.param("mosquitto", marks=pytest.mark.mosquitto), "embedded"]


@pytest.fixture(scope="module", params=EACH)
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town on the clock on the wall."""
    with town(request.param, tmp_path_factory.mktemp(request.param)) as open_town:
        yield open_town


@pytest.fixture(scope="module", params=EACH)
def fast(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town whose minutes take half a second."""
    with town(request.param, tmp_path_factory.mktemp(request.param), SPEED) as open_town:
        yield open_town
