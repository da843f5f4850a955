"""MQTT 3.1.1 as the gateway needs it: subscribe, read, acknowledge, publish. Sans-I/O.

Our own, because this is the one place where the cost of each message counts; the figures are in
docs/decisions/0006-own-mqtt-reader.md. Everywhere else the libraries speak.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

LARGEST: Final = 16_777_216  # bytes of one payload that is kept; of a larger one only the beginning
PING: Final = b"\xc0\x00"
DISCONNECT: Final = b"\xe0\x00"

_REFUSALS: Final = {
    1: "it speaks another version of MQTT",
    2: "it does not take this client name",
    3: "it is not available",
    4: "user name or password are wrong",
    5: "this user may not connect",
}


class ProtocolError(ConnectionError):
    """The other side does not speak MQTT 3.1.1, or refuses us; the message says what to look at."""


class Publish(NamedTuple):
    """One message. `mid` is 0 for QoS 0; anything else wants an acknowledgement."""

    topic: bytes
    payload: bytes
    mid: int
    retained: bool


class Connected(NamedTuple):
    """The broker took us; `resumed` if it kept our session."""

    resumed: bool


class Subscribed(NamedTuple):
    """The broker's answer to a subscription: the QoS granted a topic, 128 for a refusal."""

    granted: bytes


Packet: TypeAlias = Publish | Connected | Subscribed


def connect(
    client: str, keepalive: int, username: str = "", password: str = "", clean: bool = False
) -> bytes:
    """Ask for the session `client`, kept from the last time unless `clean`; `keepalive` in seconds."""
    flags = (0x80 if username else 0) | (0x40 if username and password else 0) | (0x02 if clean else 0)
    body = _text("MQTT") + bytes((4, flags)) + struct.pack(">H", keepalive) + _text(client)
    if username:
        body += _text(username) + (_text(password) if password else b"")
    return _packet(0x10, body)


def subscribe(mid: int, topics: Iterable[str]) -> bytes:
    """Subscribe at QoS 1."""
    return _packet(0x82, struct.pack(">H", mid) + b"".join(_text(topic) + b"\x01" for topic in topics))


def publish(topic: str, payload: bytes, mid: int) -> bytes:
    """One message at QoS 1; `mid` from 1 to 65,535."""
    return _packet(0x32, _text(topic) + struct.pack(">H", mid) + payload)


def acknowledge(mids: Iterable[int]) -> bytes:
    """One PUBACK for each message."""
    return b"".join([b"\x40\x02" + mid.to_bytes(2, "big") for mid in mids])


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack(">H", len(data)) + data


def _packet(first: int, body: bytes) -> bytes:
    size, length = len(body), bytearray()
    while True:
        size, digit = divmod(size, 128)
        length.append(digit | 0x80 if size else digit)
        if not size:
            return bytes((first,)) + length + body


class Wire:
    """Cuts what arrives into packets, at whatever places it was split."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._skip = 0  # bytes of an oversized payload that are still to come and are not kept

    def feed(self, data: bytes | memoryview) -> Sequence[Packet]:
        """The packets that these bytes complete. Raises ProtocolError."""
        if self._skip:
            gone = min(self._skip, len(data))
            self._skip -= gone
            data = data[gone:]
        held = self._held
        held += data
        packets: list[Packet] = []
        at, end = 0, len(held)
        while end - at >= 2:
            body, size = at + 2, held[at + 1]
            if size & 0x80:
                body, size = _length(held, at + 1)
                if not body:
                    break
            stop = body + size
            if stop > end:
                if size > LARGEST and end - body > LARGEST:
                    packets.append(_publish(held, held[at], body, body + LARGEST))
                    self._skip = stop - end
                    at = end
                break
            packet = _read(held, held[at], body, stop)
            if packet is not None:
                packets.append(packet)
            at = stop
        del held[:at]
        return packets


def _length(held: bytearray, at: int) -> tuple[int, int]:
    """Where the body begins, and its size; (0, 0) if the header is not all there."""
    size = 0
    for i in range(4):
        if at + i >= len(held):
            return 0, 0
        size |= (held[at + i] & 0x7F) << (7 * i)
        if not held[at + i] & 0x80:
            return at + i + 1, size
    raise ProtocolError("a length of more than 4 bytes: is this port an MQTT broker's?")


def _read(held: bytearray, first: int, body: int, stop: int) -> Packet | None:
    match first >> 4:
        case 3:
            return _publish(held, first, body, stop)
        case 2 if stop - body == 2:
            if held[body + 1]:
                raise ProtocolError(f"the broker refuses us: {_REFUSALS.get(held[body + 1], held[body + 1])}")
            return Connected(bool(held[body] & 1))
        case 9 if stop - body > 2:
            return Subscribed(bytes(held[body + 2 : stop]))
        case 4 | 13:  # the broker took a message of ours, or answers a ping
            return None
    raise ProtocolError(
        f"a packet of type {first >> 4} that no broker sends here: is this port an MQTT broker's?"
    )


def _publish(held: bytearray, first: int, body: int, stop: int) -> Publish:
    start = body + 2
    end = start + (held[body] << 8 | held[body + 1]) if start <= stop else stop + 1
    mid = 0
    payload = end
    if first & 0x06:
        payload = end + 2
        if payload <= stop:
            mid = held[end] << 8 | held[end + 1]
    if payload > stop:
        raise ProtocolError("a message that is shorter than its topic")
    return Publish(bytes(held[start:end]), bytes(held[payload:stop]), mid, bool(first & 1))
