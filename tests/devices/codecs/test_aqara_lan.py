"""Aqara's LAN protocol: a report is an event, an hourly heartbeat none. Messages from Aqara's document."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.aqara_lan import AqaraLan, decode, make
from devices.told import EACH, Told, Value
from rules.model import Origin

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SID = "158d0001123456"


def message(command: str, model: str, *params: dict[str, object]) -> dict[str, object]:
    return {"cmd": command, "model": model, "sid": SID, "params": list(params)}


def said(table: object, retained: bool = False) -> list[Told]:
    return list(AqaraLan().feed("aqara", json.dumps(table).encode(), AT, retained))


@pytest.mark.parametrize(
    ("table", "want"),
    [
        (message("report", "sensor_magnet.aq2", {"window_status": "open"}), {"contact_open": True}),
        (message("report", "sensor_magnet.aq2", {"window_status": "close"}), {"contact_open": False}),
        (message("report", "sensor_magnet.aq2", {"window_status": "unknown"}), {"heartbeat": True}),
        (message("report", "sensor_motion.aq2", {"motion_status": "motion"}), {"motion": True}),
        (message("report", "sensor_motion.aq2", {"lux": 100}, {"illumination": 100}), {"heartbeat": True}),
        (
            message("report", "sensor_motion.aq2", {"battery_voltage": 3000}, {"lux": 50}),
            {"battery_mv": 3000},
        ),
        (
            message("heartbeat", "sensor_wleak.aq1", {"battery_voltage": 2700}),
            {"battery_mv": 2700, "battery_low": True},
        ),
        (message("report", "sensor_wleak.aq1", {"wleak_status": "leak"}), {"water": True}),
        (message("report", "sensor_wleak.aq1", {"wleak_status": "normal"}), {"water": False}),
        (message("report", "sensor_switch.aq2", {"button_0": "double_click"}), {"button": "double_click"}),
        (message("heartbeat", "gateway.v3", {"ip": "172.22.4.130"}), {"bridge_online": True}),
        (
            {"cmd": "report", "model": "magnet", "sid": SID, "data": '{"status":"open"}'},
            {"contact_open": True},
        ),
        (
            {"cmd": "report", "model": "motion", "sid": SID, "data": '{"no_motion":"120"}'},
            {"heartbeat": True},
        ),
        ({"cmd": "report", "model": "smoke", "sid": SID, "data": '{"alarm":"1"}'}, {"smoke": True}),
        ({"cmd": "report", "model": "smoke", "sid": SID, "data": '{"alarm":"2"}'}, {"test": True}),
        ({"cmd": "report", "model": "natgas", "sid": SID, "data": '{"alarm":"0"}'}, {"gas": False}),
        ({"cmd": "report", "model": "switch", "sid": SID, "data": '{"status":"click"}'}, {"button": "click"}),
    ],
)
def test_each_message_in_its_own_words(table: dict[str, object], want: dict[str, Value]) -> None:
    told = said(table)
    assert {one.role: one.value for one in told} == want
    assert {one.who for one in told} == {SID}


def test_a_heartbeat_and_an_answer_are_no_events() -> None:
    shut = {"window_status": "close"}
    origins = {
        command: {one.origin for one in said(message(command, "sensor_magnet.aq2", shut))}
        for command in ("report", "heartbeat", "read_rsp")
    }
    assert origins == {
        "report": {Origin.EVENT},
        "heartbeat": {Origin.HEARTBEAT},
        "read_rsp": {Origin.REPLAY},
    }


def test_the_motion_of_a_heartbeat_is_over() -> None:
    told = said(message("heartbeat", "motion", {"status": "motion"}))
    assert told == [Told("heartbeat", True, SID, Origin.HEARTBEAT)]


def test_commands_of_others_are_counted() -> None:
    codec = make({"base": "hub"})
    assert codec.topics == ("hub",)
    codec.feed("hub", json.dumps(message("write", "plug")).encode(), AT)
    codec.feed("hub", b"{}", AT)
    assert codec.refused == {"other command": 1, "no cmd or sid": 1}


@given(st.binary(max_size=200))
def test_noise_never_raises(payload: bytes) -> None:
    assert AqaraLan().feed("aqara", payload, AT) == ()


def test_a_recorded_frame_needs_no_topic() -> None:
    raw = json.dumps(message("report", "sensor_motion.aq2", {"motion_status": "motion"}))
    assert decode({"raw": raw}) == ([Told("motion", True, SID, lasts=EACH)], None)
