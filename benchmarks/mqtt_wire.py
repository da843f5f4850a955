"""Just enough MQTT 3.1.1 for a load that costs next to nothing: packets are built beforehand."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack(">H", len(data)) + data


def _packet(kind: int, body: bytes) -> bytes:
    size, length = len(body), bytearray()
    while True:
        size, digit = divmod(size, 128)
        length.append(digit | 0x80 if size else digit)
        if not size:
            return bytes([kind]) + bytes(length) + body


def connect(host: str, port: int, client: str, receive_buffer: int = 1 << 20) -> socket.socket:
    """A connected socket with a clean session."""
    sock = socket.create_connection((host, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.sendall(_packet(0x10, _text("MQTT") + bytes([4, 2]) + struct.pack(">H", 600) + _text(client)))
    answer = sock.recv(4)
    if answer != b"\x20\x02\x00\x00":
        raise ConnectionError(f"CONNACK {answer!r}")
    return sock


def publish(topic: str, payload: bytes, mid: int, retain: bool = False) -> bytes:
    """A PUBLISH packet, QoS 1."""
    return _packet(0x32 | retain, _text(topic) + struct.pack(">H", mid) + payload)


def subscribe(topic: str) -> bytes:
    """A SUBSCRIBE packet, QoS 1."""
    return _packet(0x82, struct.pack(">H", 1) + _text(topic) + b"\x01")


def puback(mid: int) -> bytes:
    """A PUBACK packet."""
    return struct.pack(">BBH", 0x40, 2, mid)


class Reader:
    """Cuts a stream into packets."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """(first byte, body) of each whole packet."""
        self._rest += data
        at = 0
        while True:
            size, shift, i = 0, 0, at + 1
            while i < len(self._rest):
                size |= (self._rest[i] & 0x7F) << shift
                shift += 7
                i += 1
                if not self._rest[i - 1] & 0x80:
                    break
            else:
                break
            if len(self._rest) < i + size:
                break
            yield self._rest[at], self._rest[i : i + size]
            at = i + size
        self._rest = self._rest[at:]


def message(first: int, body: bytes) -> tuple[str, bytes, int]:
    """Topic, payload and mid (0 for QoS 0) of a PUBLISH."""
    n = struct.unpack(">H", body[:2])[0]
    at = 2 + n
    mid = 0
    if first & 0x06:
        mid = struct.unpack(">H", body[at : at + 2])[0]
        at += 2
    return body[2 : 2 + n].decode(), body[at:], mid
