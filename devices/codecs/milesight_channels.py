"""The channels of Milesight's uplinks: id, type, value, and which value means what on which model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeAlias

from devices.told import Told
from rules.model import Origin

Key: TypeAlias = tuple[int, int | None]  # a channel's id and type

_LENGTHS: Final[Mapping[Key, int]] = {  # bytes of the value, from Milesight's SensorDecoders
    (0x01, 0x75): 1,  # battery, per cent
    **{(channel, 0x00): 1 for channel in (0x03, 0x04, 0x05, 0x06)},
    (0x03, 0x67): 2,  # temperature
    (0x04, 0x68): 1,  # humidity
    (0x83, 0x67): 3,  # temperature and its alarm
    (0x02, 0x82): 2,  # distance
    (0x02, 0xA5): 8,  # four distances
    (0x03, 0x8E): 1,
    (0x04, 0x8E): 1,
    (0x05, 0x8E): 1,
    (0x04, 0xA8): 1,
    (0x08, 0xA8): 1,
    (0x06, 0xA6): 4,
    (0x07, 0xA7): 1,
    (0x03, 0xF8): 6,
    (0x04, 0xF9): 4,
    (0x05, 0xFA): 8,
    (0x06, 0xFB): 5,
    (0x07, 0xB0): 8,  # VS373 from firmware 1.0.2: what it sees
    (0x08, 0xB1): 3,  # breathing
    (0x09, 0xB2): 6,
    (0x0A, 0xB3): 5,
    (0x0B, 0xB4): 9,
    (0x0C, 0xB4): 9,
    (0x05, 0xFD): 2,  # VS321: people
    (0x06, 0xFE): 4,
    (0x07, 0xFF): 1,
    (0x08, 0xF4): 2,
    (0x0A, 0xEF): 4,
    (0x84, 0x68): 2,  # humidity and its alarm
    (0x05, 0x9F): 2,  # AM304L: motion
    (0x06, 0xCB): 1,  # light
    **{(channel, 0x7D): 2 for channel in (0x07, 0x08, 0x0B, 0x0C)},  # CO2, air quality, dust
    (0x09, 0x73): 2,  # air pressure
    (0x06, 0x01): 1,  # valve
    (0x07, 0x01): 1,  # relay
    (0x08, 0x90): 4,  # life
    (0xFF, 0x01): 1,
    (0xFF, 0x08): 6,
    (0xFF, 0x09): 2,
    (0xFF, 0x0A): 2,
    (0xFF, 0x0B): 1,
    (0xFF, 0x0F): 1,
    (0xFF, 0x16): 8,
    (0xFF, 0x18): 2,
    (0xFF, 0x2E): 1,  # press
    (0xFF, 0x34): 3,  # press of one key of several
    (0xFF, 0x3F): 1,  # a gas detector's own state
    (0xFF, 0xFE): 1,
    (0xFF, 0xFF): 2,
}
_HISTORY: Final = {
    "WS203": 9,
    "EM300": 8,
    "VS373": 9,
}  # bytes of one old record; of the others it ends the reading
_STATES: Final[Mapping[tuple[str, int, int | None], str]] = {  # 0 at rest, 1 active
    ("WS301", 0x03, 0x00): "contact_open",
    ("WS301", 0x04, 0x00): "tamper",
    ("WS202", 0x03, 0x00): "motion",
    ("WS202", 0x04, 0x00): "daylight",
    ("WS203", 0x05, 0x00): "motion",
    ("WS303", 0x03, 0x00): "water",
    ("VS340", 0x03, 0x00): "bed",
    ("VS341", 0x03, 0x00): "bed",
    ("VS330", 0x03, 0x8E): "presence",
    ("VS370", 0x03, 0x00): "presence",
    **{(model, channel, 0x00): "contact_open" for model in ("TS301", "TS302") for channel in (0x03, 0x04)},
    **{
        (model, 0x05, 0x00): "motion"
        for model in ("AM304L", "AM305L", "AM307", "AM307L", "AM308", "AM308L", "AM319", "AM319L")
    },
    ("EM300-MCS", 0x06, 0x00): "contact_open",
    ("EM300-SLD", 0x05, 0x00): "water",
    ("EM300-ZLD", 0x05, 0x00): "water",
    ("EM300-MLD", 0x05, 0x00): "water",  # so Milesight's decoder; its page says 06
    ("EM300-MLD", 0x06, 0x00): "water",
    ("GS101", 0x05, 0x8E): "gas",
}
_INPUT: Final = 0x00  # a type that each model uses for what it likes: nothing is alike there
_ALIKE: Final[Mapping[Key, frozenset[str]]] = {
    key: frozenset(role for (_, *rest), role in _STATES.items() if tuple(rest) == key)
    for key in {(channel, sort) for _, channel, sort in _STATES}
}
_LOST: Final = timedelta(hours=1)  # nobody asks again for an uplink that was lost; our choice
_PRESSES: Final = {1: "short press", 2: "long press", 3: "double press"}
_BUTTONS: Final = frozenset({"", "WS101", "WS136", "WS156", "DS3604"})  # of others it is a lamp's setting
_PRESSES_DS3604: Final = {0: "single press", 1: "double press", 2: "short press", 3: "long press"}
_SMOKE_HEAD: Final[Mapping[int, tuple[tuple[str, bool, Origin], ...]]] = {
    1: (("smoke", True, Origin.EVENT),),
    2: (),  # silenced: the alarm stands
    4: (("battery_low", True, Origin.EVENT),),
    5: (("fault", True, Origin.EVENT),),
    7: (("smoke", False, Origin.EVENT), ("fault", False, Origin.EVENT)),
    10: (("tamper", True, Origin.EVENT),),
    11: (("tamper", False, Origin.EVENT),),
    14: (("test", True, Origin.EVENT),),
    15: (("test", True, Origin.EVENT), ("battery_low", True, Origin.EVENT)),
}


def read(data: bytes, model: str, who: str, refused: Counter[str]) -> Sequence[Told]:
    """What an uplink of channels says. What stands behind an unknown channel cannot be read; one that was
    cut off says nothing."""
    found: list[Told] = []
    model = model or _shape(data)
    at = 0
    while at < len(data):
        key = (data[at], data[at + 1] if at + 1 < len(data) else None)
        length = _length(key, len(data) - at - 2, model)
        if length is None:
            refused["unknown channel"] += 1
            break
        if at + 2 + length > len(data):
            refused["uplink cut off"] += 1
            return ()
        found += _told(key, data[at + 2 : at + 2 + length], model, who)
        at += 2 + length
        refused["model not named"] += not model and key in _ALIKE and key[1] == _INPUT
    return found


def _shape(data: bytes) -> str:
    """The model, where no other one sends these channels together: a magnet and the air's humidity."""
    keys, at = set(), 0
    while at + 2 <= len(data) and (length := _LENGTHS.get((data[at], data[at + 1]))) is not None:
        keys.add((data[at], data[at + 1]))
        at += 2 + length
    return "EM300-MCS" if keys >= {(0x03, 0x67), (0x04, 0x68), (0x06, 0x00)} else ""


