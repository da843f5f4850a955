"""Tasmota's 433 MHz bridge: the codes that it hears, by Itead's firmware, Portisch's, or a pin."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from devices import payload as read
from devices.codecs.bridge import bridge, rf
from devices.told import Told

BASE: Final = "tele/+"
_HEX: Final = re.compile(r"(?:0[xX])?([0-9A-Fa-f]{1,32})")
_BITS: Final = 24  # of an EV1527 or PT2262 code


class TasmotaRf:
    """Implements devices.families.MqttCodec. A sender is its code without the last hex digit (of EV1527: its
    20-bit number); RfKey is not read, for bridges lose what they learnt."""

    def __init__(self, base: str = BASE) -> None:
        self.refused: Counter[str] = Counter()
        self.memory: bytes | None = None
        self.topics: Sequence[str] = (f"{base}/RESULT", f"{base}/LWT")

    def recall(self, memory: bytes) -> None:
        """It learns nothing."""

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Told]:
        """The code of one message, or whether the bridge is there."""
        if topic.endswith("/LWT"):
            return bridge(topic, payload, retained)
        if not topic.endswith("/RESULT") or (result := read.table(payload, self.refused)) is None:
            return ()
        match result:
            case {"RfReceived": {"Data": str() | int() as data, **more}}:
                code = received(data, more.get("Bits"))
            case {"RfRaw": {"Data": str(data)}}:
                code = raw(data)
            case _:
                return ()  # the answer to some command
        if code is None:
            self.refused["no code"] += 1
            return ()
        return (rf(code, retained),) if code else ()


def received(data: str | int, bits: object) -> str | None:
    """The code as hex digits in capitals: "A53EEE", "0x7028D2", or a number (Tasmota's SetOption28)."""
    if isinstance(data, int):
        return f"{data:06X}" if not isinstance(data, bool) and 0 < data < 2**64 else None
    found = _HEX.fullmatch(data.strip())
    if found is None:
        return None
    wide = bits // 4 if isinstance(bits, int) and 0 < bits <= 64 else 6
    return found[1].upper().zfill(wide)


def raw(data: str) -> str | None:
    """The code of a message of the bridge's radio chip, AA … 55; "" where it carries none, None if broken.

    Source: Portisch's RF-Bridge-EFM8BB1; A4 received, A6 received in a known protocol, B1 pulses.
    """
    try:
        message = bytes.fromhex(data)
    except ValueError:
        return None
    if len(message) < 3 or message[0] != 0xAA or message[-1] != 0x55:
        return None
    match message[1]:
        case 0xA4:
            return message[8:11].hex().upper() if len(message) == 12 else None
        case 0xA6:
            whole = message[2] in (len(message) - 4, len(message) - 3) and len(message) > 5
            return message[4:-1].hex().upper() if whole else None
        case 0xB1:
            return pulses(message[2:-1])
    return ""


def pulses(message: bytes) -> str | None:
    """The code that pulses spell, if they spell one of 24 bits: per bit a long pulse and a short gap (1) or a
    short pulse and a long gap (0). A nibble is a pulse (bit 3) or a gap, of the length in its bucket."""
    buckets, body = message[0] if message else 0, message[1 + 2 * (message[0] if message else 0) :]
    if not 3 <= buckets <= 8 or not body:
        return None
    times = [int.from_bytes(message[1 + 2 * n : 3 + 2 * n]) for n in range(buckets)]
    nibbles = [half for byte in body for half in (byte >> 4, byte & 15)]
    if any(nibble & 7 >= buckets for nibble in nibbles):
        return None
    while nibbles and not nibbles[0] & 8:  # the gap before the first pulse
        nibbles.pop(0)
    if len(nibbles) < 2 * _BITS:
        return ""
    bits = [_bit(nibbles[n], nibbles[n + 1], times) for n in range(0, 2 * _BITS, 2)]
    return "" if None in bits else f"{int(''.join(map(str, bits)), 2):06X}"


def _bit(pulse: int, gap: int, times: Sequence[int]) -> int | None:
    high, low = times[pulse & 7], times[gap & 7]
    if not pulse & 8 or gap & 8 or not min(high, low) * 2 <= max(high, low) <= min(high, low) * 5:
        return None
    return int(high > low)


def make(options: Mapping[str, str]) -> TasmotaRf:
    """`base`: what stands before /RESULT in the bridge's topics, as in tele/rf-bridge."""
    return TasmotaRf(options.get("base") or BASE)


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What one recorded message says. A code stays a code: only the home that enrolled it knows more."""
    return read.recorded(TasmotaRf(), frame)
