"""Sleepace's belts: 0 is in bed, 255 no heart rate, 8 no news. Messages from the vendor's document."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.sleepace import Sleepace, make
from devices.told import Told, Value
from rules.model import Origin

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BELT = "002s7dbcssyxc"


def record(key: str, **data: object) -> dict[str, object]:
    return {"dataKey": key, "deviceId": BELT, "data": data, "timeStamp": 1502069838}


def said(message: object, retained: bool = False) -> list[Told]:
    return list(Sleepace().feed("elder", json.dumps(message).encode(), AT, retained))


def words(message: object) -> dict[str, Value]:
    return {one.role: one.value for one in said(message)}


@pytest.mark.parametrize(
    ("row", "want"),
    [
        (record("inBedStatus", inbedStatus=1), {"bed": False}),
        (record("inBedStatus", inbedStatus=0), {"bed": True}),
        (record("inBedStatus", inbedStatus=8), {}),
        (record("connectionStatus", connectionStatus=0), {"device_online": False}),
        (record("deviceSenSor", status=0), {"fault": True}),
        (record("deviceSenSor", status=1), {"fault": False}),
        (
            record("realtime", leftRight=0, breath=15, heart=65, bedStatus=0),
            {"bed": True, "heart_rate": 65, "breath_rate": 15},
        ),
        (record("realtime", breath=255, heart=255, bedStatus=0), {"bed": True}),
        (record("realtime", breath=15, heart=65, bedStatus=1), {"bed": False}),
        (record("realtime", initStatus=1, breath=15, heart=65, bedStatus=0), {"heartbeat": True}),
        (record("alarmNotify", type="alarmLeftBed", status=0), {"bed": False}),
        (record("alarmNotify", type="alarmLeftBed", status=1), {"heartbeat": True}),
        (record("alarmNotify", type="alarmSensorFall", status=0), {"fault": True}),
        (record("alarmNotify", type="xxx", status=0), {"heartbeat": True}),
        (record("sleepStage", sleepStage=2), {"heartbeat": True}),
    ],
)
def test_each_record_in_its_own_words(row: dict[str, object], want: dict[str, Value]) -> None:
    assert words([row]) == want
    assert words(row) == want  # alarms come singly, unless the account asks for lists


def test_data_may_be_a_list_and_a_message_of_several_belts() -> None:
    other = {**record("inBedStatus"), "deviceId": "0010y81hgof88", "data": [{"inbedStatus": 0}]}
    told = said([record("inBedStatus", inbedStatus=1), other])
    assert told == [Told("bed", False, BELT), Told("bed", True, "0010y81hgof88")]


def test_a_double_bed_has_two_sides() -> None:
    assert said([record("inBedStatus", inbedStatus=1, leftRight=1)]) == [Told("bed", False, f"{BELT}:1")]


def test_what_the_broker_kept_is_no_news() -> None:
    assert {t.origin for t in said([record("inBedStatus", inbedStatus=1)], True)} == {Origin.REPLAY}


@given(st.binary(max_size=200))
def test_noise_never_raises(payload: bytes) -> None:
    assert make({}).feed("elder", payload, AT) == []
