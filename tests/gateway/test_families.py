"""Each MQTT family through a real Mosquitto, source and codec, as the settings wire it: what the broker kept
is no news, garbage on a topic breaks nothing, and a broker that was killed is read again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from ports import until

from devices.families import FAMILIES
from gateway import connections
from gateway.journal import FILE, Journal
from gateway.settings import Settings, SourcePart, read
from gateway.wiring import NO_SENSORS
from rules.model import Kind, Origin, Reading

pytestmark = pytest.mark.mosquitto

GARBAGE = (
    *(b"\xff\xfe\x00", b"{", b"[]", b"null", b'"', b"nan", b'{"a":NaN}', b"[" * 5_000, b"x" * 70_000),
    *(b'{"cmd":1,"model":[],"id":{}}', b'{"ZbReceived":[1]}', b'{"RfReceived":{"Data":{}}}', b'{"data":"%"}'),
)
SMOKE = {"type": "binary", "name": "smoke", "property": "smoke", "access": 1} | {
    "value_on": True,
    "value_off": False,
}
HEAD = {"vendor": "V", "model": "M", "description": "smoke detector", "exposes": [SMOKE]}
ZIGBEE = {"ieee_address": "0x01", "friendly_name": "hall/head", "type": "EndDevice", "definition": HEAD}
ESPHOME = {"uniq_id": "u", "stat_t": "esp/hall/state", "dev_cla": "smoke", "dev": {"ids": "aabbcc"}}


@dataclass(frozen=True, slots=True)
class Row:
    """A sensor of one family: how it is enrolled, and what it says when active and when at rest."""

    family: str
    device: str  # of `[[home.device]]`
    topic: str
    active: object
    rest: object
    kind: Kind
    source: str = ""  # of `[[source]]`
    announced: Sequence[tuple[str, object]] = field(default_factory=tuple)  # and kept by the broker


def coded(address: str, active: str, rest: str) -> str:
    codes = f'codes = {{ "{active}" = "smoke", "{rest}" = "smoke 0" }}'
    return f'address = "{address}"\n{codes}\nkinds = ["contact"]'  # not the home's only smoke detector


def sid(**said: str) -> dict[str, object]:
    return {"cmd": "report", "model": "sensor_wleak.aq1", "sid": "158d0001234567", "params": [said]}


def bed(status: int) -> list[dict[str, object]]:
    return [{"dataKey": "inBedStatus", "deviceId": "002s7", "data": {"inbedStatus": status}}]


def blu(pid: int, window: int) -> dict[str, object]:
    data = {"BTHome_version": 2, "pid": pid, "window": window, "address": "0c:ef:f6:01:02:03"}
    event = {"component": "script:1", "id": 1, "event": "shelly-blu", "data": data}
    return {"src": "shellyplus1-1", "method": "NotifyEvent", "params": {"events": [event]}}


ROWS = {  # messages of the families' documents and of issues, as devices.md names them
    "zigbee2mqtt": Row(
        *("zigbee2mqtt", 'id = "hall/head"', "zigbee2mqtt/hall/head", {"smoke": True}, {"smoke": False}),
        kind=Kind.SMOKE,
        announced=[("zigbee2mqtt/bridge/devices", [ZIGBEE])],
    ),
    "ha-discovery": Row(
        *("ha-discovery", 'address = "aabbcc"', "esp/hall/state", "ON", "OFF", Kind.SMOKE),
        announced=[("homeassistant/binary_sensor/esp/u/config", ESPHOME)],
    ),
    "shelly gen1": Row(
        *("shelly", 'address = "shellysmoke-1"', "shellies/shellysmoke-1/sensor/smoke", "true", "false"),
        kind=Kind.SMOKE,
    ),
    "shelly gen2": Row(
        *("shelly", 'address = "shellyplussmoke-1"', "shellyplussmoke-1/status/smoke:0"),
        *({"id": 0, "alarm": True}, {"id": 0, "alarm": False}, Kind.SMOKE),
    ),
    "shelly blu": Row(
        *("shelly", 'address = "0C:EF:F6:01:02:03"', "shellyplus1-1/events/rpc", blu(1, 1), blu(2, 0)),
        kind=Kind.CONTACT,
    ),
    "tasmota-rf": Row(
        *("tasmota-rf", coded("A53EE", "A53EEE", "A53EE7"), "tele/rf/RESULT"),
        *({"RfReceived": {"Data": "A53EEE"}}, {"RfReceived": {"Data": "A53EE7"}}, Kind.SMOKE),
    ),
    "tasmota-zigbee": Row(
        *("tasmota-zigbee", 'address = "hall"', "tele/zb/SENSOR"),
        {"ZbReceived": {"0x5E8D": {"Name": "hall", "Contact": 1, "Endpoint": 1}}},
        {"ZbReceived": {"0x5E8D": {"Name": "hall", "Contact": 0, "Endpoint": 1}}},
        Kind.CONTACT,
    ),
    "rtl_433": Row(
        *("rtl_433", 'address = "DSC-Security/7"', "rtl_433/x/events"),
        *({"model": "DSC-Security", "id": 7, "closed": 0}, {"model": "DSC-Security", "id": 7, "closed": 1}),
        Kind.CONTACT,
    ),
    "omg-rf": Row(
        *("omg-rf", coded("14115", "141154", "141155"), "home/omg/433toMQTT"),
        *({"value": 0x141154, "length": 24}, {"value": 0x141155, "length": 24}, Kind.SMOKE),
    ),
    "theengs-ble": Row(
        *("theengs-ble", 'address = "3C:2E:F5:AA:BB:CC"', "home/omg/BTtoMQTT/3C2EF5AABBCC"),
        *({"model_id": "SBDW-002C", "open": True}, {"model_id": "SBDW-002C", "open": False}, Kind.CONTACT),
    ),
    "sleepace": Row("sleepace", 'address = "002s7"', "sleepace/push", bed(0), bed(1), Kind.BED),
    "aqara-lan": Row(
        *("aqara-lan", 'address = "158d0001234567"', "aqara/report"),
        *(sid(wleak_status="leak"), sid(wleak_status="normal"), Kind.WATER_LEAK),
    ),
    "milesight-lorawan": Row(
        *("milesight-lorawan", 'address = "24E124538C000001"', "milesight/uplink"),
        {"model": "WS301", "devEUI": "24E124538C000001", "data": "030001"},
        {"model": "WS301", "devEUI": "24E124538C000001", "data": "030000"},
        Kind.CONTACT,
    ),
}


class Clock:
    """A clock that a test moves on: no copy is taken for one that comes at once."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep_until(self, at: datetime) -> None:
        raise NotImplementedError

    def read(self) -> tuple[datetime, timedelta]:
        raise NotImplementedError


