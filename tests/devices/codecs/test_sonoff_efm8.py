"""Frames of a Sonoff bridge's radio chip, captured (Tasmota#2023, #5597, #13972)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import NOON, said, stands_neighbours, stands_splits

from devices.codecs.sonoff_efm8 import SonoffEfm8, decode

CODE = bytes.fromhex("AA A4 34 26 01 A4 04 D8 E5 24 2C 55")


def test_a_code() -> None:
    (told,) = SonoffEfm8().feed(CODE, NOON)
    assert (told.role, told.value, told.who) == ("rf_code", "E5242C", "efm8/E5242")


@pytest.mark.parametrize("frame", ["AA A0 55", "AA A3 27 74 01 40 03 D4 55 45 14 55"])
def test_the_chips_own_word_is_no_code(frame: str) -> None:
    assert decode({"raw": frame}) == ([], None)


def test_frames_come_in_pieces_and_two_at_once() -> None:
    stands_splits(SonoffEfm8, CODE + bytes.fromhex("AA A4 36 B0 01 CC 05 46 33 55 AA 55"))


@pytest.mark.parametrize("noise", [b"\x00\x55", b"\xaa", b"\xaa\xa4", CODE[:7], b"\xaa\xa4" + bytes(10)])
def test_noise_around_a_frame_costs_nothing(noise: bytes) -> None:
    stands_neighbours(SonoffEfm8, noise, CODE)


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ("AA A4 34 26 01 A4 04 D8 E5 24 2C 54", "no end mark"),
        ("AA A4 01 A4 34 26 04 D8 E5 24 2C 55", "timing of no code"),
        ("AA 99 55", "unknown command"),
        ("AA A4 34", "incomplete"),
    ],
)
def test_what_is_no_frame_is_refused(frame: str, why: str) -> None:
    assert decode({"raw": frame}) == ([], why)


def test_each_code_is_acknowledged_once() -> None:
    codec = SonoffEfm8()
    assert codec.ask() == b""
    codec.feed(CODE * 2, NOON)
    assert codec.ask() == bytes.fromhex("AA A0 55") * 2
    assert codec.ask() == b""


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_noise_says_nothing(pieces: list[bytes]) -> None:
    assert said(SonoffEfm8(), *(piece.replace(b"\xa4", b"") for piece in pieces)) == []
