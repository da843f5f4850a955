"""How the records of blood pressure cuffs look, model by model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final, TypeAlias

from devices.codecs.stream import NOISE, Cut, Measure

Figures: TypeAlias = tuple[int, int, int]  # systolic and diastolic in mmHg, pulse a minute


@dataclass(frozen=True, slots=True)
class Record:
    """One measurement; `text` tells it from every other, `memory` whose it is ("" where there is one)."""

    text: str
    figures: Figures
    memory: str = ""


@dataclass(frozen=True, slots=True)
class Cuff:
    """One model's way to speak."""

    measure: Measure
    read: Callable[[bytes], Sequence[Record]]  # oldest first
    ask: bytes  # fetches the memory
    live: bool  # it speaks when it measures; otherwise it tells its memory


def plausible(figures: Figures) -> bool:
    """Whether a living person may have these: also the only check of records without a checksum."""
    systolic, diastolic, pulse = figures
    return 50 <= systolic <= 300 and 25 <= diastolic < systolic and 25 <= pulse <= 250


def _dated(month: int, day: int, hour: int, minute: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60


def _omron_usb(held: bytearray, start: int) -> Cut:
    """Date (6 bytes), two unknown, three figures, two of state, XOR of all: openyou/libomron."""
    if bytes(held[start : start + 3]) in (b"GDC", b"GME"):  # our own question
        return 8 if len(held) - start >= 8 else 0
    if len(held) - start < 14:
        return 0
    year, month, day, hour, minute, second = held[start : start + 6]
    if year > 99 or second > 59 or not _dated(month, day, hour, minute):
        return NOISE
    if not plausible((held[start + 8], held[start + 9], held[start + 10])):
        return NOISE
    return 14 if reduce(xor, held[start : start + 13]) == held[start + 13] else "checksum"


def _omron_usb_read(frame: bytes) -> Sequence[Record]:
    return [Record(frame.hex(), (frame[8], frame[9], frame[10]))] if len(frame) == 14 else ()


def _omron_ble(held: bytearray, start: int) -> Cut:
    """Three figures, date, then the sum of all of it and that sum's complement: hass-omron#71."""
    if len(held) - start < 14:
        return 0
    total = sum(held[start : start + 12]) & 0xFF
    if held[start + 12] != total or held[start + 13] != total ^ 0xFF:
        return "checksum"
    return 14 if plausible(_omron_ble_read(held[start : start + 14])[0].figures) else "no blood pressure"


def _omron_ble_read(frame: bytes | bytearray) -> Sequence[Record]:
    return [Record(frame.hex(), (frame[0] + 25, frame[1], frame[2]))]


def _beurer(held: bytearray, start: int) -> Cut:
    """AC, three figures (both pressures less 25), month, day, hour, minute, year: McKael/gobm65."""
    if held[start] in (0x55, 0xAA):  # "here I am", and our own "are you there"
        return 1
    if held[start] != 0xAC:
        return NOISE
    if len(held) - start < 9:
        return 0
    record = held[start : start + 9]
    fits = _dated(*record[4:8]) and record[8] < 100 and plausible(_beurer_read(record)[0].figures)
    return 9 if fits else "no blood pressure"


def _beurer_read(frame: bytes | bytearray) -> Sequence[Record]:
    return [Record(frame.hex(), (frame[1] + 25, frame[2] + 25, frame[3]))] if len(frame) == 9 else ()


_RAYCOME_LONGEST: Final = 32  # bytes of type and data; a result has 15


def _raycome(held: bytearray, start: int) -> Cut:
    """AA (or CC from us), 80, 03, length, two bytes of type, data, XOR from the 03 on: zrr1999/maibobo."""
    for place, wanted in enumerate((b"\xaa\xcc", b"\x80", b"\x02\x03")):
        if len(held) - start <= place:
            return 0
        if held[start + place] not in wanted:
            return NOISE
    if len(held) - start < 4:
        return 0
    if held[start + 3] > _RAYCOME_LONGEST:
        return "impossible length"
    length = held[start + 3] + 5
    if len(held) - start < length:
        return 0
    end = start + length - 1
    return length if reduce(xor, held[start + 2 : end]) == held[end] else "checksum"


def _raycome_read(frame: bytes) -> Sequence[Record]:
    """Type 01 06 is a result: seven bytes, then three figures of two bytes."""
    if frame[0] != 0xAA or frame[4:6] != b"\x01\x06" or len(frame) < 20:
        return ()
    systolic, diastolic, pulse = (int.from_bytes(frame[at : at + 2], "big") for at in (13, 15, 17))
    return [Record(frame.hex(), (systolic, diastolic, pulse))]


_STX, _ETX = 0x02, 0x03
_DUMP: Final = 4096  # bytes of text between STX and ETX; two memories of 60 records have 2,408
_BLOCK: Final = re.compile(r"M(\d)(?:00\d?(?=M|$)|(?!00)\d\d((?:\d{20})+))")
_RECORD: Final = re.compile(r"\d{2}(\d\d)(\d\d)(\d\d)(\d\d)\d(\d{3})(\d{3})(\d{3})")


def _visomat(held: bytearray, start: int) -> Cut:
    """STX, text, ETX: git.ao2.it/visomat-utils."""
    if held[start] != _STX:
        return NOISE
    end = held.find(_ETX, start)
    if end >= 0:
        return end + 1 - start
    return 0 if len(held) - start <= _DUMP else "no end mark"


def _visomat_read(frame: bytes) -> Sequence[Record]:
    """Memories M1 and M2: a count, then for each record date, time, a flag and three figures as digits."""
    text = "".join(frame[1:-1].decode("ascii", "replace").split())
    blocks = [(match[1], match[2] or "") for match in _BLOCK.finditer(text)]
    if not blocks and _RECORD.fullmatch(text):
        blocks = [("", text)]
    return [found for memory, digits in blocks for found in _visomat_records(memory, digits)]


def _visomat_records(memory: str, digits: str) -> Sequence[Record]:
    found = []
    for match in _RECORD.finditer(digits):
        month, day, hour, minute, systolic, diastolic, pulse = map(int, match.groups())
        if _dated(month, day, hour, minute) and plausible((systolic, diastolic, pulse)):
            found.append(Record(match[0], (systolic, diastolic, pulse), memory))
    return found


CUFFS: Final[Mapping[str, Cuff]] = {
    "omron-790it": Cuff(_omron_usb, _omron_usb_read, b"", False),
    "omron-ble": Cuff(_omron_ble, _omron_ble_read, b"", False),
    "beurer-bm65": Cuff(_beurer, _beurer_read, bytes.fromhex("AA A3 01"), False),
    "raycome-rbp": Cuff(_raycome, _raycome_read, b"", True),
    "visomat": Cuff(_visomat, _visomat_read, b"\x02R00\x03", False),
}
