"""What the telegrams of EnOcean equipment profiles (EEP 2.6.8) mean: data, and how to read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from devices.told import Value

Role: TypeAlias = tuple[str, Value]


@dataclass(frozen=True, slots=True)
class Bits:
    """A state within one byte of the telegram (0 = the first, DB3 of a 4BS telegram).

    `words` tells what each value of the masked bits says; a value that is missing there says nothing.
    """

    role: str
    byte: int
    mask: int
    words: Mapping[int, Value]


@dataclass(frozen=True, slots=True)
class Level:
    """A state told by the height of one byte: active from `least` on."""

    role: str
    byte: int
    least: int
    active: bool = True


Profile: TypeAlias = Sequence[Bits | Level]


def read(profile: Profile, data: bytes) -> Iterator[Role]:
    """The roles and values of one telegram."""
    for field in profile:
        if field.byte >= len(data):
            continue
        byte = data[field.byte]
        match field:
            case Bits(role, _, mask, words):
                if byte & mask in words:
                    yield role, words[byte & mask]
            case Level(role, _, least, active):
                yield role, (byte >= least) == active


def _bit(role: str, byte: int, mask: int, active: bool = True) -> Bits:
    return Bits(role, byte, mask, {0: not active, mask: active})


_BUTTON: Final = (Bits("button", 0, 0x10, {0x10: "pressed", 0: "released"}),)
_OPEN: Final = _bit("contact_open", 3, 0x01)
_SHAKEN: Final = _bit("vibration", 3, 0x02)
_WINDOW: Final = Bits("contact_open", 3, 0x06, {0x00: False, 0x02: True, 0x06: True})  # closed, tilted, open
_OCCUPIED: Final = (_bit("motion", 3, 0x02, False),)

PROFILES: Final[Mapping[str, Profile]] = {
    "F6-01-01": _BUTTON,
    "F6-02-01": _BUTTON,
    "F6-02-02": _BUTTON,
    "F6-02-03": _BUTTON,
    "F6-03-01": _BUTTON,
    "F6-05": (
        Bits("alarm", 0, 0xFF, {0x10: True, 0x11: True, 0x00: False}),
        Bits("battery_low", 0, 0xFF, {0x30: True}),
    ),
    "F6-05-01": (Bits("water", 0, 0xFF, {0x11: True, 0x00: False}),),
    "F6-05-02": (
        Bits("smoke", 0, 0xFF, {0x10: True, 0x00: False}),
        Bits("battery_low", 0, 0xFF, {0x30: True, 0x00: False}),
    ),
    "F6-10-00": (Bits("contact_open", 0, 0xF0, {0xC0: True, 0xD0: True, 0xE0: True, 0xF0: False}),),
    "D5-00-01": (_bit("contact_open", 0, 0x01, False),),
    "A5-07-01": (Level("motion", 2, 0x80),),
    "A5-07-02": (_bit("motion", 3, 0x80),),
    "A5-07-03": (_bit("motion", 3, 0x80),),
    "A5-08-01": _OCCUPIED,
    "A5-08-02": _OCCUPIED,
    "A5-08-03": _OCCUPIED,
    "A5-14-01": (_OPEN,),
    "A5-14-02": (_OPEN,),
    "A5-14-03": (_OPEN, _SHAKEN),
    "A5-14-04": (_OPEN, _SHAKEN),
    "A5-14-05": (_SHAKEN,),
    "A5-14-06": (_SHAKEN,),
    "A5-14-09": (_WINDOW,),
    "A5-14-0A": (_WINDOW, _bit("vibration", 3, 0x01)),
    "A5-30-01": (Level("contact_open", 2, 196), Level("battery_low", 1, 121, False)),
    "A5-30-02": (_OPEN,),
    "D2-03-0A": (Bits("button", 1, 0xFF, {1: "single", 2: "double", 3: "long", 4: "released"}),),
}
_ROCKER: Final = 0x20  # T21 in the status: of rockers and handles, never of a hazard detector


def usual(sort: int, status: int) -> str:
    """The profile of a sender that nobody described, "" if there is none. A detector of dangers only says
    that it alarms; of what, its device's `kinds` tell."""
    if sort == 0xF6:
        return "F6-02-01" if status & _ROCKER else "F6-05"
    return "D5-00-01" if sort == 0xD5 else ""
