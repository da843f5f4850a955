"""What exposes mean: one line a trap of the market."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.exceptions import BadExceptionsError, parse
from devices.role import Role
from devices.roles import roles
from gateway.corrections import corrections
from rules.model import Kind


def binary(name: str, on: object = True, off: object = False, access: int = 1) -> dict[str, Any]:
    return {"type": "binary", "property": name, "access": access, "value_on": on, "value_off": off}


def enum(name: str, *values: str, access: int = 1) -> dict[str, Any]:
    return {"type": "enum", "property": name, "access": access, "values": list(values)}


def number(name: str) -> dict[str, Any]:
    return {"type": "numeric", "property": name, "access": 1}


def ends(expose: dict[str, Any], endpoint: str) -> dict[str, Any]:
    """One of several alike on one device: Zigbee2MQTT puts the endpoint's name behind the property's."""
    return {**expose, "endpoint": endpoint}


STATES = [
    ("Motion sensor", binary("occupancy"), Kind.MOTION, (True,), (False,)),
    ("Radar", binary("presence"), Kind.PRESENCE, (True,), (False,)),
    ("Door sensor", binary("contact", False, True), Kind.CONTACT, (False,), (True,)),
    ("Door sensor that declares value_on wrongly", binary("contact"), Kind.CONTACT, (False,), (True,)),
    ("Settable contact", binary("contact", access=7), Kind.CONTACT, (False,), (True,)),
    ("Garage door opener", binary("garage_door_contact"), Kind.CONTACT, (False,), (True,)),
    ("Dry contact", binary("dry_contact", "closed", "open"), Kind.CONTACT, ("open",), ("closed",)),
    ("Handle", enum("opening_state", "open", "closed", "tilt"), Kind.CONTACT, ("open", "tilt"), ("closed",)),
    ("Pressure Sensing Strap/Bed Occupancy Sensor", binary("occupancy"), Kind.BED, (True,), (False,)),
    ("Bed Occupancy Sensor", enum("pressure_state", "none", "sit"), Kind.BED, ("sit",), ("none",)),
    ("Smoke alarm", binary("smoke"), Kind.SMOKE, (True,), (False,)),
    ("Smoke sensor", binary("alarm_1"), Kind.SMOKE, (True,), (False,)),
    ("CO alarm", binary("alarm"), Kind.CO, (True,), (False,)),
    ("Smart heat alarm", binary("alarm"), Kind.HEAT, (True,), (False,)),
    ("Door & window sensor", binary("alarm"), Kind.CONTACT, (True,), (False,)),
    ("Smoke", enum("smoke_state", "alarm", "normal", "detecting"), Kind.SMOKE, ("alarm",), ("normal",)),
    ("CO alarm", enum("alarm_state", "normal", "prealarm"), Kind.CO, ("prealarm",), ("normal",)),
    ("Radar", enum("motion_state", "none", "small", "large"), Kind.PRESENCE, ("small", "large"), ("none",)),
    ("Fall", enum("fall_status", "normal", "fall_alarm", "unknown"), Kind.FALL, ("fall_alarm",), ("normal",)),
    ("SOS Button", enum("action", "off", "single", "hold"), Kind.SOS, ("single", "hold"), ()),
    ("Key fob", enum("action", "arm", "panic"), Kind.SOS, ("panic",), ()),
    ("Keypad", binary("sos_alarm"), Kind.SOS, (True,), (False,)),
    ("Leak sensor", binary("channel_3_leak_detect_19", "Leak", "Dry"), Kind.WATER_LEAK, ("Leak",), ("Dry",)),
    ("Multi sensor", binary("moving"), Kind.VIBRATION, (True,), (False,)),
    ("Soil sensor", enum("battery_state", "low", "high"), Kind.BATTERY_LOW, ("low",), ("high",)),
    ("Contact in words", binary("contact", "ON", "OFF"), Kind.CONTACT, ("OFF",), ("ON",)),
    ("Contact in words, declared", binary("contact", "OFF", "ON"), Kind.CONTACT, ("OFF",), ("ON",)),
    ("Door sensor", binary("contact", "open", "closed"), Kind.CONTACT, ("open",), ("closed",)),
    ("ID lock", enum("door_state", "open", "closed", "error_forced_open", "error_jammed", "undefined"),
     Kind.CONTACT, ("open", "error_forced_open"), ("closed",)),
    ("Gas alarm", enum("gas_state", "normal", "alarm", "error", "invalid"),
     Kind.GAS, ("alarm",), ("normal",)),
    ("Keypad", enum("action", "disarm", "1_emergency", "emergency_2"),
     Kind.SOS, ("1_emergency", "emergency_2"), ()),
    ("Fob", enum("action", "SOS", "sos_release", "sos_call"), Kind.SOS, ("SOS", "sos_call"), ()),
    ("Pendant", enum("action", "help", "urgent"), Kind.SOS, ("help", "urgent"), ()),
    ("Nurse call button", enum("action", "single", "1_release", "reset"), Kind.SOS, ("single",), ()),
    ("Distress button", enum("action", "press", "hold_release"), Kind.SOS, ("press",), ()),
    ("Two-gang leak sensor", ends(binary("leak_right"), "right"), Kind.WATER_LEAK, (True,), (False,)),
    ("Two-gang motion sensor", ends(binary("occupancy_left"), "left"), Kind.MOTION, (True,), (False,)),
    ("Smoke hub", ends(binary("smoke_l12"), "l12"), Kind.SMOKE, (True,), (False,)),
    ("Zigbee opening sensor", binary("alarm_1"), Kind.CONTACT, (True,), (False,)),
    ("Water valve", enum("water_leakage_state", "water_leakage_yes", "water_leakage_no"),
     Kind.WATER_LEAK, ("water_leakage_yes",), ("water_leakage_no",)),
    ("Water valve", binary("water_leakage"), Kind.WATER_LEAK, (True,), (False,)),
    ("Gas valve", enum("gas_state", "detected", "not_detected"), Kind.GAS, ("detected",), ("not_detected",)),
    ("Bed light with motion sensor", binary("occupancy"), Kind.MOTION, (True,), (False,)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expose", "kind", "active", "inactive"), STATES)
def test_a_state(
    text: str, expose: dict[str, Any], kind: Kind, active: tuple[object, ...], inactive: tuple[object, ...]
) -> None:
    (role,) = roles([expose], "Acme", "X", text)
    assert (role.kind, role.active, role.inactive, role.confirm) == (kind, active, inactive, False)


NOTHING = [
    ("Smart siren", [binary("alarm")]),
    ("Water leak alarm", [binary("alarm", "ON", "OFF", access=3)]),
    ("Smart smoke&CO alarm", [enum("alarm_state", "normal", "prealarm")]),
    ("Roller blind", [binary("moving"), {"type": "cover", "features": []}]),
    ("Thermostat", [enum("window_state", "open", "closed"), {"type": "climate", "features": []}]),
    ("Breaker", [binary("leakage_test"), binary("leakage"), enum("leakage_state", "normal", "alarm")]),
    ("Valve", [binary("water_leak_alarm_control", access=3)]),
    ("Radar", [enum("occupancy_sensitivity", "low", "high", access=7)]),
    ("Thermostat", [binary("window_open")]),
    ("Barometer", [enum("pressure_trend_status", "rising", "falling", "steady")]),
    ("Barometer", [enum("status", "rising", "falling", "steady")]),
    ("Two-gang switch", [ends(binary("state_left", "ON", "OFF"), "left")]),
    ("Smoke detector", [binary("self_test", access=3), enum("smoke_unit", "ppm", access=3)]),
]


@pytest.mark.parametrize(("text", "exposes"), NOTHING)
def test_what_is_no_sensor_of_ours(text: str, exposes: list[dict[str, Any]]) -> None:
    assert roles(exposes, "Acme", "X", text) == ()


def test_one_word_list_may_tell_several_hazards() -> None:
    values = ("safe", "smoke", "carbon_monoxide", "low_battery", "smoke_test", "other")
    found = roles([enum("alert_state", *values)], "Acme", "X", "Smoke & CO detector")
    assert [(role.kind, role.active) for role in found] == [
        (Kind.SMOKE, ("smoke",)),
        (Kind.CO, ("carbon_monoxide",)),
        (Kind.BATTERY_LOW, ("low_battery",)),
    ]


def test_one_word_list_may_tell_where_somebody_is_and_that_they_fell() -> None:
    """OWON FDS315. Who lies low after a fall has not got up: that word takes no fall back."""
    values = ("unoccupied", "occupied", "sitting", "on_the_bed", "low_posture", "falling")
    found = roles([enum("status", *values)], "Acme", "X", "Fall Detection Sensor")
    assert {role.kind: (role.active, role.inactive) for role in found} == {
        Kind.BED: (("on_the_bed",), ("unoccupied", "occupied", "sitting", "low_posture", "falling")),
        Kind.FALL: (("falling",), ("unoccupied", "occupied", "sitting", "on_the_bed")),
        Kind.PRESENCE: (("occupied", "sitting", "on_the_bed", "low_posture", "falling"), ("unoccupied",)),
    }


@pytest.mark.parametrize(
    ("text", "expose", "kind"),
    [
        ("Emergency light with remote", enum("action", "on", "off"), Kind.BUTTON),
        ("Wall panel", binary("door", "ON", "OFF"), Kind.CONTACT),
        ("Wireless switch", enum("action", "single"), Kind.BUTTON),
        ("Alarm security keypad", binary("contact", False, True), Kind.CONTACT),
        ("Sleeping pad monitor", binary("contact", False, True), Kind.BED),
        ("Window sensor", binary("magnetic_status"), Kind.CONTACT),
    ],
)
def test_what_the_installer_has_to_confirm(text: str, expose: dict[str, Any], kind: Kind) -> None:
    (role,) = roles([expose], "Acme", "X", text)
    assert (role.kind, role.confirm) == (kind, True)


def test_numbers_have_no_sides() -> None:
    exposes = [number("battery"), number("co"), number("smoke_density"), number("co2"), number("voltage")]
    kinds = [Kind.BATTERY, Kind.CO_LEVEL, Kind.SMOKE_LEVEL]
    assert [(r.kind, r.active, r.inactive) for r in roles(exposes, "", "")] == [(k, (), ()) for k in kinds]


def test_a_correction_knows_what_exposes_do_not_say() -> None:
    found = roles([enum("action", "click")], "Tuya", "TS0218", "Button", corrections())
    assert Role("action", Kind.SOS, ("emergency",)) in found


def test_corrections_stay_few() -> None:
    assert 0 < len(corrections()) <= 4


def test_a_mistake_in_the_corrections_is_told() -> None:
    with pytest.raises(BadExceptionsError, match=r"zigbee\.toml: model\[1\]\.modle"):
        parse('[[model]]\nvendor="a"\nmodel="b"\nwhy="c"\nmodle="d"\n', "zigbee.toml")
    with pytest.raises(BadExceptionsError, match="valid TOML"):
        parse("[[", "zigbee.toml")


words = st.sampled_from(
    ["type", "property", "values", "access", "value_on", "value_off", "binary", "enum", "action"]
)
things = st.recursive(
    st.none() | st.booleans() | st.integers() | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=6),
)


@given(st.lists(things))
def test_no_exposes_raise(exposes: list[Any]) -> None:
    for role in roles(exposes, "", "", "SOS button for the bed"):
        assert role.property
