"""Rules for properties with two values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from devices.role import About, Expose, Role
from devices.wording import hazard, keypad, lies_in_bed
from rules.model import Kind

_END: Final = r"(?:_(?:\w|\d+|alarm|alarm_\d|state|status|detected))?$"
_NAMES: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            Kind.PRESENCE,
            r"^(?:(?:human_|radar_|mmwave_)?presence|mmwave_\w*occupancy|occupancy_status)" + _END,
        ),
        (Kind.MOTION, r"^(?:occupancy(?:_(?:in|out|and|or))?|motion|pir|pir_detection)" + _END),
        (Kind.CONTACT, r"^(?:garage_door_)?contact" + _END),
        (Kind.SMOKE, r"^smoke(?:_alarm)?" + _END),
        (Kind.GAS, r"^gas(?:_alarm|_leak)?" + _END),
        (Kind.CO, r"^(?:carbon_monoxide|co_alarm)" + _END),
        (Kind.HEAT, r"^heat(?:_alarm)?" + _END),
        (
            Kind.WATER_LEAK,
            r"(?:^|_)(?:leak|water_leak(?:age)?)(?:_|$)|^water(?:_sensor|_condition_alarm)?$|^(?:flood|moisture)",
        ),
        (Kind.VIBRATION, r"^(?:vibration|moving)" + _END),
        (Kind.TILT, r"^tilt" + _END),
        (Kind.SOS, r"^(?:sos|panic|emergency)" + _END),
        (Kind.FALL, r"^fall(?:_down)?" + _END),
        (Kind.BED, r"^(?:bed|in_bed|bed_occupancy|bed_presence)" + _END),
        (Kind.TAMPER, r"^tamper" + _END),
        (Kind.BATTERY_LOW, r"(?:^|_)battery_low" + _END),
        (Kind.TEST, r"^test$"),
        (Kind.FAULT, r"^(?:fault|fault_alarm|trouble|battery_defect|end_of_life)$"),
    )
)
_ALARM: Final = re.compile(r"^alarm(_\d)?$")
_MAGNET: Final = re.compile(r"^(?:magnet|magnetic_status|reed|door|door_open)$")
_CLOSED: Final = re.compile(r"closed?$|^(?:on|true|yes|1)$")  # of a contact: `on` is made, so it is shut
_SWITCHED: Final = frozenset({"true", "false", "on", "off"})  # words that name no side of a door
_FIRM: Final = frozenset(
    {Kind.CONTACT, Kind.MOTION, Kind.PRESENCE}
)  # never a control, though some are settable
_CONFIRM: Final = frozenset({Kind.CONTACT, Kind.MOTION})


def read(expose: Expose, about: About) -> Iterator[Role]:
    """The role of a binary property, if it has one."""
    kind = _kind(expose, about)
    if kind is None or expose.on is None or expose.off is None:
        return
    role = Role(expose.property, kind, (expose.on,), (expose.off,))
    if kind is Kind.CONTACT and not _ALARM.match(expose.stem):
        role = _door(role, expose)
    if (kind in _CONFIRM and keypad(about.text)) or (kind is Kind.BED and expose.stem == "contact"):
        role = replace(role, confirm=True)
    yield role


def _kind(expose: Expose, about: About) -> Kind | None:
    name = expose.stem
    kind = next((kind for kind, pattern in _NAMES if pattern.search(name)), None)
    if kind in (Kind.MOTION, Kind.PRESENCE, Kind.CONTACT) and lies_in_bed(about.text):
        return Kind.BED
    if expose.settable and kind not in _FIRM:
        return None
    if kind is Kind.VIBRATION and name == "moving" and about.sorts & {"cover"}:
        return None
    if kind is None and _ALARM.match(name):
        return hazard(about.text)
    if kind is None and (_MAGNET.match(name) or "contact" in name):
        return Kind.CONTACT
    return kind


def _door(role: Role, expose: Expose) -> Role:
    """Zigbee2MQTT's contact is true when closed, whatever value_on claims; words say it themselves."""
    values = (expose.on, expose.off)
    switched = all(str(value).lower() in _SWITCHED for value in values)
    if switched and _MAGNET.match(expose.stem):
        return replace(role, confirm=True)
    if all(isinstance(value, bool) for value in values):
        return replace(role, active=(False,), inactive=(True,))
    if isinstance(expose.on, str) and _CLOSED.search(expose.on.lower()):
        return replace(role, active=role.inactive, inactive=role.active)
    return role
