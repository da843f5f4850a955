"""RFLink gateways: 433 MHz senders as lines of text, one transmission a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from devices.codecs.stream import NOISE, Cut, Stream, recorded, tell
from devices.told import EACH, Told
from rules.model import Origin

LONGEST: Final = 512  # bytes of a line; the longest, RTS debugging apart, have about 150
_LINE: Final = re.compile(r"20;[0-9A-Fa-f]{2};([^;]{2,}(?:;[^;=]*=[^;]*)*);")
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]+")
_CODES: Final = ("EV1527", "PT2262")  # senders of bare codes: what one means is enrolled, never guessed
_STATES: Final = {"SMOKEALERT": "smoke", "PIR": "motion"}
_SIDES: Final = {"ON": True, "OFF": False, "1": True, "0": False}


class RfLink:
    """Each line stands for itself: the counter in it grows with every repeat, and tells nothing."""

    every: timedelta | None = timedelta(seconds=60)

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.stream = Stream(_measure, self.refused)

    def ask(self) -> bytes:
        """Are you there? It answers PONG."""
        return b"10;PING;\r\n"

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What the lines say that these bytes end."""
        return [told for line in self.stream.feed(data, at) for told in self._line(line)]

    def _line(self, line: bytes) -> Iterator[Told]:
        text = line.decode("ascii", "replace").strip()
        match = _last(text)
        if match is None:
            if text:
                self.refused["no line of RFLink"] += 1
            return
        name, *pairs = match[1].split(";")
        yield from _said(name, {key: value for key, _, value in (pair.partition("=") for pair in pairs)})


def make(_options: Mapping[str, str]) -> RfLink:
    """The codec for a source."""
    return RfLink()


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What a recorded line says, without the end of line."""
    return tell(RfLink(), recorded(frame) + b"\r\n")


def _measure(held: bytearray, start: int) -> Cut:
    end = held.find(b"\n", start)
    if end >= 0:
        return end + 1 - start
    return 0 if len(held) - start <= LONGEST else NOISE


def _last(text: str) -> re.Match[str] | None:
    """The last line in a text: one that lost its end runs into the next. Not every "20;" begins one: a number
    may end so too."""
    start = text.rfind("20;")
    while start >= 0 and not (match := _LINE.fullmatch(text, start)):
        start = text.rfind("20;", 0, start + 2)
    return match if start >= 0 else None


def _said(name: str, fields: Mapping[str, str]) -> Iterator[Told]:
    """One sender's fields, or the gateway's own word."""
    if "RFLink Gateway" in name or name == "PONG" or name.startswith("VER="):
        yield Told("bridge_online", True, "", Origin.HEARTBEAT)
        return
    sender = fields.get("ID", "")
    if not _HEXADECIMAL.fullmatch(sender):
        return
    who = f"{name}/{sender}"
    if name.upper() in _CODES and _HEXADECIMAL.fullmatch(switch := fields.get("SWITCH", "")):
        yield Told("rf_code", f"{sender}/{switch}", who, lasts=EACH)
    for field, role in _STATES.items():
        if (side := _SIDES.get(fields.get(field, "").upper())) is not None:
            yield Told(role, side, who, lasts=EACH)  # an OFF comes seldom, and is easily lost
    if "BAT" in fields:
        yield Told("battery_low", fields["BAT"].upper() == "LOW", who)