@dataclass(slots=True)
class Ear:
    """What the source of one family gave."""

    kind: Kind
    rows: list[Reading] = field(default_factory=list)
    runs: int = 0

    def emit(self, messages: Sequence[Sequence[Reading]]) -> None:
        self.rows += [reading for readings in messages for reading in readings]

    def said(self) -> list[tuple[float, Origin]]:
        return [(r.value, r.origin) for r in self.rows if r.kind is self.kind]

    async def hears(self, value: float, origin: Origin) -> None:
        """Wait for this, and for nothing else that happened; then forget it."""
        await until(lambda: (value, origin) in self.said(), 10)
        assert self.happened() <= {(value, origin)}
        self.rows.clear()

    def happened(self) -> set[tuple[float, Origin]]:
        """What was said, but for ends that were put in."""
        return {one for one in self.said() if one[1] is not Origin.SYNTHETIC}


def settings(folder: Path, row: Row, port: int) -> Settings:
    path = folder / "gateway.toml"
    source = f'[[source]]\nname = "s"\ntype = "{row.family}"\nport = {port}\n{row.source}\n'
    device = row.device if row.device.startswith("id") else f'id = "d"\n{row.device}'
    home = f'[[home]]\nid = "h"\nzone = "Asia/Shanghai"\n[[home.device]]\nroom = "hall"\n{device}\n'
    path.write_text(f'[gateway]\nid = "gw"\nkey = "{"ab" * 32}"\ndata = "data"\n{source}{home}', "utf-8")
    return read(path)


async def publish(broker: Any, topic: str, *messages: object, retain: bool = False) -> None:
    async with aiomqtt.Client(broker.host, broker.port) as client:
        for one in messages:
            payload = one if isinstance(one, bytes | str) else json.dumps(one)
            await client.publish(topic, payload, qos=1, retain=retain)


async def live(run: Callable[[], Any], ear: Ear) -> None:
    """As `supervise` does, without its waits."""
    while True:
        ear.runs += 1
        try:
            await run()
        except OSError:
            await asyncio.sleep(0.05)


def test_every_mqtt_family_is_here() -> None:
    known = {f.name for f in FAMILIES.values() if f.transport == "mqtt" and f.name not in NO_SENSORS}
    assert {row.family for row in ROWS.values()} == known


@pytest.mark.parametrize("name", ROWS)
def test_a_family_through_a_broker(name: str, tmp_path: Path, mosquitto: Any) -> None:
    row, clock, ear = ROWS[name], Clock(), Ear(ROWS[name].kind)
    found = settings(tmp_path, row, mosquitto.port)
    (part,) = found.sources
    assert isinstance(part, SourcePart)
    (tmp_path / "data").mkdir()
    journal = Journal(tmp_path / "data" / FILE)
    source = connections.broker(part, found, journal, clock)

    async def main() -> None:
        for topic, payload in row.announced:
            await publish(mosquitto, topic, payload, retain=True)
        await publish(mosquitto, row.topic, row.active, retain=True)
        task = asyncio.create_task(live(lambda: source.run(ear.emit), ear))
        await ear.hears(1.0, Origin.REPLAY)  # what the broker kept: somebody may have opened it yesterday
        clock.at += timedelta(minutes=1)
        await publish(mosquitto, row.topic, row.rest)
        await ear.hears(0.0, Origin.EVENT)
        clock.at += timedelta(minutes=1)
        await publish(mosquitto, row.topic, *GARBAGE, row.active)
        await ear.hears(1.0, Origin.EVENT)
        assert (ear.runs, source.codec.refused.total() > 0) == (1, True)
        clock.at += timedelta(minutes=1)
        mosquitto.restart()
        await until(ear.said, 10)  # what it kept, or what it had not noted as acknowledged, once more
        assert ear.happened() <= {(1.0, Origin.REPLAY), (1.0, Origin.EVENT)}
        clock.at += timedelta(minutes=1)
        await publish(mosquitto, row.topic, row.rest)
        await until(lambda: (0.0, Origin.EVENT) in ear.said(), 10)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    journal.close()
    assert ear.runs > 1
