"""The reader of sensors' brokers: whatever way the bytes are cut, and whatever they are."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import mqtt311
from devices.mqtt311 import Connected, Packet, ProtocolError, Publish, Subscribed, Wire


def length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, digit = divmod(size, 128)
        out.append(digit | 0x80 if size else digit)
        if not size:
            return bytes(out)


def publish(topic: bytes, payload: bytes, mid: int = 0, retained: bool = False) -> bytes:
    body = struct.pack(">H", len(topic)) + topic + (struct.pack(">H", mid) if mid else b"") + payload
    return bytes([0x30 | (2 if mid else 0) | retained]) + length(len(body)) + body


def fed(pieces: Sequence[bytes]) -> list[Packet]:
    wire = Wire()
    return [packet for piece in pieces for packet in wire.feed(piece)]


messages = st.builds(
    Publish, st.binary(min_size=1, max_size=40), st.binary(max_size=300), st.integers(0, 65535), st.booleans()
)


@given(st.lists(messages, max_size=8), st.data())
def test_messages_come_whole_however_they_are_cut(sent: list[Publish], data: st.DataObject) -> None:
    stream = b"\x20\x02\x01\x00" + b"\x90\x03\x00\x01\x01"
    stream += b"".join(publish(*message) + b"\xd0\x00\x40\x02\x00\x07" for message in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert fed(pieces) == [Connected(True), Subscribed(b"\x01"), *sent]


def test_split_at_every_byte() -> None:
    sent = Publish(b"zigbee2mqtt/hall", b"x" * 200, 7, True)
    stream = publish(*sent)
    assert all(fed([stream[:i], stream[i:]]) == [sent] for i in range(len(stream)))


@given(st.binary(max_size=200))
def test_noise_is_refused_in_words_or_waits_for_more(noise: bytes) -> None:
    try:
        packets = fed([noise])
    except ProtocolError:
        return
    assert all(isinstance(packet, Publish | Connected | Subscribed) for packet in packets)


@pytest.mark.parametrize("code", range(1, 6))
def test_a_refusal_says_why(code: int) -> None:
    with pytest.raises(ProtocolError, match="refuses us"):
        fed([bytes([0x20, 2, 0, code])])


def test_a_message_too_large_is_cut_and_what_follows_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt311, "LARGEST", 1000)
    big, small = publish(b"big", b"x" * 50_000, 5), publish(b"small", b"y", 6)
    stream = big + small
    pieces = [stream[i : i + 700] for i in range(0, len(stream), 700)]
    first, second = fed(pieces)
    assert isinstance(first, Publish)
    assert (first.topic, first.mid) == (b"big", 5)
    assert len(first.payload) <= 1000
    assert second == Publish(b"small", b"y", 6, False)


def test_what_we_say_is_what_the_standard_says() -> None:
    assert mqtt311.acknowledge([1, 258]) == b"\x40\x02\x00\x01\x40\x02\x01\x02"
    assert mqtt311.subscribe(1, ["a/#"]) == b"\x82\x08\x00\x01\x00\x03a/#\x01"
    assert mqtt311.connect("me", 30) == b"\x10\x0e\x00\x04MQTT\x04\x00\x00\x1e\x00\x02me"
    assert mqtt311.connect("me", 30, clean=True)[9:10] == b"\x02"
    assert mqtt311.publish("a", b"xy", 258) == b"\x32\x07\x00\x01a\x01\x02xy"
    with_user = mqtt311.connect("me", 30, "u", "p")
    assert with_user == b"\x10\x14\x00\x04MQTT\x04\xc0\x00\x1e\x00\x02me\x00\x01u\x00\x01p"
