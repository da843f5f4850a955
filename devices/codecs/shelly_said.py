"""What Shelly's components and its Bluetooth sensors say, as roles and values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from devices import payload as read
from devices.payload import Table
from devices.told import Value

Said: TypeAlias = tuple[str, Value]

BTHOME: Final = {  # Bluetooth (BTHome) names; 1 = open, moving, wet …
    "window": "contact_open",
    "door": "contact_open",
    "opening": "contact_open",
    "garage_door": "contact_open",
    "motion": "motion",
    "moving": "vibration",
    "vibration": "vibration",
    "occupancy": "presence",
    "presence": "presence",
    "smoke": "smoke",
    "moisture": "water",
    "water_leak": "water",
    "gas": "gas",
    "carbon_monoxide": "co",
    "tamper": "tamper",
    "battery_low": "battery_low",
}
WIRED: Final = {  # Gen1: shellies/<id>/sensor/<name>
    "smoke": "smoke",
    "flood": "water",
    "motion": "motion",
    "vibration": "vibration",
    "tamper": "tamper",
}
EVENTS: Final = {  # Gen2+: events of a component
    "alarm": True,
    "alarm_off": False,
}
ALARMS: Final = {"smoke": "smoke", "flood": "water"}  # Gen2+: components with `alarm`; `mute` is no clear
PUSHES: Final = frozenset({"single_push", "double_push", "triple_push", "long_push", "long_double_push"})
_GAS: Final = {"none": False, "mild": True, "heavy": True}
_STATES: Final = {"open": True, "close": False, "closed": False}


def advert(said: Table) -> Sequence[Said]:
    """A BTHome packet as Shelly's scripts decode it. Button 0 is none; 254 is held."""
    found: list[Said] = [
        (role, state) for key, role in BTHOME.items() if (state := read.flag(said.get(key))) is not None
    ]
    presses = said.get("button")
    for press in presses if isinstance(presses, list) else [presses]:
        if (button := read.number(press, 1, 65_535)) is not None:
            found.append(("button", button))
    if (level := read.number(said.get("battery"), 0, 100)) is not None:
        found.append(("battery", level))
    return found


def status(component: str, said: Table) -> Sequence[Said]:
    """A component's status (Gen2+); a notification may hold only what has changed."""
    sort = component.split(":")[0]
    match sort, said:
        case (("smoke" | "flood"), {"alarm": bool(alarm)}):
            return ((ALARMS[sort], alarm),)
        case "devicepower", _:
            return _power(said)
        case "bthomedevice", {"battery": level} if (level := read.number(level, 0, 100)) is not None:
            return (("battery", level),)
        case (("presence" | "presencezone"), ({"value": bool(there)} | {"state": bool(there)})):
            return (("presence", there),)
        case (("input" | "bthomesensor"), ({"value": bool(on)} | {"state": bool(on)})):
            return (("rf_code", "ON" if on else "OFF"),)
    return ()


def event(component: str, said: Table) -> Sequence[Said]:
    """One event of a component (Gen2+)."""
    sort = component.split(":")[0]
    match said.get("event"):
        case str(word) if word in PUSHES and sort in ("input", "bthomedevice", "bthomesensor"):
            return (("button", word),)
        case str(word) if word in EVENTS and sort in ALARMS:
            return ((ALARMS[sort], EVENTS[word]),)
        case "alarm_test" if sort in ALARMS:
            return (("test", True),)
    return ()


def sensor(name: str, word: str) -> Sequence[Said]:
    """A value of a Gen1 sensor."""
    if name in WIRED:
        state = read.flag(word)
        return () if state is None else ((WIRED[name], state),)
    match name:
        case "state" if word in _STATES:
            return (("contact_open", _STATES[word]),)
        case "gas" if word == "test":
            return (("test", True),)
        case "gas" if word in _GAS:
            return (("gas", _GAS[word]),)
        case "battery" | "bat" if (level := read.number(word, 0, 100)) is not None:
            return (("battery", level),)
    return ()


def motion(said: Table) -> Sequence[Said]:
    """The status message of a Gen1 motion sensor, or the info of any Gen1 sensor."""
    found = [
        one for name in WIRED if isinstance(said.get(name), bool) for one in sensor(name, str(said[name]))
    ]
    battery = said.get("bat")
    level = read.number(battery.get("value") if isinstance(battery, dict) else battery, 0, 100)
    return found if level is None else [*found, ("battery", level)]


def _power(said: Table) -> Sequence[Said]:
    found: list[Said] = []
    match said.get("battery"):
        case {**battery}:
            if (level := read.number(battery.get("percent"), 0, 100)) is not None:
                found.append(("battery", level))
            if (volts := read.number(battery.get("V"), 0.5, 20)) is not None:
                found.append(("battery_mv", round(volts * 1000)))
    match said.get("external"):
        case {"present": bool(there)}:
            found.append(("mains", there))
    return found
