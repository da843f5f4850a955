"""Contec's two protocols: captured (headrotor/contec_data, titinho11/CMS50E-raw-ppg-data); or its manual."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import NOON, said, stands_neighbours, stands_splits

from devices.codecs.cms50_oximeter import Cms50, decode
from devices.told import Value

NEW = bytes.fromhex("01 E0 85 B0 96 C1 E1 FF FF")  # captured: 65 a minute, 97 %
OLD = bytes.fromhex("85 30 46 0C 5F")
SEARCHES = bytes.fromhex("90 00 20 7F 7F")
UNPLUGGED = bytes.fromhex("80 00 10 00 00")


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (NEW, [("heart_rate", 65), ("spo2", 97)]),
        (bytes.fromhex("01 E8 85 B0 96 81 E1 FF FF"), [("heart_rate", 129), ("spo2", 97)]),
        (bytes.fromhex("01 E1 85 B0 96 C1 E1 FF FF"), []),  # no finger
        (bytes.fromhex("01 E2 85 B0 96 C1 E1 FF FF"), []),  # searching
        (bytes.fromhex("01 E0 85 B0 96 FF FF FF FF"), []),
        (OLD, [("heart_rate", 140), ("spo2", 95)]),
        (SEARCHES, []),
        (UNPLUGGED, [("fault", True)]),
    ],
)
def test_a_frame_in_a_row_says(frame: bytes, expected: list[tuple[str, Value]]) -> None:
    assert said(Cms50(), frame * 5) == expected


def test_a_few_frames_are_not_believed() -> None:
    assert said(Cms50(), OLD * 4) == []
    assert said(Cms50(), OLD * 3 + b"\x00" + OLD * 3) == []


@pytest.mark.parametrize("frame", [NEW, OLD])
def test_frames_come_in_pieces_and_two_at_once(frame: bytes) -> None:
    stands_splits(Cms50, frame * 6)


@pytest.mark.parametrize("frame", [NEW, OLD])
@pytest.mark.parametrize(
    "noise", [b"\x00\x00", b"\x01", b"\x01\xe0", b"\x85", b"\x85\x30", b"\xff\xff", b"\x0c\x80"]
)
def test_noise_around_frames_costs_nothing(noise: bytes, frame: bytes) -> None:
    stands_neighbours(Cms50, noise, frame * 8)


@pytest.mark.parametrize("raw", ["7D 81 A1 80 80 80 80 80 80", "0C 80", "0E 80 81"])
def test_commands_and_their_replies_say_nothing(raw: str) -> None:
    assert decode({"raw": raw}) == ([], None)


def test_a_recorded_frame_is_believed_alone() -> None:
    told, why = decode({"raw": NEW.hex()})
    assert ([one.value for one in told], why) == ([65, 97], None)
    assert decode({"raw": "01 E0 85 01"}) == ([], "frame cut short")


def test_it_begins_and_keeps_alive_the_new_firmware_only() -> None:
    start, keep = (bytes.fromhex(f"7D 81 {command} 80 80 80 80 80 80") for command in ("A1", "AF"))
    codec = Cms50()
    assert codec.ask() == start
    codec.feed(NEW * 6, NOON)
    assert [codec.ask(), codec.ask()] == [keep, start]
    codec.feed(b"\x00" + OLD * 6, NOON)
    assert codec.ask() == b""


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_noise_says_nothing(pieces: list[bytes]) -> None:
    assert said(Cms50(), *pieces) == []
