"""A small town for tests: one gateway with several homes, a centre, a provider and a broker, all real."""

from __future__ import annotations

import json
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import paho.mqtt.client as mqtt
from brokers import BROKERS, Killable

from gateway.broker import free_port
from gateway.child import Child, once
from gateway.demo.ledger import Case, Ledger
from gateway.demo.provider import Provider
from gateway.demo.sensors import SOS, Sensor, inventory
from gateway.demo.sms import ACCOUNT, SENDER, Text
from rules import wire
from rules.pace import Pace

HOMES = 12
MARK = "回1 "


def phone(part: int, home: int = 0) -> str:
    """Somebody's number: 1 grid worker, 2 leader, 3 community, 4 street, 5 the contact of a home."""
    return f"+86199000{part:02}{home:03}"


def button(home: int, n: int = 0) -> Sensor:
    """A home's SOS button number `n`."""
    return Sensor(f"0xa4c138d7{n:04}{home:04}", f"h{home}/sos{n}", "床头按钮", "卧室", SOS)


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
[[gateway]]
id = "neighbour"
key = "{neighbour}"
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
    broker: Killable
    provider: Provider
    each: int = 1  # buttons a home
    key: str = field(default_factory=lambda: secrets.token_hex(32))
    neighbour: str = field(default_factory=lambda: secrets.token_hex(32))  # key of a gateway with no homes
    pace: Pace | None = None
    base: str = ""  # the console's address
    centre: Child = field(init=False)
    gateway: Child = field(init=False)
    hand: mqtt.Client = field(init=False)  # the independent client that presses

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.folder / "alerts" / "alerts.db")

    def told(self, real: datetime) -> datetime:
        return self.pace.told(real) if self.pace else real

    def real(self, told: datetime) -> datetime:
        """When the town's clock shows this."""
        return self.pace.real(told) if self.pace else told

    @property
    def buttons(self) -> list[Sensor]:
        """All that are enrolled."""
        return [button(home, n) for home in range(HOMES) for n in range(self.each)]

    def state(self, action: str = "emergency") -> bytes:
        """What Zigbee2MQTT publishes of a button now."""
        state = {
            "action": action,
            "battery": 100,
            "linkquality": 60 + secrets.randbelow(100),
            "last_seen": self.told(datetime.now(UTC)).isoformat(),
        }
        return json.dumps(state).encode()

    def press(self, home: int, n: int = 0) -> float:
        """Somebody presses a button of a home; the moment (time.monotonic) at which it is published."""
        began = time.monotonic()
        self.hand.publish(f"zigbee2mqtt/{button(home, n).name}", self.state(), qos=1)
        return began

    def summons(self, home: int, after: float, to: str, patience: float = 10.0) -> Text:
        """The text that calls this phone to this home."""
        door = f"3幢{home}02"
        return self.provider.wait(lambda t: t.to == to and MARK in t.body and door in t.body, patience, after)

    def reply(self, who: str, words: str, text: Text) -> str:
        return self.provider.reply(who, f"{words} {code(text)}")

    def case(self, home: int, n: int = 0) -> Case:
        return [c for c in self.ledger.cases() if c.key.endswith(button(home, n).ieee)][-1]

    @contextmanager
    def hearing(self, topic: str) -> Iterator[queue.Queue[mqtt.MQTTMessage]]:
        """What comes on a topic, for a client of its own."""
        heard: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        ear = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        ear.on_message = lambda _c, _u, message: heard.put(message)
        ready = threading.Event()
        ear.on_subscribe = lambda *_: ready.set()
        ear.connect("127.0.0.1", self.broker.port)
        ear.loop_start()
        ear.subscribe(topic, qos=1)
        assert ready.wait(5)
        yield heard
        ear.disconnect()
        ear.loop_stop()

    def word(self, home: int, message: mqtt.MQTTMessage) -> wire.Down:
        return wire.hear(bytes.fromhex(self.key), f"h-{home}", message.payload)


def code(text: Text) -> str:
    return text.body.split(MARK)[1][:4]


