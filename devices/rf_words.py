"""What the one who recorded a radio code wrote of it, read as the enrolment of that code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from devices.told import Told, Value

# The code itself cannot tell: E is "open" of one sensor, "motion" of another, "closed" of a third.
_WORDS: Final[tuple[tuple[str, str, Value], ...]] = (
    (r"\btamper", "tamper", True),
    (r"\blow batter|\bbattery (is )?low", "battery_low", True),
    (r"\b(sos|panic|emergency|pendant)\b", "sos", True),
    (r"\b(smoke|fire)\b", "smoke", True),
    (r"\b(water|leak|flood)\b", "water", True),
    (r"\b(gas)\b", "gas", True),
    (r"\b(motion|pir)\b", "motion", True),
    (r"\b(door|window|contact)\b.*\bopen(ed)?\b", "contact_open", True),
    (r"\b(door|window|contact)\b.*\bclosed?\b", "contact_open", False),
)
_FOB: Final = re.compile(r"\b(key ?fob|remote( control)?|wall switch)\b", re.IGNORECASE)


def enrolled(told: Sequence[Told], words: str) -> Sequence[Told]:
    """`told` with each code that `words` explain read as they say; others stay codes."""
    return [_named(one, words) if one.role == "rf_code" else one for one in told]


def _named(told: Told, words: str) -> Told:
    """A fob's button is the code's last digit."""
    for pattern, role, value in _WORDS:
        if re.search(pattern, words, re.IGNORECASE):
            return Told(role, value, told.who, told.origin)
    if _FOB.search(words):
        return Told("button", str(told.value)[-1:], told.who, told.origin)
    return told
