"""What each decoder of rtl_433 means by its keys, in every schema that it had."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from devices import payload as read
from devices.codecs import interlogix
from devices.told import EACH, Told
from rules.model import Origin

_NAMES: Final = {  # as older versions called them
    "Interlogix": "Interlogix-Security",
    "Smoke detector GS 558": "Smoke-GS558",
    "Kerui Security": "Kerui-Security",
    "Honeywell Door/Window Sensor": "Honeywell-Security",
    "DSC Contact": "DSC-Security",
    "Generic Remote": "Generic-Remote",
    "Chuango Security Technology": "Chuango-Security",
    "SimpliSafe Sensor": "SimpliSafe-Sensor",
    "Generic motion sensor": "Generic-Motion",
    "X10 Security": "X10-Security",
}
_CODES: Final = (
    frozenset(  # these read any EV1527/PT2262 code, a door's as a fire: only the code itself counts
        {
            *("Kerui-Security", "Generic-Remote", "Chuango-Security", "Smoke-GS558", "Generic-Motion"),
            *("Akhan-100F14", "Waveman-Switch", "Brennenstuhl-RCS2044", "HT680-Remote", "Ford-CarRemote"),
            *("Blyss", "Elro-DB286A", "Silvercrest-Remote", "Nexa-Security", "Proove-Security"),
        }
    )
)
_FLAGS: Final = (  # key, role, whether 1 is the active side
    ("contact_open", "contact_open", True),
    ("closed", "contact_open", False),
    ("motion", "motion", True),
    ("water", "water", True),
    ("detect_wet", "water", True),
    ("alarm", "alarm", True),
    ("tamper", "tamper", True),
    ("battery_ok", "battery_low", False),
    ("battery_low", "battery_low", True),  # DSC's before 2020
)
_X10: Final = (  # what X10's alarm sensors call their events
    ("WINDOW OPEN", "contact_open", True),
    ("WINDOW CLOSED", "contact_open", False),
    ("MOTION ALERT", "motion", True),
    ("MOTION NORMAL", "motion", False),
    ("PANIC", "sos", True),
)
_STATES: Final = {"open": True, "closed": False, "close": False}
_FLEX: Final = (  # a decoder that the installer wrote and named; a fire is left out: codes clash
    (re.compile(r"leak|water|flood", re.IGNORECASE), "water"),
    (re.compile(r"motion|pir\b", re.IGNORECASE), "motion"),
    (re.compile(r"\bsos\b|panic|emergency", re.IGNORECASE), "sos"),
)


@dataclass(frozen=True, slots=True)
class Event:
    """One message: the sender, its keys, and what tells its copies."""

    model: str
    who: str
    said: str
    table: Mapping[str, Any]

    @property
    def counted(self) -> bool:
        """Whether it holds a trigger count; a key fob has its button there."""
        return self.model == "Interlogix-Security" and interlogix.subtype(self.table) != "keyfob"


def event(table: Mapping[str, Any]) -> Event | None:
    """A message, or None where it does not name its decoder."""
    model = table.get("model")
    if not isinstance(model, str) or not model:
        return None
    name = _NAMES.get(model, model)
    sender = next((str(table[key]) for key in ("id", "device", "data", "code") if key in table), "")
    raw = next((table[key] for key in ("raw_message", "device_raw_message") if key in table), None)
    rest = sorted(
        (k, v) for k, v in table.items() if k not in ("time", "rssi", "snr", "noise", "freq", "seq")
    )
    return Event(name, f"{name}/{sender}"[:80], str(raw if raw is not None else rest)[:400], table)


def told(event: Event, retained: bool) -> Sequence[Told]:
    """What it says. What a broker kept is no news. An event is one of its own, though none told the end of
    the one before: Interlogix' and Kerui's motion has none, and what is told once may be lost on the air."""
    found = _told(event)
    if retained:
        return [replace(one, origin=Origin.REPLAY) for one in found]
    return [replace(one, lasts=EACH) if one.origin is Origin.EVENT else one for one in found]


def _told(event: Event) -> Sequence[Told]:
    if event.model == "Interlogix-Security":
        return interlogix.told(event.who, event.table)
    if event.model == "Kerui PIR Sensor":
        return _old_kerui(event)
    if event.model == "SimpliSafe-Sensor":
        return _simplisafe(event)
    if event.model == "X10-Security":
        text = str(event.table.get("event"))
        return [Told(role, value, event.who) for word, role, value in _X10 if word in text] + [*_plain(event)]
    if event.model in _CODES:
        return _code(event)
    if event.table.keys() >= {"count", "num_rows"}:
        return _flex(event)
    return _plain(event)


def _plain(event: Event) -> Sequence[Told]:
    """A decoder with an address and a checksum of its own, whose keys say what they mean."""
    table = event.table
    beat = _yes(table.get("heartbeat")) or (event.model == "DSC-Security" and table.get("event") == 0)
    origin = Origin.HEARTBEAT if beat else Origin.EVENT
    found = [
        Told(role, flag is active, event.who, origin)
        for key, role, active in _FLAGS
        if (flag := read.flag(table.get(key))) is not None
        and not (key == "alarm" and event.model == "Honeywell-Security")  # one of its wired loops
    ]
    state = _STATES.get(str(table.get("state")).lower())
    if state is not None and not any(one.role == "contact_open" for one in found):
        found.append(Told("contact_open", state, event.who, origin))
    if beat:
        found.append(Told("heartbeat", True, event.who, Origin.HEARTBEAT))
    if isinstance(table.get("battery"), str):
        found.append(Told("battery_low", table["battery"].upper() == "LOW", event.who, origin))
    return found if any(one.role != "battery_low" for one in found) else ()  # a thermometer, a tyre


def _code(event: Event) -> Sequence[Told]:
    """The code alone; "14" and "0xe" are the same one."""
    for key in ("cmd_id", "cmd", "code", "unit", "button"):
        code = event.table.get(key)
        if isinstance(code, str) and re.fullmatch(r"0x[0-9a-fA-F]{1,8}", code):
            code = int(code, 16)
        if isinstance(code, int | str) and not isinstance(code, bool) and code != "?":
            return (Told("rf_code", str(code)[:40], event.who),)
    return ()


def _flex(event: Event) -> Sequence[Told]:
    for pattern, role in _FLEX:
        if pattern.search(event.model):
            return (Told(role, True, event.who),)
    return _code(event)


def _old_kerui(event: Event) -> Sequence[Told]:
    """Before 2018 the state stood in a text: "0xe (open)"."""
    word = re.search(r"\((\w+)", str(event.table.get("data")))
    match word and word[1].lower():
        case "open":
            return (Told("contact_open", True, event.who),)
        case "close" | "closed":
            return (Told("contact_open", False, event.who),)
        case "motion" | "pir":
            return (Told("motion", True, event.who),)
        case "tamper":
            return (Told("tamper", True, event.who),)
        case "battery":
            return (Told("battery_low", True, event.who),)
    return ()


def _simplisafe(event: Event) -> Sequence[Told]:
    """Its motion sensors say "Contact Closed" too: that is no more than a sign that they live."""
    text = str(event.table.get("extradata")).lower()
    if "contact open" in text:
        return (Told("contact_open", True, event.who),)
    closed = [Told("contact_open", False, event.who)] if "contact closed" in text else []
    return [*closed, Told("heartbeat", True, event.who, Origin.HEARTBEAT)]


def _yes(value: object) -> bool:
    return read.flag(value) is True
