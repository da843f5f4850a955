"""Milesight's uplinks: channels mean another thing on each model. Bytes: SensorDecoders."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.milesight_lorawan import Milesight, decode, make
from devices.told import Told, Value
from rules.model import Origin

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EUI = "24E124535B316056"
DOOR = "017564 030001 040001"


def words(data: str, model: str) -> dict[str, Value]:
    return {one.role: one.value for one in Milesight().uplink(bytes.fromhex(data), model)}


@pytest.mark.parametrize(
    ("model", "data", "want"),
    [
        ("WS101", "017510 FF2E01", {"battery": 16, "button": "short press"}),
        ("WS101", "FF2E02", {"button": "long press"}),
        ("WS301", DOOR, {"battery": 100, "contact_open": True, "tamper": True}),
        ("WS202", "017510 030001 040000", {"battery": 16, "motion": True, "daylight": False}),
        ("VS341", "017564 030000", {"battery": 100, "bed": False}),
        ("WS203", "017564 03673401 046865 050000", {"battery": 100, "motion": False}),
        ("WS303", "017564 030001", {"battery": 100, "water": True}),
        ("EM300-MCS", "01755C 03673401 046865 060001", {"battery": 92, "contact_open": True}),
        ("EM300-SLD", "01755C 03673401 046865 050001", {"battery": 92, "water": True}),
        ("VS330", "017562 02820F00 038E01 048E01", {"battery": 98, "presence": True}),
        ("GS101", "058E01", {"gas": True}),
        ("GS101", "FF3F02", {"fault": True}),
        ("VS373", "03F804000A001000", {"fall": True}),
        ("VS373", "03F803000A001000", {"fall": False, "bed": False}),
        ("VS373", "06FB0100000101", {"fall": True}),
        ("VS373", "07B0020005000010000000", {}),  # a byte too many
        ("VS373", "07B00200050000100000", {"fall": False, "bed": True}),  # from firmware 1.0.2 on
        ("VS373", "08B1024006", {"breath_rate": 16.0}),
        ("VS373", "08B1050000", {}),
        ("VS370", "017564 030001 040000", {"battery": 100, "presence": True}),
        ("VS321", "05FD0000", {"presence": False}),
        ("TS302", "017514 030001 040000", {"battery": 20, "contact_open": False}),  # the second one, last
        ("AM308", "050001", {"motion": True}),
        ("AM308", "FF2E01", {}),  # its lamp's setting, not a press
        ("AM304L", "059F0580", {"motion": True}),
        ("EM300-MLD", "060001", {"water": True}),
        ("WS136", "FF34020000", {"button": 2}),
        ("DS3604", "FF2E00", {"button": "single press"}),
        ("WT101", "060000 03F804000A001000", {}),
        ("GS524N", "221E64001C40", {"test": True, "battery": 100, "smoke_level": 0}),
        ("GS524N", "2211640A1C43", {"smoke": True, "battery": 100, "smoke_level": 10}),
    ],
)
def test_each_model_in_its_own_words(model: str, data: str, want: dict[str, Value]) -> None:
    assert words(data, model) == want


@pytest.mark.parametrize(
    ("data", "want"),
    [
        ("01755C 03673401 046865 060001", {"battery": 92, "contact_open": True}),
        ("038E01", {"presence": True}),
        ("03F804000A001000", {"fall": True}),
        ("221E64001C40", {"test": True, "battery": 100, "smoke_level": 0}),
        ("017564 030001", {"battery": 100}),
        (DOOR, {"battery": 100}),
        ("060000", {}),  # a magnet, a leak, or how a thermostat is mounted
    ],
)
def test_without_a_model_only_what_is_the_same_on_all(data: str, want: dict[str, Value]) -> None:
    assert words(data, "") == want


@pytest.mark.parametrize("data", ["0175640300", "01756403F804000A00"])
def test_an_uplink_that_was_cut_off_says_nothing(data: str) -> None:
    assert decode({"raw": data, "meaning": "WS301"}) == ((), "uplink cut off")


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("EM300-MCS-front-door", "contact_open"),
        ("WT101 bath", None),
        ("EM500-CO2", None),
        ("ws301_hall", None),
    ],
)
def test_the_name_that_a_device_was_given_tells_its_model(name: str, model: str | None) -> None:
    uplink = {"deviceInfo": {"deviceName": name, "devEui": EUI}, "data": b64encode(b"\x06\0\1").decode()}
    told = Milesight().feed("application/1/device/2/event/up", json.dumps(uplink).encode(), AT)
    assert [one.role for one in told] == [model] * (model is not None)


@pytest.mark.parametrize(
    ("model", "data"),
    [
        ("WS203", "20CEAE5BA6640400240165 20CE5C5CA6640301340165"),
        ("EM300-MCS", "20CE9E74466310015D01"),
        ("VS373", "20CE5C5CA6640100000101"),
    ],
)
def test_history_raises_nothing(model: str, data: str) -> None:
    assert words(data, model) == {}


def test_what_is_read_after_old_records_counts() -> None:
    assert words("20CEAE5BA6640400240165 050001", "WS203") == {"motion": True}


@pytest.mark.parametrize(
    ("model", "data", "reason"),
    [
        ("WS301", "AABB01", "unknown channel"),
        ("WS301", "0300", "uplink cut off"),
        ("GS524N", "221164001C40", "checksum"),
        ("", "017564 030001", "model not named"),
    ],
)
def test_what_cannot_be_read_is_counted(model: str, data: str, reason: str) -> None:
    codec = Milesight()
    assert {one.role for one in codec.uplink(bytes.fromhex(data), model)} <= {"battery"}
    assert codec.refused == Counter({reason: 1})


B64 = b64encode(bytes.fromhex(DOOR)).decode()
CHIRPSTACK = {"deviceInfo": {"deviceProfileName": "WS301 door", "devEui": EUI.lower()}, "data": B64}
THINGS = {
    "end_device_ids": {"device_id": "front-door", "dev_eui": EUI},
    "uplink_message": {"frm_payload": B64, "version_ids": {"model_id": "ws301"}},
}
OWN = {"devEUI": EUI, "deviceName": "WS301-front", "data": DOOR.replace(" ", "")}


@pytest.mark.parametrize("uplink", [CHIRPSTACK, THINGS, OWN])
def test_each_server_wraps_it_in_its_own_way(uplink: dict[str, object]) -> None:
    told = Milesight().feed("x", json.dumps(uplink).encode(), AT)
    assert Told("contact_open", True, EUI) in told


def test_an_uplink_that_names_no_model_has_the_sources() -> None:
    uplink = {"devEUI": EUI, "data": B64}
    codec = make({"base": "up/#", "model": "WS301"})
    assert codec.topics == ("up/#",)
    assert Told("contact_open", True, EUI) in codec.feed("up/1", json.dumps(uplink).encode(), AT)


def test_what_the_broker_kept_is_no_news() -> None:
    told = Milesight().feed("x", json.dumps(CHIRPSTACK).encode(), AT, True)
    assert {one.origin for one in told} == {Origin.REPLAY}


@given(st.binary(max_size=60), st.sampled_from(["WS301", "VS373", "WS203", "GS524N", ""]))
def test_noise_never_raises(data: bytes, model: str) -> None:
    Milesight().uplink(data, model)


@given(st.binary(max_size=200))
def test_noise_of_a_server_never_raises(payload: bytes) -> None:
    assert Milesight().feed("x", payload, AT) == ()


def test_a_recorded_frame_is_hex() -> None:
    told, rejected = decode({"raw": DOOR, "meaning": "WS301 magnet OPEN"})
    assert rejected is None
    assert told[1] == Told("contact_open", True)
