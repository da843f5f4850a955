"""What an entity of Home Assistant's MQTT discovery tells: by its device class first, its words second."""

from __future__ import annotations

import re
from typing import Final

BINARY: Final = {  # device classes of binary sensors; on = active
    "smoke": "smoke",
    "carbon_monoxide": "co",
    "gas": "gas",
    "moisture": "water",
    "heat": "heat",
    "door": "contact",
    "window": "contact",
    "opening": "contact",
    "garage_door": "contact",
    "motion": "motion",
    "occupancy": "presence",
    "presence": "presence",
    "moving": "vibration",
    "vibration": "vibration",
    "battery": "battery_low",
    "tamper": "tamper",
    "problem": "fault",
    "power": "mains",
    "plug": "mains",
    "connectivity": "connectivity",
}
NOTHING: Final = frozenset(  # device classes that no rule asks for
    {"battery_charging", "cold", "light", "lock", "running", "sound", "update"}
)
_WORDS: Final = (  # where no device class says more than "safety" or nothing
    (r"sos|panic|emergency|pull.?cord|pendant|nurse.?call|help", "sos"),
    (r"fall(en)?", "fall"),
    (r"smoke|fire", "smoke"),
    (r"carbon.?monoxide|co.?alarm", "co"),
    (r"gas", "gas"),
    (r"leak|flood|water|moisture|wet", "water"),
    (r"bed|in.?bed|bed.?presence", "bed"),
    (r"motion|pir", "motion"),
    (r"presence|occupancy", "presence"),
    (r"door|window|contact|magnet", "contact"),
    (r"vibration|shock", "vibration"),
    (r"tamper", "tamper"),
    (r"low.?batt(ery)?|batt(ery)?.?low", "battery_low"),
    (r"button|press|click|key", "button"),
)
_SENSORS: Final = (  # numbers: words, unit, role
    (r"heart|pulse|bpm", r"bpm|beats?/min|1/min|/min", "heart_rate"),
    (r"respir|breath", r"bpm|rpm|br/min|breaths?/min|1/min|/min", "breath_rate"),
    (r"spo2|oxygen|saturation", r"%", "spo2"),
    (r"systolic", r"mmhg", "sys"),
    (r"diastolic", r"mmhg", "dia"),
    (r"body", r"°c|c", "body_temperature"),
)
_ACTION: Final = re.compile(r"\b(action|click|button|event)\b")
_SOS: Final = re.compile(_WORDS[0][0], re.IGNORECASE)


def binary(device_class: str, words: str) -> str | None:
    """A binary sensor's role; None for what no rule asks for. "unknown" asks the installer."""
    if device_class in BINARY:
        return BINARY[device_class]
    if device_class in NOTHING:
        return None
    return next((role for pattern, role in _WORDS if _spoken(pattern, words)), "unknown")


def sensor(device_class: str, unit: str, words: str) -> str | None:
    """A sensor's role; None for what no rule asks for."""
    unit = unit.lower().strip()
    match device_class:
        case "battery":
            return "battery" if unit in ("", "%") else None
        case "carbon_monoxide":
            return "co_level"
        case "weight" if unit == "kg":
            return "weight"
        case "water" if unit in ("l", "m³", "m3"):
            return "water_volume" if unit == "l" else "water_volume_m3"
        case "" | "enum" if not unit and _ACTION.search(words.lower().replace("_", " ")):
            return "action"
    measures = (role for w, u, role in _SENSORS if _spoken(w, words) and re.fullmatch(u, unit))
    return next(measures, None)


def press(words: str) -> str:
    """Whether such a press calls for help."""
    return "sos" if _SOS.search(words) else "button"


def _spoken(pattern: str, words: str) -> bool:
    return re.search(rf"(?<![a-z])({pattern})(?![a-z])", words.lower()) is not None
