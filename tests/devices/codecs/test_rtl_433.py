"""rtl_433: a report is no event, a copy is none, and a model's name is a guess. Payloads: rtl_433_tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.rtl_433 import Rtl433, decode, make
from devices.told import EACH, Told, Value
from rules.model import Origin

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVENTS = "rtl_433/attic/events"
PIR, HEAD, DOOR = (
    {"model": "Interlogix-Security", "subtype": kind, "id": name, "battery_ok": 1}
    for kind, name in (("motion", "468d19"), ("smoke", "29cd45"), ("contact", "a7106d"))
)
DW10 = {"model": "Honeywell-Security", "id": 73942, "channel": 10, "event": 160, "state": "open"}


def said(table: object, at: datetime = AT, codec: Rtl433 | None = None) -> list[Told]:
    return list((codec or Rtl433()).feed(EVENTS, json.dumps(table).encode(), at))


def words(told: list[Told]) -> dict[str, Value]:
    return {one.role: one.value for one in told}


@pytest.mark.parametrize(
    ("sensor", "raw", "want"),
    [
        (PIR, "e91528", {"motion": True}),
        (PIR, "4115bc", {"tamper": False, "heartbeat": True}),  # the same JSON but for this
        (PIR, "8955b0", {"motion": True, "tamper": True}),
        (PIR, "01d520", {"tamper": True}),
        (HEAD, "a740a8", {"smoke": True}),
        (HEAD, "c401bc", {"smoke": False, "heartbeat": True}),
        (HEAD, "477038", {"test": True}),
        (DOOR, "cd15b8", {"contact_open": True}),
        (DOOR, "211520", {"contact_open": False}),
        (PIR, "f91528", {"motion": True, "battery_low": True}),
        (PIR, "xyz", {"heartbeat": True}),
    ],
)
def test_interlogix_tells_an_event_by_its_latches(
    sensor: dict[str, object], raw: str, want: dict[str, Value]
) -> None:
    assert words(said({**sensor, "raw_message": raw})) == want


@pytest.mark.parametrize(
    ("table", "want"),
    [
        ({"model": "Kerui PIR Sensor", "id": 468438, "data": "0xa (PIR)"}, {"motion": True}),  # captured 2018
        ({"model": "Kerui PIR Sensor", "id": 468438, "data": "0xb (tamper?)"}, {"tamper": True}),
        (
            {"model": "DSC Contact", "id": 2407880, "closed": 1, "event": 1, "battery_low": 1},
            {"contact_open": False, "battery_low": True},
        ),
        (
            {"model": "X10-Security", "id": "0e", "event": "DS10A DOOR/WINDOW OPEN", "tamper": 0},
            {"contact_open": True, "tamper": False},
        ),
        ({"model": "X10 Security", "id": "0e", "event": "MS10A MOTION NORMAL"}, {"motion": False}),
        ({"model": "X10-Security", "id": "0e", "event": "KR15A PANIC"}, {"sos": True}),
        ({"model": "X10-Security", "id": "0e", "event": "KEYFOB ARM", "battery_ok": 1}, {}),
    ],
)
def test_words_of_older_versions_and_of_x10(table: dict[str, object], want: dict[str, Value]) -> None:
    assert words(said(table)) == want


def test_an_hourly_report_is_a_heartbeat() -> None:
    assert {t.origin for t in said({**PIR, "raw_message": "4115bc"})} == {Origin.HEARTBEAT}
    assert {t.origin for t in said({**PIR, "raw_message": "e91528"})} == {Origin.EVENT}


def test_the_old_schema_is_read_too() -> None:
    old = {"model": "Interlogix", "id": "468d19", "device_type": "motion", "device_raw_message": "e91528"}
    assert said(old) == [Told("motion", True, "Interlogix-Security/468d19", lasts=EACH)]


def test_eight_copies_are_one_event_and_the_next_count_another() -> None:
    codec = Rtl433()
    times = [AT + timedelta(seconds=0.37 * i) for i in range(8)]
    assert sum(len(said({**PIR, "raw_message": "e91528"}, at, codec)) for at in times) == 1
    assert len(said({**PIR, "raw_message": "091528"}, times[-1], codec)) == 1


def test_a_door_that_opens_twice_within_seconds_is_told_twice() -> None:
    codec, shut = Rtl433(), {**DW10, "state": "closed"}
    told = [said(table, AT + timedelta(seconds=i), codec) for i, table in enumerate((DW10, shut, DW10))]
    assert [words(one)["contact_open"] for one in told] == [True, False, True]


@pytest.mark.parametrize(
    ("table", "want"),
    [
        (DW10, {"contact_open": True}),
        (DW10 | {"heartbeat": "yes"}, {"contact_open": True, "heartbeat": True}),
        (
            DW10 | {"contact_open": 1, "reed_open": 1, "alarm": 0, "tamper": 0, "battery_ok": 1},
            {"contact_open": True, "tamper": False, "battery_low": False},
        ),
        ({"model": "DSC-Security", "id": 2407880, "closed": 0, "event": 1}, {"contact_open": True}),
        (
            {"model": "DSC-Security", "id": 2407880, "closed": 1, "event": 0},
            {"contact_open": False, "heartbeat": True},
        ),
        (
            {"model": "Visonic-Powercode", "id": "6f4770", "tamper": 0, "alarm": 1},
            {"alarm": True, "tamper": False},
        ),
        (
            {"model": "Kerui-Security", "id": 676846, "cmd": 14, "opened": 1, "state": "open"},
            {"rf_code": "14"},
        ),
        ({"model": "Chuango-Security", "id": 676846, "cmd": "?", "cmd_id": 14}, {"rf_code": "14"}),
        (
            {"model": "Smoke-GS558", "id": 15333, "unit": 5, "learn": 0, "code": "777ca5"},
            {"rf_code": "777ca5"},
        ),
        ({"model": "Smoke detector GS 558", "id": 3403, "code": "c1a96c"}, {"rf_code": "c1a96c"}),
        ({"model": "Kerui PIR Sensor", "id": 968314, "data": "0xe (open)"}, {"contact_open": True}),
        (
            {"model": "DY-SQ100B-WaterLeak-EV1527", "count": 1, "num_rows": 1, "data": "0f0065"},
            {"water": True},
        ),
        ({"model": "Acurite-590TX", "id": 32, "battery_ok": 0, "temperature_C": -51.5}, {}),
        ({"model": "SimpliSafe Sensor", "device": "1P7U5", "extradata": "Beacon"}, {"heartbeat": True}),
    ],
)
def test_each_decoder_in_its_own_words(table: dict[str, object], want: dict[str, Value]) -> None:
    assert words(said(table)) == want


def test_a_heartbeat_is_none_of_the_residents_doing() -> None:
    assert {t.origin for t in said(DW10 | {"heartbeat": 1})} == {Origin.HEARTBEAT}


def test_what_the_broker_kept_is_no_news() -> None:
    told = Rtl433().feed(EVENTS, json.dumps({**PIR, "raw_message": "e91528"}).encode(), AT, True)
    assert [t.origin for t in told] == [Origin.REPLAY]


def test_whether_the_receiver_is_there() -> None:
    codec = make({"base": "radio"})
    assert list(codec.topics) == ["radio/events", "radio/availability"]
    told = codec.feed("radio/availability", b"offline", AT)
    assert told == (Told("bridge_online", False, "radio", Origin.REPLAY),)
    assert codec.feed("radio/availability", b"?", AT) == ()
    assert codec.refused == {"availability neither online nor offline": 1}


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
        lambda v: json.dumps({"model": "Interlogix", "id": v, "raw_message": v, "subtype": "motion"}).encode()
    )
)
def test_noise_never_raises(payload: bytes) -> None:
    Rtl433().feed(EVENTS, payload, AT)


def test_a_recorded_frame_that_is_none_is_refused() -> None:
    assert decode({"raw": {"topic": EVENTS, "payload": "["}}) == ((), "message is no JSON object")
