"""A small Zigbee2MQTT network, made by hand in the form that the bridge publishes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from rules.model import DeviceId, Kind

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def binary(name: str, on: object = True, off: object = False, access: int = 1) -> dict[str, Any]:
    return {"type": "binary", "property": name, "access": access, "value_on": on, "value_off": off}


def enum(name: str, *values: str, access: int = 1) -> dict[str, Any]:
    return {"type": "enum", "property": name, "access": access, "values": list(values)}


def number(name: str, access: int = 1) -> dict[str, Any]:
    return {"type": "numeric", "property": name, "access": access}


NETWORK: Sequence[tuple[str, str, str, list[dict[str, Any]]]] = (
    ("0x01", "hall/front door", "Contact sensor", [binary("contact", False, True), number("battery")]),
    ("0x02", "0x02", "Motion sensor", [binary("occupancy"), number("battery")]),
    ("0x03", "kitchen smoke", "Smoke alarm", [binary("smoke"), binary("test"), binary("tamper")]),
    ("0x04", "bed/SOS", "SOS button", [enum("action", "emergency"), number("battery")]),
    ("0x05", "remote", "Wireless switch", [enum("action", "single", "double", "release")]),
    ("0x08", "dimmer", "Wireless dimmer", [enum("action", "on", "off")]),
    ("0x06", "leak", "Leak sensor", [binary("water_leak_wire_1"), binary("water_leak_wire_2")]),
    ("0x07", "neighbour", "Motion sensor", [binary("occupancy")]),
)


def bridge(network: Sequence[tuple[str, str, str, list[dict[str, Any]]]] = NETWORK) -> bytes:
    rows: list[dict[str, Any]] = [
        {"ieee_address": "0x00", "friendly_name": "Coordinator", "type": "Coordinator"}
    ]
    for ieee, name, text, exposes in network:
        definition = {"vendor": "Acme", "model": text, "description": text, "exposes": exposes}
        rows.append(
            {"ieee_address": ieee, "friendly_name": name, "type": "EndDevice", "definition": definition}
        )
    return json.dumps(rows).encode()


@pytest.fixture
def listed() -> Callable[..., bytes]:
    """Writes bridge/devices: NETWORK, with other names for some ieee addresses, or without them (None)."""

    def listed(**names: str | None) -> bytes:  # "x05" stands for 0x05
        said = {f"0{key}": name for key, name in names.items()}
        rows = ((ieee, said.get(ieee, name), text, exposes) for ieee, name, text, exposes in NETWORK)
        return bridge([(ieee, name, text, exposes) for ieee, name, text, exposes in rows if name is not None])

    return listed


@pytest.fixture
def codec() -> Zigbee2Mqtt:
    """Knows every device of NETWORK but the neighbour's."""
    ids = ["0x01", "0x02", "kitchen smoke", "0x04", "remote", "dimmer", "leak"]
    codec = Zigbee2Mqtt("zigbee2mqtt", [DeviceId(name) for name in ids])
    codec.feed("zigbee2mqtt/bridge/devices", bridge(), NOON, True)
    return codec


@pytest.fixture
def say(codec: Zigbee2Mqtt) -> Callable[..., list[tuple[Kind, float, str]]]:
    """Feed one message, `after` seconds past noon; returns (kind, value, origin) of each reading."""

    def say(
        topic: str, payload: Mapping[str, object] | str, after: float = 0, retained: bool = False
    ) -> list[tuple[Kind, float, str]]:
        text = payload if isinstance(payload, str) else json.dumps(payload)
        at = NOON + timedelta(seconds=after)
        readings = codec.feed(f"zigbee2mqtt/{topic}", text.encode(), at, retained)
        return [(r.kind, r.value, r.origin.value) for r in readings]

    return say
