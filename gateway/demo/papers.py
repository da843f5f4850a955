"""The settings of a demonstration: what an operator would write by hand, written into its folder."""

from __future__ import annotations

import json
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.demo.sensors import HOME, Sensor
from gateway.demo.sms import ACCOUNT, SENDER
from rules.pace import Pace

HOME_ID = "h-0402"
ZONE = "Asia/Shanghai"
_REGISTRY = Path(__file__).with_name("registry.toml")
_GATEWAY = """\
[gateway]
id = "gw-demo"
key_file = "gateway.key"
data = "gateway"

[uplink]
port = {broker}
host = "127.0.0.1"
heartbeat = "{heartbeat}"
linger = "{linger}"

[[source]]
name = "zigbee"
type = "zigbee2mqtt"
host = "127.0.0.1"
port = {broker}
base = "zigbee2mqtt"

[[home]]
id = "{home}"
zone = "{zone}"
rules = "default"
"""
_DEVICE = """
[[home.device]]
id = "{one.ieee}"
room = "{one.room}"
name = "{one.label}"
kinds = ["{one.model.kind}"]
exterior = {exterior}
"""
_ALERTS = """\
[service]
data = "alerts"
secret_file = "secret.key"
base_url = "{base}"
listen = "127.0.0.1:{web}"

[broker]
host = "127.0.0.1"
port = {broker}

[watch]
silent = "{silent}"

[channels.sms_twilio]
account = "{account}"
token_file = "twilio.token"
sender = "{sender}"
api = "{api}"
"""


@dataclass(frozen=True, slots=True)
class Doors:
    """Where everything listens on loopback, and how patient the two programs are with each other."""

    broker: int  # port
    web: int  # port
    api: str  # the provider's address
    token: str  # the provider's token
    heartbeat: str = "60s"
    linger: str = "2s"
    silent: str = "5m"

    @property
    def base(self) -> str:
        """The console's address."""
        return f"http://127.0.0.1:{self.web}"


@dataclass(frozen=True, slots=True)
class Papers:
    """A demonstration's folder and the files in it."""

    folder: Path

    @property
    def gateway(self) -> Path:
        """The gateway's settings."""
        return self.folder / "gateway.toml"

    @property
    def alerts(self) -> Path:
        """The alert service's settings."""
        return self.folder / "alerts.toml"

    @property
    def registry(self) -> Path:
        """Who lives and works there."""
        return self.folder / "registry.toml"

    @property
    def pace(self) -> Path:
        """How time is told, for SHOUWANG_PACE."""
        return self.folder / "pace.json"

    @property
    def story(self) -> Path:
        """Where the story stood when a demonstration ended whose folder is kept."""
        return self.folder / "story.txt"

    @property
    def database(self) -> Path:
        """The alert service's store."""
        return self.folder / "alerts" / "alerts.db"

    def write(self, doors: Doors) -> None:
        """Write every file; the gateway's key is kept if there is one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        key = self._key()
        self._put("twilio.token", doors.token)
        self.registry.write_text(_REGISTRY.read_text("utf-8").replace("KEY", key) + _devices(), "utf-8")
        self.gateway.write_text(_gateway(doors), "utf-8")
        self.alerts.write_text(_alerts(doors), "utf-8")

    def tell(self, pace: Pace) -> None:
        """Write how time is told."""
        points = [[real.isoformat(), told.isoformat()] for real, told in pace.points]
        self.pace.write_text(json.dumps(points))

    def _key(self) -> str:
        path = self.folder / "gateway.key"
        if not path.exists():
            self._put("gateway.key", secrets.token_hex(32))
        return path.read_text().strip()

    def _put(self, name: str, secret: str) -> None:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(secret)


def people() -> Mapping[str, str]:
    """The name and part of everybody who has a phone, by number."""
    table = tomllib.loads(_REGISTRY.read_text("utf-8"))
    workers = {w["phone"]: f"{w['name']} · {_part(w)}" for w in table["worker"]}
    contacts = {c["phone"]: f"{c['name']} · {c['relation']}" for h in table["home"] for c in h["contact"]}
    return workers | contacts


def _part(worker: Mapping[str, Any]) -> str:
    words = {"grid_worker": "网格员", "grid_leader": "网格长"}
    return words.get(worker["post"][0]["role"], "值班")


def _gateway(doors: Doors) -> str:
    head = _GATEWAY.format(
        broker=doors.broker, heartbeat=doors.heartbeat, linger=doors.linger, home=HOME_ID, zone=ZONE
    )
    return head + "".join(
        _DEVICE.format(one=one, exterior="true" if one.exterior else "false") for one in HOME
    )


def _alerts(doors: Doors) -> str:
    return _ALERTS.format(
        base=doors.base,
        web=doors.web,
        broker=doors.broker,
        silent=doors.silent,
        account=ACCOUNT,
        sender=SENDER,
        api=doors.api,
    )


def _devices() -> str:
    """The devices' tables, below the one home of the registry: TOML lets them follow the workers."""
    return "".join(_registered(one) for one in HOME)


def _registered(one: Sensor) -> str:
    return f'\n[[home.device]]\nid = "{one.ieee}"\nroom = "{one.room}"\nname = "{one.label}"\n'