def is_smoke_head(data: bytes) -> bool:
    """Whether these bytes can only be a GS524N's: no channel begins so, and the checksum fits."""
    return (
        len(data) == 6 and not sum(data) & 0xFF and data[1] >> 4 == 1 and (data[0], data[1]) not in _LENGTHS
    )


def smoke_head(data: bytes, who: str, refused: Counter[str]) -> Sequence[Told]:
    """The GS524N's six bytes: versions, type and event, battery, smoke in per cent, °C, checksum."""
    if len(data) != 6 or sum(data) & 0xFF:
        refused["checksum"] += 1
        return ()
    if data[1] >> 4 != 1 or data[1] & 0xF not in _SMOKE_HEAD:
        refused["unknown event"] += 1
        return ()
    said = [Told(role, value, who, origin) for role, value, origin in _SMOKE_HEAD[data[1] & 0xF]]
    return [*said, *_battery(data[2], who), Told("smoke_level", data[3], who, Origin.HEARTBEAT)]


def _length(key: Key, rest: int, model: str) -> int | None:
    """Bytes of the value, None of an unknown channel. An id without a type is cut off, too."""
    if key == (0x20, 0xCE):
        return _HISTORY.get(model.partition("-")[0], rest)
    return 0 if key[1] is None else _LENGTHS.get(key)


