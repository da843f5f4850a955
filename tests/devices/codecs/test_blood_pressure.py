"""Records of cuffs: printed by openyou/libomron and visomat-utils, from hass-omron#71, or built here."""

from __future__ import annotations

from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import NOON, said, stands_neighbours, stands_splits

from devices.codecs.blood_pressure import BloodPressure, decode, make
from devices.codecs.cuff_records import CUFFS
from rules.model import Origin


def raycome(data: str) -> bytes:
    """A packet of the cuff."""
    body = bytes.fromhex(data)
    body = bytes((3, len(body))) + body
    return b"\xaa\x80" + body + bytes((reduce(xor, body),))


OMRON = bytes.fromhex("07 01 03 00 06 33 00 00 70 4B 47 00 00 4C")
FRAMES: dict[str, tuple[bytes, tuple[int, int, int]]] = {
    "omron-790it": (OMRON, (112, 75, 71)),
    "omron-ble": (bytes.fromhex("5F 5A 62 1A 72 19 8C 11 80 00 0E 00 EB 14"), (120, 90, 98)),
    "beurer-bm65": (bytes.fromhex("AC 69 3B 48 0B 15 08 1E 1A"), (130, 84, 72)),
    "raycome-rbp": (raycome("01 06 00 1A 0B 15 08 1E 00 00 86 00 54 00 48"), (134, 84, 72)),
    "visomat": (b"\x02M1011001011203010306507300\x03".replace(b"7300", b"73"), (103, 65, 73)),
}
models = pytest.mark.parametrize("model", FRAMES)


def figures(codec: BloodPressure, data: bytes) -> list[int]:
    return [value for _, value in said(codec, data) if isinstance(value, int)]


def test_each_model_has_a_frame_here() -> None:
    assert set(FRAMES) == set(CUFFS)


@models
def test_a_record(model: str) -> None:
    frame, values = FRAMES[model]
    roles = ("sys", "dia", "heart_rate")
    assert said(make({"model": model}), frame) == list(zip(roles, values, strict=True))


@models
def test_records_come_in_pieces_and_among_noise(model: str) -> None:
    frame, _ = FRAMES[model]
    stands_splits(lambda: BloodPressure(model), frame)
    for noise in (b"\x00\xff\xfe", frame[:2], frame[:-1]):
        codec = BloodPressure(model)
        assert said(codec, noise) == []
        assert figures(codec, frame + frame)[:3] == list(FRAMES[model][1])
    stands_neighbours(lambda: BloodPressure("raycome-rbp"), b"\xaa\x80", FRAMES["raycome-rbp"][0])


@pytest.mark.parametrize("model", ["omron-790it", "omron-ble", "raycome-rbp"])
def test_a_wrong_checksum_says_nothing(model: str) -> None:
    frame = bytearray(FRAMES[model][0])
    frame[-2] ^= 0x10
    codec = BloodPressure(model)
    assert said(codec, bytes(frame)) == []
    assert codec.refused["checksum"]


def test_the_memory_is_a_replay_and_what_comes_after_is_news() -> None:
    codec = BloodPressure("beurer-bm65")
    record = FRAMES["beurer-bm65"][0]
    newer = record[:1] + bytes((0x70,)) + record[2:]
    assert {told.origin for told in codec.feed(record, NOON)} == {Origin.REPLAY}
    assert codec.feed(b"\x55" + record, NOON) == []
    assert {told.origin for told in codec.feed(newer, NOON)} == {Origin.EVENT}


def test_a_cuff_that_speaks_when_it_measures_tells_every_time() -> None:
    codec = BloodPressure("raycome-rbp")
    twice = codec.feed(FRAMES["raycome-rbp"][0] * 2, NOON)
    assert [told.origin for told in twice] == [Origin.EVENT] * 6
    assert said(codec, raycome("01 05 00 8C")) == []  # the pressure while it pumps


def test_two_memories_are_two_senders_and_the_newest_record_counts() -> None:
    text = b"M1021001011202115110212010010112081156107116M201440601132001130680 66"
    codec = BloodPressure("visomat")
    told = codec.feed(b"\x02" + text + b"\x03", NOON)
    assert [(one.who, one.value) for one in told] == [
        *(("1", 156), ("1", 107), ("1", 116)),
        *(("2", 113), ("2", 68), ("2", 66)),
    ]
    later = text.replace(b"1156107116", b"1150100100")
    assert {one.who for one in codec.feed(b"\x02" + later + b"\x03", NOON)} == {"1"}


def test_an_empty_memory_says_nothing_and_hides_no_other() -> None:
    told = BloodPressure("visomat").feed(b"\x02M1001M20115110321300134097083\x03", NOON)
    assert [(one.who, one.value) for one in told] == [("2", 134), ("2", 97), ("2", 83)]


@pytest.mark.parametrize("raw", ["AA", "55"])
def test_the_greeting_says_nothing(raw: str) -> None:
    assert decode({"raw": raw, "transport": "serial 4800 8N1 (Beurer BM65)"}) == ([], None)


def test_a_record_over_bluetooth_by_the_standard_is_not_ours() -> None:
    assert decode({"raw": "FE 20 27 00", "transport": "ble GATT 0x2A35"}) == ((), None)
    told, _ = decode({"raw": OMRON.hex(), "transport": "usb-hid"})  # no model, but its checksum fits
    assert [one.value for one in told] == [112, 75, 71]
    assert decode({"raw": OMRON.hex()[:-2] + "00", "transport": "usb-hid"}) == ((), None)


def test_a_recording_of_text_needs_no_control_characters() -> None:
    frame = {"raw": "100101 1203 0 103 065 073", "encoding": "text", "transport": "usb (Visomat)"}
    assert [told.value for told in decode(frame)[0]] == [103, 65, 73]


def test_only_cuffs_that_are_asked_are_asked() -> None:
    assert BloodPressure("visomat").ask() == b"\x02R00\x03"
    assert BloodPressure("visomat").every
    assert BloodPressure("raycome-rbp").every is None


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ValueError, match=r"model: omron: write one of"):
        make({"model": "omron"})
    assert figures(make({}), FRAMES["raycome-rbp"][0]) == [134, 84, 72]


@models
@given(pieces=st.lists(st.binary(max_size=60), max_size=6))
def test_noise_is_stood(model: str, pieces: list[bytes]) -> None:
    told = said(BloodPressure(model), *pieces)
    assert not told or model == "beurer-bm65"  # its records have no checksum
