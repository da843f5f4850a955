"""Codec of the 60 GHz bed radars R60ABD1, MR60BHA1 and their kin: bed, presence, breathing, heart, fall.

Frames: 53 59, control, command, length (2, big-endian), data, low byte of the sum of all before, 54 43.
Source: manual V3.0 as in github.com/ZyoungInc/R60ABD1_Driver, and Seeed's wiki of the MR60BHA1.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from devices.codecs.stream import Cut, Stream, framed, recorded, tell
from devices.told import Told, Value
from rules.model import Origin

LONGEST: Final = 128  # data bytes; the longest that is documented has 16
SILENT: Final = timedelta(seconds=190)  # it speaks once a minute at least: after this it was restarted
QUERY: Final = 0x0F  # the data byte of a question, which some models echo

Said: TypeAlias = Sequence[tuple[str, Value]]


def _size(buffer: bytearray, at: int) -> Cut:
    if len(buffer) < at + 6:
        return 0
    length = buffer[at + 4] << 8 | buffer[at + 5]
    return length + 9 if length <= LONGEST else "impossible length"


def _flaw(frame: bytes) -> str:
    if sum(frame[:-3]) & 0xFF != frame[-3]:
        return "checksum"
    return "" if frame.endswith(b"\x54\x43") else "no tail"


MEASURE: Final = framed(b"\x53\x59", _size, _flaw)


def frame(control: int, command: int, data: bytes) -> bytes:
    """The bytes of one frame."""
    body = bytes((0x53, 0x59, control, command, *len(data).to_bytes(2, "big"), *data))
    return body + bytes((sum(body) & 0xFF, 0x54, 0x43))


SLEEP_MODE: Final = frame(0x84, 0x0F, b"\x01")  # bed and sleep are told in this mode only
FIRMWARE: Final = frame(0x02, 0xA4, b"\x0f")


def _state(role: str, *values: Value) -> Callable[[bytes], Said | None]:
    """Reads a byte that counts through `values`; None among them says nothing."""

    def read(data: bytes) -> Said | None:
        if len(data) != 1 or data[0] >= len(values):
            return None
        value = values[data[0]]
        return () if value is None else ((role, value),)

    return read


def _motion(data: bytes) -> Said | None:
    """None, still (somebody is there), active."""
    told: Sequence[Said] = (
        (("motion", False),),
        (("presence", True), ("motion", False)),
        (("motion", True),),
    )
    return told[data[0]] if len(data) == 1 and data[0] < len(told) else None


def _rate(role: str) -> Callable[[bytes], Said | None]:
    """0 is no value: never an apnoea, never a heart that stopped."""

    def read(data: bytes) -> Said | None:
        if len(data) != 1:
            return None
        return ((role, data[0]),) if data[0] else ()

    return read


def _level(data: bytes) -> Said | None:
    return (("motion_level", data[0]),) if len(data) == 1 and data[0] <= 100 else None


def _distance(data: bytes) -> Said | None:
    return (("distance_cm", int.from_bytes(data, "big")),) if len(data) == 2 else None


def _position(data: bytes) -> Said | None:
    """Three times a sign bit and a magnitude, in cm; the manual contradicts itself over the sign."""
    if len(data) != 6:
        return None
    words = [int.from_bytes(data[i : i + 2], "big") for i in (0, 2, 4)]
    return (("position", tuple(-(w & 0x3FFF) if w & 0x8000 else w & 0x3FFF for w in words)),)


_VERSION: Final = re.compile(rb"[vV](\d\d)(\d\d)\d\d")  # as in G60SM1SYv010009
_SLEEP: Final = ("deep", "light", "awake", "none")
_SLEEP_BEFORE_1_3: Final = ("awake", "light", "deep", "none")
_CHANGES: Final[Mapping[tuple[int, int], Callable[[bytes], Said | None]]] = {
    (0x80, 0x01): _state("presence", False, True),
    (0x80, 0x02): _motion,
    (0x81, 0x01): _state("breath_state", None, "normal", "fast", "slow", "none"),
    (0x81, 0x02): _rate("breath_rate"),
    (0x83, 0x01): _state("fall", False, True),
    (0x84, 0x01): _state("bed", False, True, None),
    (0x84, 0x02): _state("sleep", *_SLEEP),
    (0x85, 0x02): _rate("heart_rate"),
}
_REPORTS: Final[Mapping[tuple[int, int], Callable[[bytes], Said | None]]] = {  # said again and again
    (0x80, 0x03): _level,
    (0x80, 0x04): _distance,
    (0x80, 0x05): _position,
    (0x01, 0x01): lambda data: (("heartbeat", True),),
}


class R60Radar:
    """One radar. What it answers to a question is a heartbeat, what it says by itself an event."""

    every: timedelta | None = timedelta(seconds=5)  # how often `ask` is worth a look

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.stream = Stream(MEASURE, self.refused)
        self._ask = True
        self._heard: datetime | None = None
        self._sleep = _state("sleep", *_SLEEP)

    def ask(self) -> bytes:
        """What to send now: the wish for sleep mode, at first and after each restart of the radar."""
        asked, self._ask = self._ask, False
        return SLEEP_MODE + FIRMWARE if asked else b""

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What these bytes complete."""
        told: list[Told] = []
        for found in self.stream.feed(data, at):
            if self._heard is not None and at - self._heard > SILENT:
                self._ask = True
            self._heard = at
            told += self._told(found[2], found[3], found[6:-3])
        return told

    def _told(self, control: int, command: int, data: bytes) -> Sequence[Told]:
        answer, key = command & 0x80, (control, command & 0x7F)
        if answer and data == bytes((QUERY,)):
            return ()
        self._note(control, command, data)
        if key == (0x84, 0x0D if answer else 0x0C):  # their questions are numbered one higher
            said = self._summary(data)
        elif key in _REPORTS:
            said = _REPORTS[key](data)
        else:
            read = self._sleep if key == (0x84, 0x02) else _CHANGES.get(key)
            said = read(data) if read else ()
        origin = Origin.EVENT if key in _CHANGES and not answer else Origin.HEARTBEAT
        if said is None:
            self.refused["value out of its range"] += 1
            return ()
        return [Told(role, value, "", origin) for role, value in said]

    def _summary(self, data: bytes) -> Said | None:
        """The last 10 minutes: presence, sleep, mean breathing and heart rate, turns, two shares of movement,
        apnoeas."""
        if len(data) != 8:
            return None
        parts = (self._sleep(data[1:2]), _rate("breath_rate")(data[2:3]), _rate("heart_rate")(data[3:4]))
        return [one for part in parts for one in part or ()]

    def _note(self, control: int, command: int, data: bytes) -> None:
        """Notice a restart, a radar out of sleep mode, and the firmware's version."""
        if (control, command) == (0x05, 0x01) or (control, command, data) == (0x84, 0x01, b"\x02"):
            self._ask = True
        elif (control, command) == (0x02, 0xA4) and (version := _VERSION.search(data)):
            old = (int(version[1]), int(version[2])) < (1, 3)
            self._sleep = _state("sleep", *(_SLEEP_BEFORE_1_3 if old else _SLEEP))


def make(options: Mapping[str, str]) -> R60Radar:
    """The codec for a source; there is nothing to choose."""
    return R60Radar()


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What one recorded frame says, or why it is refused."""
    return tell(R60Radar(), recorded(frame))