@contextmanager
def town(
    kind: str, folder: Path, speed: float = 1.0, each: int = 1, began: datetime | None = None
) -> Iterator[Town]:
    """Everything up and open, at the end everything gone. `began` is what its clock shows at first."""
    with ExitStack() as exits:
        broker = BROKERS[kind](folder / kind)
        exits.callback(broker.stop)
        broker.start()
        here = Town(folder, broker, exits.enter_context(Provider()), each)
        papers(here)
        commission(folder)
        environment = quick(here, speed, began) if speed != 1.0 else {}
        centre = ("alerts", "run", "--config", str(folder / "alerts.toml"))
        here.centre = Child(centre, folder / "alerts.log", environment)
        here.gateway = Child(
            ("gateway", "run", str(folder / "gateway.toml")), folder / "gateway.log", environment
        )
        exits.callback(here.centre.stop)
        here.centre.start()
        until(lambda: healthy(here.base), here.centre)
        exits.callback(here.gateway.stop)
        here.gateway.start()
        here.hand = exits.enter_context(hand(here))
        until(lambda: through(here), here.centre, here.gateway)
        yield here


def commission(folder: Path) -> None:
    """The centre's data folder, with everybody in it."""
    settings, log = str(folder / "alerts.toml"), folder / "commission.log"
    once(("alerts", "init", "--config", settings), log)
    once(("alerts", "seed", "--config", settings, str(folder / "registry.toml")), log)


def papers(here: Town) -> None:
    """Write every settings file."""
    web = free_port()
    here.base = base = f"http://127.0.0.1:{web}"
    here.provider.inbound = base + "/hooks/twilio/inbound"
    homes = "".join(HOME.format(n=n, contact=phone(5, n)) for n in range(HOMES))
    workers = "".join(
        WORKER.format(role=role, phone=phone(n), area="grid" if n < 3 else "street")
        for n, role in enumerate(ROLES, 1)
    )
    (here.folder / "registry.toml").write_text(
        AREAS.format(key=here.key, neighbour=here.neighbour) + homes + workers
    )
    (here.folder / "alerts.toml").write_text(
        f'[service]\ndata = "alerts"\nbase_url = "{base}"\nlisten = "127.0.0.1:{web}"\n'
        f'[broker]\nport = {here.broker.port}\n[watch]\nsilent = "12h"\n'
        f'[channels.sms_twilio]\naccount = "{ACCOUNT}"\ntoken = "{here.provider.token}"\n'
        f'sender = "{SENDER}"\napi = "{here.provider.api}"\n'
    )
    (here.folder / "gateway.toml").write_text(
        f'[gateway]\nid = "gw"\nkey = "{here.key}"\ndata = "gateway"\n'
        f'[uplink]\nhost = "127.0.0.1"\nport = {here.broker.port}\nheartbeat = "2s"\nlinger = "1s"\n'
        f'[[source]]\nname = "zigbee"\ntype = "zigbee2mqtt"\nhost = "127.0.0.1"\nport = {here.broker.port}\n'
        + "".join(enrolled(n, here.each) for n in range(HOMES))
    )


def enrolled(home: int, each: int) -> str:
    """A home of the gateway's settings."""
    devices = "".join(
        f'[[home.device]]\nid = "{button(home, n).ieee}"\nroom = "卧室"\nkinds = ["sos"]\n'
        for n in range(each)
    )
    return f'[[home]]\nid = "h-{home}"\nzone = "Asia/Shanghai"\nrules = "default"\n{devices}'


def quick(here: Town, speed: float, began: datetime | None) -> dict[str, str]:
    """A clock for both programs on which everything takes less time."""
    now = datetime.now(UTC)
    told = began or now
    here.pace = Pace([(now, told), (now + timedelta(hours=1), told + timedelta(hours=speed))])
    path = here.folder / "pace.json"
    path.write_text(json.dumps([[real.isoformat(), told.isoformat()] for real, told in here.pace.points]))
    return {"SHOUWANG_PACE": str(path)}


@contextmanager
def hand(here: Town) -> Iterator[mqtt.Client]:
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.reconnect_delay_set(0.1, 0.5)
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", here.broker.port)
    client.loop_start()
    told = client.publish("zigbee2mqtt/bridge/devices", inventory(here.buttons), qos=1, retain=True)
    told.wait_for_publish(5)
    yield client
    client.disconnect()
    client.loop_stop()


def through(here: Town) -> bool:
    """Every home has been heard at the centre."""
    for home in range(HOMES):
        here.hand.publish(f"zigbee2mqtt/{button(home).name}", b'{"action":null,"linkquality":90}', qos=1)
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
