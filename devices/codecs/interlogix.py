"""Interlogix/GE sensors on 319.5 MHz: their hourly report differs from an event in the latch bits alone.

The 24 bits of `raw_message`, most significant first: trigger count (3), low battery, then latch and level of
the inputs F1 to F4, F5's positive latch, level, negative latch. A latch is set when its input has tripped
since the last transmission (US patent 5761206; rtl_433's interlogix.c and its captured samples).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from devices.told import Told
from rules.model import Origin

_BUTTONS: Final = {0x4: 1, 0x8: 2, 0xC: 3, 0x2: 4, 0xA: 5}  # a key fob has its button where others count


@dataclass(frozen=True, slots=True)
class Bits:
    """The inputs of one message."""

    word: int

    def latch(self, number: int) -> bool:
        """Whether F<number> has tripped."""
        return bool(self.word >> 21 - 2 * number & 1)

    def level(self, number: int) -> bool:
        """Whether F<number> is active now."""
        return bool(self.word >> 20 - 2 * number & 1)

    @property
    def battery_low(self) -> bool:
        """As the sensor says."""
        return bool(self.word >> 20 & 1)

    @property
    def button(self) -> int | None:
        """Which button of a key fob."""
        return _BUTTONS.get(self.word >> 16 & 0xE)


def told(who: str, table: Mapping[str, Any]) -> Sequence[Told]:
    """What one message says. Without its raw bits nobody can tell an event: then the sensor only lives."""
    bits = _bits(table)
    if bits is None:
        return (_beat(who),)
    match subtype(table):
        case "motion":
            said = _motion(who, bits)
        case "contact":
            said = _contact(who, bits)
        case "smoke":
            said = _smoke(who, bits)
        case "keyfob":
            return (Told("button", bits.button, who),) if bits.button else (_beat(who),)
        case _:
            said = [Told("alarm", True, who)] if bits.latch(1) or bits.latch(2) else [_beat(who)]
    if not bits.battery_low:
        return said
    return [*said, Told("battery_low", True, who, Origin.HEARTBEAT)]


def subtype(table: Mapping[str, Any]) -> object:
    """What kind of sensor it is, in either schema."""
    return table.get("subtype") or table.get("device_type")


def _motion(who: str, bits: Bits) -> list[Told]:
    """There is no "no motion". F3 is the case: its level holds while it is open."""
    said = [Told("motion", True, who)] if bits.latch(1) else []
    if bits.level(3):
        said.append(Told("tamper", True, who, Origin.EVENT if bits.latch(3) else Origin.HEARTBEAT))
    return said or [Told("tamper", False, who, Origin.HEARTBEAT), _beat(who)]


def _contact(who: str, bits: Bits) -> list[Told]:
    """A door closing has no latch; one that is open without has been open before."""
    still = bits.level(1) and not bits.latch(1)
    said = [Told("contact_open", bits.level(1), who, Origin.HEARTBEAT if still else Origin.EVENT)]
    if bits.latch(3):  # its level floats where an outer contact has no resistor
        said.append(Told("tamper", True, who))
    return [*said, _beat(who)] if still else said


def _smoke(who: str, bits: Bits) -> list[Told]:
    if bits.latch(2):
        return [Told("test" if bits.latch(4) else "smoke", True, who)]
    if bits.latch(3):
        return [Told("tamper", True, who)]
    return [Told("smoke", False, who, Origin.HEARTBEAT), _beat(who)]


def _bits(table: Mapping[str, Any]) -> Bits | None:
    raw = table.get("raw_message") or table.get("device_raw_message")
    try:
        return Bits(int(raw, 16)) if isinstance(raw, str) and len(raw) == 6 else None
    except ValueError:
        return None


def _beat(who: str) -> Told:
    return Told("heartbeat", True, who, Origin.HEARTBEAT)
