"""The two presence radars: the state byte counts, and only its change is an event."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from devices.codecs import ld2410, ld2450
from rules.model import Origin

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HEAD, TAIL = "F4 F3 F2 F1 0D 00 02 AA ", " 45 00 3E 00 00 3A 00 00 55 00 F8 F7 F6 F5"


def report(state: int) -> bytes:
    return bytes.fromhex(f"{HEAD}{state:02X}{TAIL}")


def tracked(*targets: tuple[int, int, int, int]) -> bytes:
    words = [word for target in (*targets, *[(0, 0, 0, 0)] * (3 - len(targets))) for word in target]
    return b"\xaa\xff\x03\x00" + struct.pack("<12H", *words) + b"\x55\xcc"


@pytest.mark.parametrize(
    ("state", "presence", "motion"),
    [(0, False, False), (1, True, True), (2, True, False), (3, True, True)],
)
def test_the_state_byte_is_read_and_not_the_distances(state: int, presence: bool, motion: bool) -> None:
    told = ld2410.Ld2410().feed(report(state), NOON)
    assert [(one.role, one.value) for one in told] == [("presence", presence), ("motion", motion)]


def test_only_a_change_is_an_event() -> None:
    told = ld2410.Ld2410().feed(report(2) + report(2) + report(0), NOON)
    assert [one.origin for one in told if one.role == "presence"] == [
        Origin.EVENT,
        Origin.HEARTBEAT,
        Origin.EVENT,
    ]
    empty, taken = tracked(), tracked((0x8001, 0x8001, 0, 1))
    told = ld2450.Ld2450().feed(empty + empty + taken, NOON)
    assert [one.origin for one in told if one.role == "presence"] == [
        Origin.EVENT,
        Origin.HEARTBEAT,
        Origin.EVENT,
    ]


def test_a_radar_that_calibrates_itself_says_nothing() -> None:
    radar = ld2410.Ld2410()
    assert list(radar.feed(report(5), NOON)) == []
    assert radar.refused == {"state of no target": 1}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("FD FC FB FA 08 00 FF 01 00 00 01 00 40 00 04 03 02 01", None),  # an answer to a command
        ("FD FC FB FA 09 00 FF 01 00 00 01 00 40 00 04 03 02 01", "noise"),
        (HEAD + "03" + TAIL[:-2] + "F4", "no tail"),
        (HEAD.replace("02 AA", "03 AA") + "03" + TAIL, "no report"),
        (HEAD.replace("0D", "0C") + "03" + TAIL, "impossible length"),
        (HEAD, "incomplete"),
    ],
)
def test_a_recorded_frame_of_the_ld2410(raw: str, why: str | None) -> None:
    told, refused = ld2410.decode({"raw": raw})
    assert (list(told), refused) == ([], why)


def test_bit_15_of_a_number_means_plus() -> None:
    assert [ld2450.signed(word) for word in (0x030E, 0x86B1, 0x0010, 0x8000)] == [-782, 1713, -16, 0]


def test_several_targets() -> None:
    told = ld2450.Ld2450().feed(tracked((0x8064, 0x83E8, 0, 320), (0x0064, 0x87D0, 0x8005, 320)), NOON)
    assert [one.value for one in told if one.role == "position"] == [(100, 1000, 0), (-100, 2000, 5)]


def test_a_target_farther_than_any_room_is_noise() -> None:
    raw = tracked((0xFFFF, 0x8001, 0, 320)).hex()
    told, refused = ld2450.decode({"raw": raw})
    assert (list(told), refused) == ([], "a target that cannot be")
