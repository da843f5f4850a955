"""What a model's description says the device watches for."""

from __future__ import annotations

import re
from typing import Final

from rules.model import Kind

_HAZARDS: Final = (
    (Kind.SMOKE, re.compile(r"\b(smoke|fire)\b")),
    (Kind.CO, re.compile(r"\bco\b|carbon monoxide")),
    (Kind.GAS, re.compile(r"\bgas\b|methane")),
    (Kind.HEAT, re.compile(r"\bheat\b")),
    (Kind.WATER_LEAK, re.compile(r"\bleak|\bflood|water (?:sensor|alarm)")),
    (Kind.CONTACT, re.compile(r"\b(door|window)\b.*\bsensor\b|open/close|(?:contact|opening) sensor")),
)
_SOS: Final = re.compile(
    r"\bsos\b|\bpanic\b|\bdistress\b|\bcall for help\b|\b(?:nurse|help) call\b"
    r"|\bemergency\b(?! (?:light|lamp|exit|power|stop|driver))"
)
_BED: Final = re.compile(r"\bbed\b(?! ?(?:light|lamp|side))|\bmattress\b|\bsleep(ing)?\b")
_FALL: Final = re.compile(r"\bfall(?:s|en|ing)?\b")
_KEYPAD: Final = re.compile(r"\bkeypad\b")


def hazard(text: str) -> Kind | None:
    """The one thing that this device raises an alarm for; None if the text names none or several."""
    named = [kind for kind, pattern in _HAZARDS if pattern.search(text)]
    return named[0] if len(named) == 1 else None


def cries(text: str) -> bool:
    """Whether it is sold as a button for emergencies."""
    return _SOS.search(text) is not None


def lies_in_bed(text: str) -> bool:
    """Whether it is a pad, strap or belt for a bed."""
    return _BED.search(text) is not None


def falls(text: str) -> bool:
    """Whether it watches for people who fall."""
    return _FALL.search(text) is not None


def keypad(text: str) -> bool:
    """Whether what it feels is its own front, not a room or a door."""
    return _KEYPAD.search(text) is not None
