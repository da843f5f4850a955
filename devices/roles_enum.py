"""Rules for properties with a list of words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from devices.role import About, Expose, Role, Value
from devices.wording import cries, falls, hazard, lies_in_bed
from rules.model import Kind

_CRY: Final = re.compile(r"(?:^|_)(?:emergency|panic|sos|help|urgent)(?:_|$)")
_OVER: Final = re.compile(  # ends of presses
    r"(?:^|_)(?:off|released?|cancel\w*|clear\w*|reset|restored?|stop)(?:_|$)"
)
_REST: Final = frozenset(
    (
        *("none", "normal", "no_alarm", "safe", "ok", "clear", "idle", "closed", "off", "no", "false"),
        *("no_presence", "vacant", "unoccupied", "absent", "no_fall", "out_of_bed", "outbed", "leave"),
        *("dry", "inactive", "no_leak", "no_smoke", "no_gas", "not_detected", "undetected"),
    )
)
_VAGUE: Final = re.compile(
    r"^(?:unknown\w*|detecting|checking|silenced?|mute|others?|test|\w+_test|calibrating"
    r"|undefined|unspecified|invalid\w*|not_available|disabled|error(?!\w*open)\w*)$"
)
_NAMES: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.PRESENCE, r"^(?:presence_state|(?:human_)?motion_state|movement|target_type|human_state)$"),
        (Kind.CONTACT, r"^(?:door|opening|window|contact)_state$|^dry_contact$"),
        (Kind.SMOKE, r"^smoke(?:_sensor|_alarm)?(?:_state|_status)$"),
        (Kind.CO, r"^(?:co|carbon_monoxide)(?:_sensor|_alarm)?(?:_state|_status)$"),
        (Kind.GAS, r"^gas(?:_sensor|_alarm)?(?:_state|_status)$"),
        (Kind.HEAT, r"^heat(?:_sensor|_alarm)(?:_state|_status)$"),
        (Kind.WATER_LEAK, r"^(?:leak|water_leak(?:age)?)(?:_sensor|_alarm)?(?:_state|_status)$"),
        (Kind.FALL, r"^fall(?:_down)?_(?:status|state)$"),
        (Kind.FAULT, r"^end_?of_?life$"),
    )
)
_TEST: Final = re.compile(r"^(?:self_?test|checking|test_alarm|self_?check(?:ing)?)(?:_result)?$")
_ALARM: Final = re.compile(r"^(?:\w+_)?(?:alarm|alert)_(?:state|status)$")
_BED: Final = re.compile(r"^(?:pressure|bed|sleep|occupancy)_(?:state|status)$|^status$")
_ABSENT: Final = re.compile(
    r"^(?:un|not_|non_?)occupied$|^vacant$|^no_?(?:body|_?one|_presence)$|^absen(?:t|ce)$"
)
_FALLING: Final = re.compile(r"^(?:maybe_)?fall(?:s|ing|en|_\w+)?$")
_LOW: Final = re.compile(r"low|floor|ground")  # who is down may have fallen: it takes no fall back
_IN_BED: Final = re.compile(r"^(?:on|in)_?(?:the_)?bed$|^lying$|^on_the_bed$")
_NAMED: Final = (
    (Kind.SMOKE, re.compile(r"smoke$")),
    (Kind.CO, re.compile(r"carbon_monoxide$|^co_alarm$")),
    (Kind.GAS, re.compile(r"^gas(_alarm)?$")),
    (Kind.HEAT, re.compile(r"high_temperat")),
    (Kind.WATER_LEAK, re.compile(r"^(water_)?leak")),
    (Kind.FALL, re.compile(r"^fall(ing|en)?$")),
    (Kind.BATTERY_LOW, re.compile(r"(low|failed)_battery$")),
)


def read(expose: Expose, about: About) -> Iterator[Role]:
    """The roles of an enum: one, or one for each hazard that its words name."""
    name = expose.property
    if name == "action":
        yield _action(expose, about)
    elif expose.settable or (about.sorts & {"climate"}):
        return
    elif name in ("battery_state", "battery_level"):
        yield _battery(expose)
    elif _TEST.match(name):
        yield Role(name, Kind.TEST)
    elif _ALARM.match(name):
        yield from _alarm(expose, about)
    else:
        yield from _state(expose, about)


def _action(expose: Expose, about: About) -> Role:
    presses: tuple[Value, ...] = tuple(v for v in expose.values if not _OVER.search(_lower(v)))
    pressed = tuple(value for value in presses if _CRY.search(_lower(value)))
    if not pressed and cries(about.text):
        pressed = presses
    if pressed:
        return Role("action", Kind.SOS, pressed)
    return Role("action", Kind.BUTTON, expose.values, confirm=True)


def _battery(expose: Expose) -> Role:
    low = tuple(value for value in expose.values if value == "low")
    rest = tuple(value for value in expose.values if value not in ("low", "usb"))
    return Role(expose.property, Kind.BATTERY_LOW, low, rest)


def _state(expose: Expose, about: About) -> Iterator[Role]:
    name = expose.property
    kind = next((kind for kind, pattern in _NAMES if pattern.match(name)), None)
    if kind is None and _BED.match(name):
        kind = Kind.BED if lies_in_bed(about.text) else None
        if whereabouts := tuple(_whereabouts(expose, about)):
            yield from whereabouts
            return
    if kind is not None:
        active, inactive = _sides(expose.values)
        if active and inactive:
            yield Role(name, kind, active, inactive)


def _whereabouts(expose: Expose, about: About) -> Iterator[Role]:
    """One list of words for where somebody is and how: in bed, fallen, gone."""
    told = tuple(value for value in expose.values if not _VAGUE.match(_lower(value)))
    lying, fallen, absent = (
        tuple(value for value in told if pattern.match(_lower(value)))
        for pattern in (_IN_BED, _FALLING, _ABSENT)
    )
    if lying:
        yield Role(expose.property, Kind.BED, lying, _without(told, lying))
    if fallen and falls(about.text):
        up = tuple(value for value in _without(told, fallen) if not _LOW.search(_lower(value)))
        yield Role(expose.property, Kind.FALL, fallen, up)
    if absent and (lying or fallen):
        yield Role(expose.property, Kind.PRESENCE, _without(told, absent), absent)


def _without(values: tuple[Value, ...], some: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(value for value in values if value not in some)


def _sides(values: tuple[Value, ...]) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    told = [value for value in values if not _VAGUE.match(_lower(value))]
    rest = tuple(value for value in told if _at_rest(value))
    return tuple(value for value in told if value not in rest), rest


def _at_rest(value: Value) -> bool:
    word = _lower(value)
    return word in _REST or word.endswith(("_closed", "_no"))


def _alarm(expose: Expose, about: About) -> Iterator[Role]:
    """Words that name the hazard win; plain levels mean what the device as a whole is for."""
    active, inactive = _sides(expose.values)
    named = [(kind, tuple(v for v in active if p.search(_lower(v)))) for kind, p in _NAMED]
    found = [(kind, values) for kind, values in named if values]
    kind = hazard(about.text)
    if found:
        yield from (Role(expose.property, kind, values, inactive) for kind, values in found)
    elif kind is not None and active and inactive:
        yield Role(expose.property, kind, active, inactive)


def _lower(value: Value) -> str:
    return str(value).lower()
