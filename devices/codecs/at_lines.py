"""The lines of a modem's AT dialogue (3GPP TS 27.007, 27.005, and what modems make of them)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

FINAL: Final = frozenset({"OK", "ERROR", "NO CARRIER", "COMMAND NOT SUPPORT", "COMMAND NOT SUPPORTED"})
BOOTED: Final = frozenset({"RDY", "SMS Ready", "SMS READY", "+PBREADY", "^SYSSTART", "PB DONE"})
CALLS: Final = frozenset({"RING", "CONNECT", "BUSY", "NO ANSWER", "NO DIALTONE", "Call Ready"})
REGISTERED: Final = frozenset({1, 5, 6, 7, 9, 10})  # at home or roaming, also "for texts only"
SIM_TROUBLE: Final = frozenset({10, 11, 12, 13, 15, 16, 17, 18})  # of +CME ERROR: absent, locked, broken
NO_NETWORK: Final = frozenset({30, 32})  # of +CME ERROR: none in reach, or for emergency calls only
_IN_WORDS: Final = {  # the same, of modems that were told to use words (AT+CMEE=2)
    "SIM not inserted": 10,
    "SIM PIN required": 11,
    "SIM PUK required": 12,
    "SIM failure": 13,
    "SIM wrong": 15,
    "no network service": 30,
}
_LINE: Final = re.compile(r"([+^*#%$&][A-Z0-9]+(?: ERROR)?):\s*(.*)")


@dataclass(frozen=True, slots=True)
class End:
    """A final result: `good`, or `error` ("CMS", "CME" or "") with its number where one was given."""

    good: bool
    error: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Info:
    """`+NAME: fields`, asked for or not."""

    name: str
    fields: tuple[str, ...]

    def number(self, index: int) -> int | None:
        """A field as a number; None where it is none or is missing."""
        text = self.fields[index] if -len(self.fields) <= index < len(self.fields) else ""
        return int(text) if text.isdecimal() and len(text) <= 9 else None


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else: an echo, a PDU, a ring."""

    text: str


Line: TypeAlias = End | Info | Other


def read(text: str) -> Line:
    """One line without its end."""
    if text in FINAL:
        return End(text == "OK")
    found = _LINE.fullmatch(text)
    if found is None:
        return Other(text)
    name, rest = found[1].lstrip("+"), found[2]
    if name in ("CMS ERROR", "CME ERROR"):
        known = int(rest) if rest.isdecimal() and len(rest) <= 9 else None
        number = _IN_WORDS.get(rest) if name == "CME ERROR" and known is None else known
        return End(False, name[:3], number)
    fields = re.findall(r'"[^"]*"|[^,]+|(?<=,)(?=,|$)|^(?=,)', rest)
    return Info(name, tuple(field.strip().strip('"') for field in fields))


def registration(info: Info) -> bool | None:
    """What `+CREG` or one of its sisters says. Asked for, the state is the second field; told of its own
    accord, the first: then the second is a quoted place, or missing."""
    asked = info.number(1)
    state = info.number(0) if asked is None or len(info.fields) == 3 else asked
    return None if state is None else state in REGISTERED
