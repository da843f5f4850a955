"""Milesight's LoRaWAN sensors behind a network server on MQTT (ChirpStack, The Things Stack, its own)."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as BadBase64Error
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from devices import payload as read
from devices.codecs import milesight_channels as channels
from devices.families import Verdict
from devices.told import Told
from rules.model import Origin

TOPICS: Final = ("application/+/device/+/event/up", "v3/+/devices/+/up", "milesight/+")
MAX: Final = 512  # bytes of one uplink
_MODEL: Final = re.compile(
    r"\b(EM\d{3}-(?:MCS|MLD|SLD|ZLD|[A-Z0-9]{2,5}\b)|(?:AM|AT|CT|DS|FT|GS|TS|UC|VS|WS|WT)\d{3,4}[LN]?(?![A-Z0-9]))",
    re.IGNORECASE,
)  # any of Milesight's: what is named and not read here says its battery only
_EUI: Final = re.compile(r"[0-9A-Fa-f]{16}")
_NAMES: Final = ("model", "model_id", "deviceProfileName", "device_profile_name", "deviceName", "device_id")


class Milesight:
    """Implements devices.families.MqttCodec. Who spoke is the device's EUI, in capitals. What a channel
    means depends on the model: it is read from the uplink's profile, model or device name."""

    def __init__(self, topics: Sequence[str] = TOPICS, model: str = "") -> None:
        """`model` is that of devices whose uplinks name none."""
        self.refused: Counter[str] = Counter()
        self.memory: bytes | None = None
        self.topics = topics
        self._model = model

    def recall(self, memory: bytes) -> None:
        """It learns nothing."""

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Told]:
        """What one uplink says. What the broker kept, or the device sends again as history, is no news."""
        table = read.table(payload, self.refused)
        if table is None:
            return ()
        flat = _flat(table)
        eui = next((v.upper() for v in flat.values() if isinstance(v, str) and _EUI.fullmatch(v)), "")
        data = _data(flat)
        if data is None:
            self.refused["uplink without data"] += 1
            return ()
        found = self.uplink(data, _model(flat) or self._model, eui)
        return [replace(one, origin=Origin.REPLAY) for one in found] if retained else found

    def uplink(self, data: bytes, model: str, who: str = "") -> Sequence[Told]:
        """What the bytes of one uplink say."""
        if len(data) > MAX:
            self.refused["uplink too long"] += 1
            return ()
        if model.upper() == "GS524N" or (not model and channels.is_smoke_head(data)):
            return channels.smoke_head(data, who, self.refused)
        return channels.read(data, model.upper(), who, self.refused)


def make(options: Mapping[str, str]) -> Milesight:
    """`base`: the topic of the uplinks, wildcards and all; `model`: of devices that do not name theirs."""
    base = options.get("base")
    return Milesight((base,) if base else TOPICS, options.get("model", ""))


def decode(frame: Mapping[str, object]) -> Verdict:
    """What one recorded uplink says. The model, which the installer has configured, is the frame's `model` or
    the first that its description names."""
    codec = Milesight()
    raw = frame.get("raw")
    named = _MODEL.search(" ".join(str(frame.get(key, "")) for key in ("model", "meaning", "source")))
    try:
        data = bytes.fromhex(str(raw))
    except ValueError:
        return read.recorded(Milesight(model=named[1] if named else ""), frame)
    told = codec.uplink(data, named[1] if named else "")
    return told, None if told else next((why for why, times in codec.refused.items() if times), None)


def _flat(table: Mapping[str, Any]) -> dict[str, object]:
    """The uplink's fields, those of the tables in it too: each server has its own nesting."""
    flat: dict[str, object] = dict(table)
    for _, inner in zip(range(3), ("end_device_ids", "uplink_message", "deviceInfo"), strict=True):
        part = table.get(inner)
        if isinstance(part, dict):
            flat |= part
            version = part.get("version_ids")
            flat |= version if isinstance(version, dict) else {}
    return flat


def _model(flat: Mapping[str, object]) -> str:
    for name in _NAMES:
        value = flat.get(name)
        found = _MODEL.search(value[:100].replace("_", "-")) if isinstance(value, str) else None
        if found:
            return found[1].upper()
    return ""


def _data(flat: Mapping[str, object]) -> bytes | None:
    """The payload, base64 as servers send it, or hex."""
    for name in ("frm_payload", "data", "payload_hex", "payload"):
        text = flat.get(name)
        if not isinstance(text, str):
            continue
        if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", text):
            return bytes.fromhex(text)
        try:
            return b64decode(text, validate=True)
        except (BadBase64Error, ValueError):
            continue
    return None
