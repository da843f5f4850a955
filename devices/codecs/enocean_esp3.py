"""EnOcean sensors through a USB 300 or TCM 310: packets of the serial protocol ESP3, both CRCs checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from devices.codecs.enocean_profiles import PROFILES, read, usual
from devices.codecs.stream import NOISE, Cut, Stream, recorded, tell
from devices.told import Told
from rules.model import Origin

_SYNC, _HEADER = 0x55, 6  # bytes before the data
_LONGEST: Final = 96  # bytes of data; radio telegrams have up to 20, the answer to _VERSION 33
_RADIO, _RESPONSE = 0x01, 0x02
_VERSION: Final = bytes.fromhex("55 00 01 00 05 70 03 09")  # CO_RD_VERSION
_VERSION_LENGTH: Final = 33
_CONTACT, _FOUR_BYTES, _TEACH, _SECURE = 0xD5, 0xA5, 0xD4, (0x30, 0x31)
_SWITCH_LENGTH, _WATER = 7, 0x11
_LEARN: Final = 0x08  # clear in the last byte of a telegram that only introduces its sender
_OCCUPIED: Final = timedelta(
    seconds=250
)  # A5-07-01 repeats every 100 s while somebody is there (HA_enoceanmqtt#108)
_EEP: Final = re.compile(r"\b([0-9A-F]{2}-[0-9A-F]{2}-)([0-9A-F]{2}|xx)", re.IGNORECASE)
_PAIR: Final = re.compile(r"([0-9A-Fa-f]{8})=([0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2})")


def _table() -> bytes:
    """CRC-8 with polynomial 07, of each byte."""
    crcs = []
    for crc in range(256):
        for _ in range(8):
            crc = (crc << 1) ^ (0x07 if crc & 0x80 else 0)
        crcs.append(crc & 0xFF)
    return bytes(crcs)


_CRC: Final = _table()


def crc8(data: bytes | bytearray) -> int:
    """The checksum of a packet's header or data."""
    crc = 0
    for byte in data:
        crc = _CRC[crc ^ byte]
    return crc


class EnOcean:
    """A telegram does not say what its sender is: `profiles` does, by sender, or a telegram that introduces
    it, until the next start. Contacts and rockers are known without."""

    every: timedelta | None = timedelta(minutes=5)

    def __init__(self, profiles: Mapping[str, str]) -> None:
        self.refused: Counter[str] = Counter()
        self.stream = Stream(_measure, self.refused)
        self._profiles = dict(profiles)

    def ask(self) -> bytes:
        """Tell your version: the stick answers, and so lives."""
        return _VERSION

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What the packets say that these bytes complete."""
        return [told for packet in self.stream.feed(data, at) for told in self._packet(packet)]

    def _packet(self, packet: bytes) -> Sequence[Told]:
        data = packet[_HEADER : _HEADER + int.from_bytes(packet[1:3], "big")]
        if packet[4] == _RADIO and len(data) > 6:
            return self._telegram(data[0], data[1:-5], data[-5:-1].hex().upper(), data[-1])
        if packet[4] == _RESPONSE and len(data) >= _VERSION_LENGTH:
            return (Told("bridge_online", True, "", Origin.HEARTBEAT),)
        return ()

    def _telegram(self, sort: int, data: bytes, sender: str, status: int) -> Sequence[Told]:
        """What one telegram says, or that it introduces its sender."""
        if (eep := _introduced(sort, data)) is not None:
            if eep in PROFILES:
                self._profiles.setdefault(sender, eep)
            return (Told("onboard", eep, sender),)
        eep = self._profiles.get(sender, "")
        if not eep.startswith(f"{sort:02X}-"):
            eep = usual(sort, status)
        if eep not in PROFILES:
            self.refused["encrypted" if sort in _SECURE else "profile unknown"] += 1
            return (Told("heartbeat", True, sender, Origin.HEARTBEAT),)
        return [
            Told(role, value, sender, lasts=_OCCUPIED if role == "motion" else None)
            for role, value in read(PROFILES[eep], data)
        ]


def make(options: Mapping[str, str]) -> EnOcean:
    """The codec for a source; `profiles` is "01825DAB=D5-00-01 058E8FBD=F6-05-02". Raises ValueError."""
    profiles = {}
    for pair in options.get("profiles", "").replace(",", " ").split():
        match = _PAIR.fullmatch(pair)
        if match is None or match[2].upper() not in PROFILES:
            known = ", ".join(sorted(PROFILES))
            raise ValueError(f"profiles: {pair}: write <sender>=<profile>, the profile one of {known}")
        profiles[match[1].upper()] = match[2].upper()
    return EnOcean(profiles)


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What a recorded packet says, its sender being what an installer would have written of it."""
    data = recorded(frame)
    codec = EnOcean({})
    if len(data) > _HEADER:
        end = _HEADER + int.from_bytes(data[1:3], "big")
        codec = EnOcean({data[end - 5 : end - 1].hex().upper(): _described(frame, data[_HEADER:end])})
    told, why = tell(codec, data)
    return [one for one in told if one.role != "heartbeat"], None if why == "profile unknown" else why


def _described(frame: Mapping[str, object], telegram: bytes) -> str:
    """The profile that a recording's description names; a detector of dangers without one is of smoke, or
    of water if it sends what only those send (11)."""
    if found := _EEP.search(f"{frame.get('meaning', '')} {frame.get('source', '')}"):
        return (found[1] + found[2].replace("xx", "01")).upper()
    if len(telegram) == _SWITCH_LENGTH and usual(telegram[0], telegram[-1]) == "F6-05":
        return "F6-05-01" if telegram[1] == _WATER else "F6-05-02"
    return ""


def _measure(held: bytearray, start: int) -> Cut:
    """By both lengths and both checksums: 55 may stand anywhere inside."""
    if held[start] != _SYNC:
        return NOISE
    if len(held) - start < _HEADER:
        return 0
    if crc8(held[start + 1 : start + 5]) != held[start + 5]:
        return "crc8h"
    length = int.from_bytes(held[start + 1 : start + 3], "big") + held[start + 3]
    if not 0 < length <= _LONGEST:
        return "impossible length"
    end = start + _HEADER + length
    if len(held) <= end:
        return 0
    return length + _HEADER + 1 if crc8(held[start + _HEADER : end]) == held[end] else "crc8d"


def _introduced(sort: int, data: bytes) -> str | None:
    """The profile that a teach-in telegram names: what is known of it, or None of any other telegram."""
    if sort == _CONTACT and not data[0] & _LEARN:
        return "D5-00-01"
    if sort == _TEACH and len(data) == 7 and not data[0] & 0x0F:  # a query, not an answer to one
        return f"{data[6]:02X}-{data[5]:02X}-{data[4]:02X}"
    if sort == _FOUR_BYTES and len(data) == 4 and not data[3] & _LEARN:
        func, kind = data[0] >> 2, (data[0] & 0x03) << 5 | data[1] >> 3
        return f"A5-{func:02X}-{kind:02X}" if data[3] & 0x80 else "A5"
    return None
