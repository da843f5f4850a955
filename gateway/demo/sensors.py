"""The sensors of the simulated home, as Zigbee2MQTT's bridge/devices describes them.

The `exposes` are written in the style of zigbee-herdsman-converters (MIT) for sensors that can be bought.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Json: TypeAlias = "str | float | bool | list[Json] | Mapping[str, Json] | None"
Expose: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Model:
    """What one sells: its definition, and the state it reports when nothing happens."""

    vendor: str
    model: str
    model_id: str
    description: str
    exposes: tuple[Expose, ...]
    rest: Mapping[str, Json]
    says: str  # the property that carries its news
    kind: str  # what the gateway's settings call it


@dataclass(frozen=True, slots=True)
class Sensor:
    """One of them, as installed: `name` is its friendly name, `label` what the console shows."""

    ieee: str
    name: str
    label: str
    room: str
    model: Model
    beat: float = 3000.0  # seconds between repeats of its state (Aqara: 50 minutes)
    exterior: bool = field(default=False)


def _binary(name: str, description: str, on: Json = True, off: Json = False, category: str = "") -> Expose:
    base = _expose("binary", name, description, category)
    return {**base, "value_on": on, "value_off": off}


def _numeric(name: str, description: str, unit: str, category: str = "diagnostic") -> Expose:
    return {**_expose("numeric", name, description, category), "unit": unit}


def _enum(name: str, description: str, values: list[Json], access: int = 1, category: str = "") -> Expose:
    return {**_expose("enum", name, description, category), "values": values, "access": access}


def _expose(type_: str, name: str, description: str, category: str) -> dict[str, Json]:
    label = name.replace("_", " ").capitalize()
    base: dict[str, Json] = {"type": type_, "name": name, "label": label, "property": name, "access": 1}
    base["description"] = description
    return base | ({"category": category} if category else {})


_BATTERY: Expose = {
    **_numeric("battery", "Remaining battery in %, can take up to 24 hours before reported", "%"),
    "value_min": 0,
    "value_max": 100,
}
_LOW = _binary(
    "battery_low", "Indicates if the battery of this device is almost empty", category="diagnostic"
)
_VOLTAGE = _numeric("voltage", "Voltage of the battery in millivolts", "mV")
_WARMTH = _numeric("device_temperature", "Temperature of the device", "°C")
_OUTAGES = _numeric("power_outage_count", "Number of power outages", "")
_LUX = _numeric("illuminance", "Measured illuminance", "lx", category="")

MOTION = Model(
    "Aqara",
    "RTCGQ11LM",
    "lumi.sensor_motion.aq2",
    "Motion sensor",
    (
        _BATTERY,
        _binary("occupancy", "Indicates whether the device detected occupancy"),
        _WARMTH,
        _VOLTAGE,
        _LUX,
        _OUTAGES,
    ),
    {"device_temperature": 23, "illuminance": 86, "occupancy": False, "power_outage_count": 4},
    "occupancy",
    "motion",
)
CONTACT = Model(
    "Aqara",
    "MCCGQ11LM",
    "lumi.sensor_magnet.aq2",
    "Door and window sensor",
    (
        _BATTERY,
        _binary("contact", "Indicates if the contact is closed (= true) or open (= false)", False, True),
        _WARMTH,
        _VOLTAGE,
        _OUTAGES,
        _numeric("trigger_count", "Indicates how many times the sensor was triggered", ""),
    ),
    {"contact": True, "device_temperature": 22, "power_outage_count": 2, "trigger_count": 0},
    "contact",
    "contact",
)
SMOKE = Model(
    "Heiman",
    "HS1SA-E",
    "SmokeSensor-EF-3.0",
    "Smart smoke alarm",
    (
        _binary("smoke", "Indicates whether the device detected smoke"),
        _LOW,
        _BATTERY,
        _binary("test", "Indicates whether the device is being tested"),
    ),
    {"battery_low": False, "smoke": False, "test": False},
    "smoke",
    "smoke",
)
SOS = Model(
    "Tuya",
    "TS0215A_sos",
    "TS0215A",
    "SOS button",
    (
        _BATTERY,
        _VOLTAGE,
        _enum("action", "Triggered action (e.g. a button click)", ["emergency"], category="diagnostic"),
    ),
    {"action": None},
    "action",
    "sos",
)
BED = Model(
    "Tuya",
    "TS0601_bed_presence_sensor",
    "TS0601",
    "Pressure Sensing Strap/Bed Occupancy Sensor",
    (
        _binary("occupancy", "Indicates whether the device detected occupancy"),
        _BATTERY,
        _enum("sensitivity", "Sensitivity", ["low", "middle", "high"], access=7),
        _enum("work_state", "Summary of the state of the device", ["presence", "none"]),
    ),
    {"occupancy": True, "sensitivity": "middle"},
    "occupancy",
    "bed",
)
LEAK = Model(
    "Aqara",
    "SJCGQ11LM",
    "lumi.sensor_wleak.aq1",
    "Water leak sensor",
    (
        _BATTERY,
        _VOLTAGE,
        _WARMTH,
        _OUTAGES,
        _binary("water_leak", "Indicates whether the device detected a water leak"),
        _LOW,
    ),
    {"battery_low": False, "device_temperature": 21, "power_outage_count": 1, "water_leak": False},
    "water_leak",
    "water_leak",
)

HOME = (
    Sensor("0x00158d0004a10001", "kitchen/motion", "厨房人体", "厨房", MOTION),
    Sensor("0x00158d0004a10002", "lounge/motion", "客厅人体", "客厅", MOTION),
    Sensor("0x00158d0004a10003", "hall/motion", "玄关人体", "玄关", MOTION),
    Sensor("0x00158d0004a10004", "bedroom/motion", "卧室人体", "卧室", MOTION),
    Sensor("0x00158d0004a10005", "bathroom/motion", "卫生间人体", "卫生间", MOTION),
    Sensor("0x00158d0005b20001", "hall/door", "入户门", "玄关", CONTACT, exterior=True),
    Sensor("0x00158d0005b20002", "kitchen/fridge", "冰箱门", "厨房", CONTACT),
    Sensor("0x50325ffffe6c0001", "kitchen/smoke", "厨房烟感", "厨房", SMOKE, beat=3600.0),
    Sensor("0xa4c138d7e1f00001", "bedroom/sos", "床头按钮", "卧室", SOS, beat=14400.0),
    Sensor("0xa4c138d7e1f00002", "bedroom/bed", "床垫", "卧室", BED, beat=3600.0),
    Sensor("0x00158d0006c30001", "bathroom/leak", "卫生间水浸", "卫生间", LEAK),
)


def sensor(name: str) -> Sensor:
    """The sensor of the simulated home with this friendly name. Raises KeyError."""
    for one in HOME:
        if one.name == name:
            return one
    raise KeyError(name)


def inventory(sensors: Sequence[Sensor] = HOME) -> bytes:
    """The retained payload of bridge/devices."""
    rows: list[Json] = [
        {"ieee_address": "0x00124b0024c0ffee", "type": "Coordinator", **_common("Coordinator")}
    ]
    rows += [_row(number, one) for number, one in enumerate(sensors, 1)]
    return json.dumps(rows, ensure_ascii=False).encode()


def _common(name: str) -> dict[str, Json]:
    return {
        "friendly_name": name,
        "network_address": 0,
        "supported": name != "Coordinator",
        "disabled": False,
        "definition": None,
        "interview_completed": True,
        "interviewing": False,
        "endpoints": {},
    }


def _row(number: int, one: Sensor) -> Json:
    model = one.model
    definition: Json = {
        "model": model.model,
        "vendor": model.vendor,
        "description": model.description,
        "exposes": list(model.exposes),
        "options": [],
        "source": "native",
        "supports_ota": False,
    }
    return _common(one.name) | {
        "ieee_address": one.ieee,
        "type": "EndDevice",
        "network_address": 4096 + 977 * number,
        "power_source": "Battery",
        "model_id": model.model_id,
        "manufacturer": model.vendor,
        "definition": definition,
    }