def _told(key: Key, value: bytes, model: str, who: str) -> Sequence[Told]:
    role = _state(key, model)
    if role is not None:
        lasts = _LOST if role == "motion" else None
        return (Told(role, value[0] == 1, who, lasts=lasts),) if value[0] in (0, 1) else ()
    match key:
        case (0x01, 0x75):
            return _battery(value[0], who)
        case (0xFF, 0x2E) if model in _BUTTONS:
            press = (_PRESSES_DS3604 if model == "DS3604" else _PRESSES).get(value[0])
            return (Told("button", press, who),) if press else ()
        case (0xFF, 0x34) if model in ("WS136", "WS156"):
            return (Told("button", value[0], who),)
        case (0x05, 0x9F) if model in ("AM304L", "AM305L"):
            return (Told("motion", value[1] >= 0x80, who, lasts=_LOST),)
        case (0x05, 0xFD) if model == "VS321":
            return (Told("presence", any(value), who),)
        case (0x03, 0xF8) | (0x07, 0xB0) if model in ("VS373", ""):
            return _fall_radar(value[0], who)
        case (0x08, 0xB1) if model in ("VS373", ""):
            return _breath(value, who)
        case (0x06, 0xFB) if model in ("VS373", ""):
            return _fall_alarm(value[2], value[3], who)
        case (0xFF, 0x3F) if model == "GS101" and value[0] in (2, 3, 4, 5):
            return (Told("fault", value[0] != 3, who),)
    return ()


def _state(key: Key, model: str) -> str | None:
    """Where no model is named, only what the channel means on every model that has it."""
    alike = _ALIKE.get(key, frozenset())
    if not model and len(alike) == 1 and key[1] != _INPUT:
        return next(iter(alike))
    return _STATES.get((model, *key))


def _breath(value: bytes, who: str) -> Sequence[Told]:
    """A status (1 no data, 2 normal, 3 fast, 4 slow, 5 undetectable) and hundredths of breaths a minute."""
    rate = int.from_bytes(value[1:3], "little") / 100
    return (Told("breath_rate", rate, who),) if value[0] in (2, 3, 4) and rate else ()


def _battery(value: int, who: str) -> Sequence[Told]:
    return (Told("battery", value, who, Origin.HEARTBEAT),) if value <= 100 else ()


def _fall_radar(status: int, who: str) -> Sequence[Told]:
    """0 normal, 1 vacant, 2 in bed, 3 out of bed, 4 fallen."""
    match status:
        case 1:
            return (Told("fall", False, who), Told("presence", False, who))
        case 2 | 3:
            return (Told("fall", False, who), Told("bed", status == 2, who))
        case 0 | 4:
            return (Told("fall", status == 4, who),)
    return ()


def _fall_alarm(sort: int, status: int, who: str) -> Sequence[Told]:
    """Sorts: 0 fall, 3 out of bed. Milesight's table counts the status from 0, its decoder from 1: triggered,
    deactivated, ignored. What both may mean as triggered is."""
    match sort, status:
        case 0, (0 | 1):
            return (Told("fall", True, who),)
        case 0, 2:
            return (Told("fall", False, who),)
        case 3, (0 | 1):
            return (Told("bed", False, who),)
    return ()
