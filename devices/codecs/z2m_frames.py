"""Single Zigbee2MQTT messages, as a corpus has them: what they say without the bridge's list of devices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

import msgspec

from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from devices.exceptions import NO_EXCEPTIONS, Exceptions
from devices.role import NAMES
from devices.told import Told
from rules.model import DeviceId, Kind, Reading

_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS: Final = NAMES | {Kind.CONTACT: "contact_open", Kind.ONLINE: "device_online"}
_NUMBERS: Final = frozenset({Kind.BATTERY, Kind.VOLTAGE, Kind.CO_LEVEL, Kind.SMOKE_LEVEL})
_SIDES: Final = ("/availability", "/action")
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What the message says of a device with the frame's `definition` (vendor, model, exposes), or else of
    one whose `exposes` would be the message's own keys; `exceptions` are those of the settings."""
    match frame.get("raw"):
        case {"topic": str(topic), "payload": str(payload)}:
            bridge = re.fullmatch(r"(.+)/bridge/(.+)", topic)
            return _bridge(bridge[1], topic, payload) if bridge else _message(topic, payload, frame)
    return (), "no topic and payload"


def _message(topic: str, payload: str, frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    exceptions = cast(Exceptions, frame.get("exceptions") or NO_EXCEPTIONS)
    side = next((side for side in _SIDES if topic.endswith(side)), "")
    definition = frame.get("definition") or _shown(payload, topic, exceptions)
    codec = _codec("z2m", "it", "0x0000000000000001", definition, exceptions)
    readings = codec.feed(f"z2m/it{side}", payload.encode(), _AT)
    action = _decoded(payload).get("action") or payload
    raw = any(role.confirm and role.kind is Kind.BED for role in codec.inventory.sensors[0].roles)
    return [_told(r, action, raw) for r in readings if _said(r, side)], _reason(codec)


def _bridge(base: str, topic: str, payload: str) -> tuple[Sequence[Told], str | None]:
    """What the bridge says of itself, or of the device that the message is about."""
    data = _decoded(payload).get("data")
    about = data if isinstance(data, dict) else {}
    ieee = str(about.get("ieee_address", "0x0000000000000001"))
    codec = _codec(base, str(about.get("friendly_name", "it")), ieee, {})
    readings = codec.feed(topic, payload.encode(), _AT)
    if codec.bridge_online is not None:
        return [Told("bridge_online", codec.bridge_online)], None
    match about:
        case {"status": "successful", "definition": {"model": str(model)}}:
            return [Told("onboard", model, ieee)], None
    return [_told(reading, "", False) for reading in readings], _reason(codec)


def _codec(
    base: str, name: str, ieee: str, definition: object, exceptions: Exceptions = NO_EXCEPTIONS
) -> Zigbee2Mqtt:
    device = {"ieee_address": ieee, "friendly_name": name, "type": "EndDevice", "definition": definition}
    codec = Zigbee2Mqtt(base, [DeviceId(ieee)], exceptions=exceptions)
    codec.feed(f"{base}/bridge/devices", msgspec.json.encode([device]), _AT)
    return codec


def _shown(payload: str, topic: str, exceptions: Exceptions) -> Mapping[str, object]:
    """A stand-in for what the device's model would expose."""
    state = _decoded(payload) or {"action": payload}
    rows = [_expose(name, value) for name, value in state.items() if value not in (None, "")]
    known = ((vendor, model) for vendor, model in exceptions if topic.endswith(f"<{model}>"))
    vendor, model = next(known, ("", ""))
    return {"vendor": vendor, "model": model, "description": "", "exposes": rows}


def _expose(name: str, value: object) -> Mapping[str, object]:
    row: dict[str, object] = {"property": name, "access": 1}
    match value:
        case bool():
            return row | {"type": "binary", "value_on": True, "value_off": False}
        case str() if name != "battery":
            return row | {"type": "enum", "values": [value]}
        case str() | int() | float():
            return row | {"type": "numeric"}
    return row | {"type": "composite"}


def _said(reading: Reading, side: str) -> bool:
    """Not the signs of life, which every message leaves."""
    return reading.kind is not Kind.LINK and (reading.kind is not Kind.ONLINE or side == "/availability")


def _told(reading: Reading, action: str, raw: bool) -> Told:
    """`raw`: which side of a bed pad is "in bed" must be confirmed on site."""
    role = "bed_raw" if raw and reading.kind is Kind.BED else _WORDS[reading.kind]
    if reading.kind is Kind.BUTTON:
        return Told(role, action, reading.device, reading.origin)
    value = reading.value if reading.kind in _NUMBERS else reading.value > 0
    return Told(role, value, reading.device, reading.origin)


def _decoded(payload: str) -> dict[str, Any]:
    try:
        return _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def _reason(codec: Zigbee2Mqtt) -> str | None:
    return next(iter(codec.refused), None)
