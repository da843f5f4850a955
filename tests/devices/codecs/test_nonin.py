"""Nonin's data format 2; the packet was captured (mattjlewis/NoninPulseOx)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import said, stands_neighbours, stands_splits

from devices.codecs.nonin import Nonin, decode

HEAD = bytes.fromhex("01 81 43 00 C5 01 80 43 4A 0E 01 80 43 60 24")  # captured: 74 a minute, 96 %
REST = bytes.fromhex("01 80 43 94 58 01 80 43 00 C4 01 80 41 00 C2 01 80 3E 17 D6 01 80 3C 04 C1")
VALUES = [("heart_rate", 74), ("spo2", 96)]


def packet(status: int, *values: int) -> bytes:
    """The head of a packet: three frames with this status and these values."""
    frames = b""
    for place, value in enumerate(values):
        frame = bytes((0x01, 0x80 | status | (place == 0), 0x43, value))
        frames += frame + bytes((sum(frame) & 0xFF,))
    return frames


def test_a_packet() -> None:
    assert said(Nonin(), HEAD + REST) == VALUES


def test_the_rates_high_bits_are_in_the_first_frame() -> None:
    assert said(Nonin(), packet(0, 0x01, 0x0C, 0x5F)) == [("heart_rate", 140), ("spo2", 95)]


def test_missing_values_say_nothing() -> None:
    assert said(Nonin(), packet(0, 0x03, 0x7F, 0x7F)) == []


@pytest.mark.parametrize("status", [0x08, 0x10])
def test_a_finger_that_is_not_in_says_nothing(status: int) -> None:
    assert said(Nonin(), packet(status, 0x00, 0x4A, 0x60)) == []


def test_an_unplugged_probe_is_a_fault() -> None:
    assert said(Nonin(), packet(0x40, 0x03, 0x7F, 0x7F)) == [("fault", True)]


def test_frames_come_in_pieces_and_two_at_once() -> None:
    stands_splits(Nonin, HEAD + REST + HEAD)


@pytest.mark.parametrize(
    "noise", [b"\x00\xff", b"\x01", b"\x01\x81", HEAD[:7], b"SPO2", b"\x01\x81\x43\x00\xc6"]
)
def test_noise_around_a_packet_costs_nothing(noise: bytes) -> None:
    stands_neighbours(Nonin, noise, HEAD)


def test_a_packet_with_a_frame_missing_or_spoilt_says_nothing() -> None:
    assert said(Nonin(), HEAD[:5] + HEAD[10:] + REST) != VALUES
    assert said(Nonin(), HEAD[:5] + b"\x01\x80\x43\x4a\x0f" + HEAD[10:] + REST) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [(b"SPO2=097 HR=065\r\n", [("heart_rate", 65), ("spo2", 97)]), (b"SPO2=--- HR=---\r\n", [])],
)
def test_the_printers_text(line: bytes, expected: list[tuple[str, int]]) -> None:
    assert said(Nonin(), b"\xff" + line) == expected


def test_a_wrong_checksum_is_refused() -> None:
    assert decode({"raw": "01 80 43 4A 0F"}) == ([], "checksum")
    assert decode({"raw": "01 80 43 4A"}) == ([], "incomplete")
    assert decode({"raw": "01 80 43 4A 0E"}) == ([], None)


@given(st.lists(st.binary(max_size=80), max_size=10))
def test_noise_says_nothing(pieces: list[bytes]) -> None:
    assert said(Nonin(), *(piece.replace(b"=", b"") for piece in pieces)) == []
