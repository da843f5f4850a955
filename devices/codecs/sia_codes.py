"""What the event codes of alarm panels mean: Contact-ID (SIA DC-05) and the two letters of SIA DC-03."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

Role: TypeAlias = tuple[str, bool]

_CID: Final[Mapping[str, Sequence[int]]] = {  # what is true while the event lasts
    "sos": (100, 101, 120, 121, 122, 123, 124, 125),
    "fall": (103,),
    "smoke": (110, 111, 112, 115, 116, 117, 118),
    "heat": (114,),
    "water": (113, 154),
    "gas": (151,),
    "co": (162,),
    "tamper": (137, 144, 145, 383),
    "battery_low": (302, 309, 311, 338, 384),
    "inactivity": (102, 641, 654),
    "fault": (373, 380),
}
_BY_EVENT: Final = {event: role for role, events in _CID.items() for event in events}
_TESTS: Final = (601, 602, 607, 608)
_NO_MAINS: Final = 301
_LOST: Final = (147, 381)  # the panel hears a sensor no more
_BEGINS, _ENDS, _LASTS = "1", "3", "6"  # qualifiers; the third repeats what was told already

_LETTERS: Final = {
    "F": "smoke",
    "K": "heat",
    "S": "heat",
    "G": "gas",
    "W": "water",
    "P": "sos",
    "Q": "sos",
    "M": "sos",
    "H": "sos",
    "T": "tamper",
}
_TELLS: Final[Mapping[str, Sequence[Role]]] = {
    "AT": (("mains", False),),
    "AR": (("mains", True),),
    "XT": (("battery_low", True),),
    "XR": (("battery_low", False),),
    "YT": (("battery_low", True),),
    "YR": (("battery_low", False),),
    "ES": (("tamper", True),),
    "EJ": (("tamper", False),),
    "XS": (("tamper", True),),
    "XJ": (("tamper", False),),
    "TT": (("tamper", True),),
    "TJ": (("tamper", False),),
    "FM": (("smoke", True),),
    "FG": (("smoke", True),),  # one of two crossed zones: better once too often
    "FX": (("test", True),),
    "GX": (("test", True),),
    "NA": (("inactivity", True),),
    "NS": (("inactivity", False),),
    "RP": (("test", True), ("heartbeat", True)),
    "RX": (("test", True),),
    "TX": (("test", True),),
    "TP": (("test", True),),
}


def contact_id(qualifier: str, event: int) -> Sequence[Role]:
    """What a Contact-ID event tells. An SOS begins; that it ends, or lasts, is no second press."""
    if event in _TESTS:
        return (("test", True), ("heartbeat", True))
    begins = qualifier in (_BEGINS, _LASTS)
    if event == _NO_MAINS:
        return (("mains", not begins),)
    if event in _LOST:
        return (("device_online", not begins),)
    role = _BY_EVENT.get(event)
    if role is None or qualifier not in (_BEGINS, _ENDS, _LASTS):
        return ()
    return () if role == "sos" and qualifier != _BEGINS else ((role, begins),)


def sia(code: str) -> Sequence[Role]:
    """What a two-letter code tells: the danger, then A (alarm), H or R (over), T or J (trouble, over)."""
    if code in _TELLS:
        return _TELLS[code]
    danger, sort = code[0], code[1]
    role = _LETTERS.get(danger)
    if role is None:
        return ()
    if sort == "A" or (sort in "HR" and role != "sos"):
        return ((role, sort == "A"),)
    return (("fault", sort == "T"),) if sort in "TJ" else ()
