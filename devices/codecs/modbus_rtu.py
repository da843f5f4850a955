"""Modbus RTU (RS-485): asks each device in turn and reads its answer. No answer is never an alarm.

Framing and CRC are written here, where no I/O may be; the tests hold them against pymodbus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from devices.modbus_map import Map, Point, Read
from devices.told import Told, Value
from rules.model import Origin

ROUND: Final = timedelta(seconds=5)  # each device is asked so often; supervision.toml's `modbus` counts on it
LEAST: Final = timedelta(milliseconds=200)  # between two requests: a slow device's answer at 9600 baud is in
EXCEPTIONS: Final = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One request to one device."""

    unit: int
    read: Read

    @property
    def frame(self) -> bytes:
        """The request on the wire."""
        first, count = self.read.first.to_bytes(2, "big"), self.read.count.to_bytes(2, "big")
        return sealed(bytes((self.unit, self.read.function)) + first + count)


class ModbusRtu:
    """A serial codec (devices.families) that polls. `refused` counts by reason, missing answers too.

    One question is open at a time; only its answer is read. After a missing answer one turn is left out, so
    that a late answer is not taken for the next question's.
    """

    def __init__(self, units: Mapping[int, Map]) -> None:
        """`units`: the devices on the bus by their address."""
        self.refused: Counter[str] = Counter()
        self._round = [Question(unit, read) for unit, known in units.items() for read in known.read]
        self._turn = 0
        self._open: Question | None = None
        self._buffer = b""
        self._last: dict[tuple[int, str, str], Value] = {}

    @property
    def every(self) -> timedelta | None:
        """How long from one `ask` to the next."""
        return max(LEAST, ROUND / len(self._round)) if self._round else None

    def ask(self) -> bytes:
        """The next request; nothing if there is none, or if the last was not answered."""
        self._buffer = b""
        if self._open is not None:
            self.refused[f"no answer of unit {self._open.unit}"] += 1
            self._open = None
            return b""
        if not self._round:
            return b""
        self._open = self._round[self._turn % len(self._round)]
        self._turn += 1
        return self._open.frame

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What the open question's answer says, once it is complete and its CRC fits."""
        if self._open is None:
            self.refused["not asked for"] += 1
            return ()
        self._buffer += data
        while self._open is not None and self._buffer:
            frame = self._frame(self._open)
            if frame is None:
                return ()
            if frame:
                return self._answer(self._open, frame)
            skip = self._buffer.find(self._open.unit, 1)
            self._buffer = self._buffer[skip:] if skip > 0 else b""
        return ()

    def _frame(self, question: Question) -> bytes | None:
        """The answer at the buffer's start; empty if none starts there, None if it is not whole yet."""
        echo = question.frame
        if self._buffer.startswith(echo):  # some RS-485 adapters hear themselves
            self._buffer = echo[:1] + self._buffer[len(echo) :]
            return b""
        size, fits = _length(self._buffer, question)
        if not fits:
            return None if echo.startswith(self._buffer) else b""
        if len(self._buffer) < size:
            return None
        frame = self._buffer[:size]
        if sealed(frame[:-2]) != frame:
            self.refused["crc"] += 1
            return b""
        return frame

    def _answer(self, question: Question, frame: bytes) -> Sequence[Told]:
        self._open, self._buffer = None, b""
        if frame[1] & 0x80:
            self.refused[f"exception {frame[2]}: {EXCEPTIONS.get(frame[2], 'unknown')}"] += 1
            return ()
        data, read = frame[3:-2], question.read
        bits = int.from_bytes(data, "little") if read.bits else 0
        values = [(p, p.value(bits, b"" if read.bits else data, p.at - read.first)) for p in read.point]
        return [self._told(question.unit, point, value) for point, value in values if value is not None]

    def _told(self, unit: int, point: Point, value: Value) -> Told:
        key = (unit, point.part, point.role)
        origin = Origin.HEARTBEAT if self._last.get(key) == value else Origin.EVENT
        self._last[key] = value
        return Told(point.role, value, f"{unit}/{point.part}" if point.part else str(unit), origin)


def sealed(body: bytes) -> bytes:
    """A frame's body with its CRC-16 (polynomial A001, start FFFF, low byte first)."""
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return body + crc.to_bytes(2, "little")


def _length(buffer: bytes, question: Question) -> tuple[int, bool]:
    """How long the answer is that starts here, and whether one may start here as far as can be seen."""
    read = question.read
    answer = bytes((question.unit, read.function, read.size))
    refusal = bytes((question.unit, read.function | 0x80))
    if buffer[:2] == refusal:
        return 5, True
    return 5 + read.size, answer.startswith(buffer[:3])
