"""The radars that speak TinyFrame: types that mean another thing in another model."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import pytest

from devices.codecs.tinyframe_radar import PARAMETERS, TinyFrameRadar, decode, frame, make
from devices.told import Told, Value
from rules.model import Origin

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BREATH, PHASES, DISTANCE, PEOPLE, ZONES, FALL = 0x0A14, 0x0A13, 0x0A16, 0x0F09, 0x0A0A, 0x0E02


def said(model: str, kind: int, data: bytes) -> list[tuple[str, Value]]:
    return [(told.role, told.value) for told in TinyFrameRadar(model).feed(frame(kind, data), NOON)]


def test_vital_signs() -> None:
    assert said("ld6002", BREATH, bytes.fromhex("6666a241")) == [("breath_rate", 20.3)]
    assert said("mr60bha2", 0x0A15, struct.pack("<f", 71.0)) == [("heart_rate", 71.0)]
    assert said("ld6002", DISTANCE, struct.pack("<If", 1, 83.25)) == [("distance_cm", 83.25)]


@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf"), -3.0])
def test_no_value_is_only_a_sign_that_it_lives(value: float) -> None:
    assert said("ld6002", BREATH, struct.pack("<f", value)) == [("heartbeat", True)]


def test_the_same_type_of_another_model_is_no_vital_sign() -> None:
    assert said("ld6002c", BREATH, b"\x01") == [("heartbeat", True)]
    assert said("ld6002b", BREATH, bytes.fromhex("6666a241")) == []
    assert said("", BREATH, b"\x01") == [("heartbeat", True)]
    assert said("", PHASES, struct.pack("<I", 500)) == [("heartbeat", True)]


def test_falls_are_told_by_those_that_can() -> None:
    assert said("ld6002c", FALL, b"\x01") == [("fall", True)]
    assert said("mr60fda2", FALL, b"\x00") == [("fall", False)]
    assert said("mr60bha2", FALL, b"\x01") == []


def test_only_a_change_of_presence_is_an_event() -> None:
    radar = TinyFrameRadar("ld6002b")
    empty, taken = frame(ZONES, bytes(16)), frame(ZONES, struct.pack("<4I", 0, 1, 0, 0))
    told = radar.feed(empty + taken + taken + empty, NOON)
    assert [(one.value, one.origin) for one in told] == [
        (False, Origin.EVENT),
        (True, Origin.EVENT),
        (True, Origin.HEARTBEAT),
        (False, Origin.EVENT),
    ]
    assert said("mr60bha2", PEOPLE, b"\x02\x00") == [("presence", True)]
    assert said("ld6002c", PEOPLE, b"\x01") == [("presence", True)]  # one byte, in LD6002C's reports


def test_the_question_is_sent_to_those_that_know_it() -> None:
    radar = make({"model": "LD6002C"})
    assert radar.ask() == PARAMETERS == bytes.fromhex("0100000000 0e06 f6")
    assert radar.every == timedelta(seconds=60)
    assert list(radar.feed(frame(0x0E06, bytes(28)), NOON)) == [Told("heartbeat", True, "", Origin.HEARTBEAT)]
    assert make({}).ask() == b""
    assert make({}).every is None


def test_a_model_that_is_not_known() -> None:
    with pytest.raises(ValueError, match=r'model "ld2450" is not known; there are ld6002, mr60bha2'):
        make({"model": "ld2450"})


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("01 00 01 00 01 0A 0E FF 01 FE", "header checksum"),  # as printed in the reference
        ("01 00 00 00 01 0E 02 F3 01 FF", "data checksum"),
        ("01 00 00 00 01 0E 02 F3 01", "incomplete"),
        ("01 00 00 04 01 0E 02 F7 01 FE", "impossible length"),
    ],
)
def test_a_recorded_frame_that_is_none(raw: str, why: str) -> None:
    told, refused = decode({"raw": raw})
    assert (list(told), refused) == ([], why)
