"""The bed radar: what each report means, what is no value, and what it must be asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devices.codecs.r60_radar import FIRMWARE, SLEEP_MODE, R60Radar, decode, frame
from devices.told import Told, Value
from rules.model import Origin

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def said(control: int, command: int, *data: int) -> list[tuple[str, Value, Origin]]:
    told = R60Radar().feed(frame(control, command, bytes(data)), NOON)
    return [(one.role, one.value, one.origin) for one in told]


@pytest.mark.parametrize(
    ("control", "command", "data", "role", "value"),
    [
        (0x80, 0x01, 1, "presence", True),
        (0x80, 0x01, 0, "presence", False),
        (0x80, 0x02, 2, "motion", True),
        (0x81, 0x01, 4, "breath_state", "none"),
        (0x81, 0x02, 16, "breath_rate", 16),
        (0x83, 0x01, 1, "fall", True),
        (0x84, 0x01, 0, "bed", False),
        (0x84, 0x01, 1, "bed", True),
        (0x84, 0x02, 0, "sleep", "deep"),
        (0x85, 0x02, 71, "heart_rate", 71),
    ],
)
def test_what_it_says_by_itself_is_an_event(
    control: int, command: int, data: int, role: str, value: Value
) -> None:
    assert said(control, command, data) == [(role, value, Origin.EVENT)]


def test_somebody_who_keeps_still_is_there() -> None:
    assert said(0x80, 0x02, 1) == [("presence", True, Origin.EVENT), ("motion", False, Origin.EVENT)]


@pytest.mark.parametrize("command", [(0x81, 0x02), (0x85, 0x02)])
def test_a_rate_of_zero_is_no_value(command: tuple[int, int]) -> None:
    assert said(*command, 0) == []


def test_what_repeats_or_answers_is_a_heartbeat() -> None:
    assert said(0x01, 0x01, 0x0F) == [("heartbeat", True, Origin.HEARTBEAT)]
    assert said(0x80, 0x03, 40) == [("motion_level", 40, Origin.HEARTBEAT)]
    assert said(0x80, 0x81, 1) == [("presence", True, Origin.HEARTBEAT)]
    assert said(0x83, 0x81, 0) == [("fall", False, Origin.HEARTBEAT)]
    assert said(0x80, 0x83, 40) == [("motion_level", 40, Origin.HEARTBEAT)]
    assert said(0x80, 0x84, 0, 107) == [("distance_cm", 107, Origin.HEARTBEAT)]
    position = said(0x80, 0x85, 0x80, 85, 0, 64, 0, 0)
    assert position == [("position", (-85, 64, 0), Origin.HEARTBEAT)]


@pytest.mark.parametrize("command", [0x0C, 0x8D])  # by itself, and asked for: manual V3.0, chapter 8
def test_the_ten_minutes_summary_gives_sleep_and_mean_rates(command: int) -> None:
    assert [one[:2] for one in said(0x84, command, 1, 1, 16, 62, 3, 5, 10, 0)] == [
        ("sleep", "light"),
        ("breath_rate", 16),
        ("heart_rate", 62),
    ]
    assert [one[:2] for one in said(0x84, command, 0, 3, 0, 0, 0, 0, 0, 0)] == [("sleep", "none")]


def test_the_answer_on_the_mode_is_no_summary() -> None:
    codec = R60Radar()
    assert codec.feed(frame(0x84, 0x8C, b"\x01"), NOON) == []
    assert not codec.refused


@pytest.mark.parametrize("command", [(0x80, 0x81), (0x81, 0x82), (0x83, 0x81), (0x84, 0x8F), (0x85, 0x82)])
def test_a_question_says_nothing(command: tuple[int, int]) -> None:
    assert said(*command, 0x0F) == []


def test_a_value_that_is_not_in_the_manual_is_refused() -> None:
    radar = R60Radar()
    assert list(radar.feed(frame(0x84, 0x01, b"\x07"), NOON)) == []
    assert radar.refused == {"value out of its range": 1}


def test_the_position_has_a_sign_and_a_magnitude() -> None:
    assert said(0x80, 0x05, 0x80, 0x55, 0x00, 0x40, 0x00, 0x00)[0][1] == (-85, 64, 0)


def test_old_firmware_counts_sleep_the_other_way_round() -> None:
    radar = R60Radar()
    radar.feed(frame(0x02, 0xA4, b"G60SM1SYv010009"), NOON)
    assert list(radar.feed(frame(0x84, 0x02, b"\x00"), NOON)) == [Told("sleep", "awake")]
    radar.feed(frame(0x02, 0xA4, b"G60SM1SYv010300"), NOON)
    assert list(radar.feed(frame(0x84, 0x02, b"\x00"), NOON)) == [Told("sleep", "deep")]


def test_it_is_put_into_sleep_mode_at_first_and_after_each_restart() -> None:
    radar = R60Radar()
    wish = SLEEP_MODE + FIRMWARE
    assert [radar.ask(), radar.ask()] == [wish, b""]
    for news in (frame(0x05, 0x01, b"\x0f"), frame(0x84, 0x01, b"\x02")):  # it started; no bed in this mode
        radar.feed(news, NOON)
        assert [radar.ask(), radar.ask()] == [wish, b""]
    radar.feed(frame(0x01, 0x01, b"\x0f"), NOON + timedelta(minutes=1))
    assert radar.ask() == b""
    radar.feed(frame(0x01, 0x01, b"\x0f"), NOON + timedelta(minutes=5))  # it was away
    assert radar.ask() == wish


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("53 59 84 01 00 01 00 33 54 43", "checksum"),
        ("53 59 84 01 00 01 00 32 54 44", "no tail"),
        ("53 59 84 01 00 01 00 32 54", "incomplete"),
        ("53 59 84 01 FF 01 00 32 54 43", "impossible length"),
        ("00 00 54 43", "noise"),
    ],
)
def test_a_recorded_frame_that_is_none(raw: str, why: str) -> None:
    told, refused = decode({"raw": raw})
    assert (list(told), refused) == ([], why)
