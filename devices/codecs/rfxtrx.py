"""RFXtrx sticks: 433 MHz alarm sensors and bare codes, in packets that begin with their own length.

Packets carry no checksum; only the exact length of a known type is taken for one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from devices.codecs.stream import NOISE, Cut, Stream, recorded, tell
from devices.told import EACH, Told, Value
from rules.model import Origin

# Packet types by the number of bytes after the length byte (RFXtrx user guide; pyRFXtrx 0.34.0).
_TYPES: Final = {
    0x04: bytes.fromhex("02"),
    0x06: bytes.fromhex("28 30"),
    0x07: bytes.fromhex("10 16 17 18 30 70"),
    0x08: bytes.fromhex("12 20 50 51 5D"),
    0x09: bytes.fromhex("13 19 1E 40 53 57"),
    0x0A: bytes.fromhex("14 19 4E 4F 52 71"),
    0x0B: bytes.fromhex("11 15 1E 55"),
    0x0C: bytes.fromhex("1A"),
    0x0D: bytes.fromhex("01 54 58 59"),
    0x0F: bytes.fromhex("5C"),
    0x10: bytes.fromhex("56"),
    0x11: bytes.fromhex("5A 60"),
    0x13: bytes.fromhex("5B"),
    0x14: bytes.fromhex("01"),
    0x15: bytes.fromhex("60"),
    0x1C: bytes.fromhex("21"),
}
_INTERFACE, _UNDECODED, _CODE, _SECURITY = 0x01, 0x03, 0x13, 0x20
_RAW: Final = range(0x04, 0x25)  # lengths of packets with what the stick heard and could not decode

_MODELS: Final = (  # subtypes of Security1
    *("x10", "x10-motion", "x10-remote", "kd101", "visonic-contact", "visonic-motion", "visonic-remote"),
    *("visonic-auxiliary", "meiantech", "sa30", "rm174rf"),
)
_SMOKE: Final = frozenset({"kd101", "sa30", "rm174rf"})
_CONTACT: Final = frozenset({"x10", "visonic-contact", "visonic-auxiliary"})
_MOTION: Final = frozenset({"x10-motion", "visonic-motion"})
_BUTTONS: Final = {
    0x09: "arm away",
    0x0A: "arm away delayed",
    0x0B: "arm home",
    0x0C: "arm home delayed",
    0x0D: "disarm",
    0x10: "light 1 off",
    0x11: "light 1 on",
    0x12: "light 2 off",
    0x13: "light 2 on",
}
_NORMAL, _ALARM, _PANIC, _CALM = (0x00, 0x01), (0x02, 0x03), 0x06, 0x07
_BATTERY_LOW: Final = 0x16
_STATUSES: Final = frozenset({*range(0x0E), *range(0x10, 0x18)})  # all that there are, tamper apart
_EMPTY: Final = 1  # of the 9 steps that the stick reports


class RfxTrx:
    """The sequence number tells nothing: it is the stick's, and repeats of one press carry new ones."""

    every: timedelta | None = timedelta(minutes=5)

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.stream = Stream(_measure, self.refused)

    def ask(self) -> bytes:
        """Tell your status; the stick answers with packet type 01."""
        return bytes((0x0D, 0x00, 0x00, 0x01, 0x02)) + bytes(9)

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What the packets say that these bytes complete."""
        return [told for packet in self.stream.feed(data, at) for told in _packet(packet)]


def make(_options: Mapping[str, str]) -> RfxTrx:
    """The codec for a source."""
    return RfxTrx()


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What a recorded packet says."""
    return tell(RfxTrx(), recorded(frame))


def _measure(held: bytearray, start: int) -> Cut:
    if len(held) - start < 2:
        return 0 if held[start] in _TYPES or held[start] in _RAW else NOISE
    length, sort = held[start], held[start + 1]
    if sort not in _TYPES.get(length, b"") and not (sort == _UNDECODED and length in _RAW):
        return NOISE
    if len(held) - start <= length:
        return 0
    if sort == _SECURITY and (held[start + 2] >= len(_MODELS) or held[start + 7] & 0x7F not in _STATUSES):
        return "unknown alarm sensor"
    return length + 1


def _packet(packet: bytes) -> Iterator[Told]:
    match packet[1]:
        case sort if sort == _INTERFACE:
            yield Told("bridge_online", True, "", Origin.HEARTBEAT)
        case sort if sort == _CODE:
            code = packet[4:7].hex().upper()
            yield Told("rf_code", code, f"lighting4/{code[:5]}", lasts=EACH)
        case sort if sort == _SECURITY:
            yield from _security(packet)


def _security(packet: bytes) -> Iterator[Told]:
    """An alarm sensor. Its name goes with its number: a Visonic motion sensor may come in as a KD101 smoke
    detector (Home Assistant core#53675), and is then nobody whom the installer enrolled."""
    model, status = _MODELS[packet[2]], packet[7]
    who = f"{model}/{packet[4:7].hex()}"
    for role, value in _states(model, status & 0x7F):
        yield Told(role, value, who, lasts=EACH)  # the air may have swallowed the end of the one before
    yield Told("tamper", status >= 0x80, who)
    low = status & 0x7F == _BATTERY_LOW
    if low or model not in _SMOKE:  # smoke detectors do not report their charge with every packet
        yield Told("battery_low", low or packet[8] & 0x0F <= _EMPTY, who)


def _states(model: str, status: int) -> Iterator[tuple[str, Value]]:
    """What the status byte means on this model; "panic" of a smoke detector is smoke, of all others SOS."""
    if model in _SMOKE:
        if status in (_PANIC, _CALM, *_NORMAL, *_ALARM):
            yield "smoke", status == _PANIC or status in _ALARM
    elif status == _PANIC:
        yield "sos", True
    elif model in _MOTION and status in (*_NORMAL, *_ALARM, 0x04, 0x05):
        yield "motion", status in (*_ALARM, 0x04)
    elif status in (0x04, 0x05):
        yield "motion", status == 0x04
    elif model in _CONTACT and status in (*_NORMAL, *_ALARM):
        yield "contact_open", status in _ALARM
    if status in _NORMAL:
        yield "alarm", False
    if status in _BUTTONS:
        yield "button", _BUTTONS[status]
