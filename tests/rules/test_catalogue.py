"""A profile and a home make an engine; a profile with mistakes makes a list of them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.catalogue import BadProfileError, build, parse, read
from rules.home import Device, Home, Supervision
from rules.inactivity import Inactivity
from rules.model import DeviceId, HomeId, Kind, Raise, Reading, Tick
from rules.presence import LIFE

PROFILES = sorted((Path(__file__).parents[2] / "config" / "rules").glob("*.toml"))
T = datetime(2026, 11, 21, 1, tzinfo=UTC)
H = timedelta(hours=1)
BATTERY = Supervision(12 * H, 26 * H)


def device(
    name: str, kinds: set[Kind], exterior: bool = False, supervision: Supervision | None = None
) -> Device:
    return Device(DeviceId(name), f"room of {name}", "", exterior, supervision, frozenset(kinds))


PIR = device("pir", {Kind.MOTION}, supervision=BATTERY)
FRONT = device("front", {Kind.CONTACT}, exterior=True)
FRIDGE = device("fridge", {Kind.CONTACT})


def home(*devices: Device) -> Home:
    return Home(HomeId("h"), ZoneInfo("Asia/Shanghai"), devices)


def profile(**sections: Any) -> dict[str, Any]:
    return {"title": "Test", "source": "this test"} | sections


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_every_shipped_profile_builds_and_names_its_source(path: Path) -> None:
    table = parse(path.read_text("utf-8"), path.name)
    engine = build(table, home(PIR, FRONT, FRIDGE), path.name)
    assert {"sos", "hazards", "device.silent"} <= engine.rules.keys()
    assert len(read(table).source) > 20


def test_a_rule_without_a_section_does_not_run() -> None:
    assert not build(profile(), home(PIR)).rules
    assert list(build(profile(sos={}), home(PIR)).rules) == ["sos"]


def test_sections_have_sound_defaults() -> None:
    settings = read(profile(sos={}, hazards={}, inactivity=[{"limit": "5h"}], silence={}, door={}))
    assert settings.sos
    assert settings.sos.clear_after == timedelta(minutes=10)
    assert settings.hazards
    assert set(settings.hazards.kinds) == {"smoke", "gas", "co", "heat", "water_leak", "fall"}
    part = settings.inactivity[0]
    assert (part.name, part.start, part.end, frozenset(part.kinds)) == ("inactivity", time(0), time(0), LIFE)


def test_silence_where_no_sensor_could_speak_says_nothing() -> None:
    doors = profile(inactivity=[{"limit": "24h", "kinds": ["contact"], "exterior": True}])
    assert not build(doors, home(PIR, FRIDGE)).rules
    assert not build(doors, home()).rules
    (rule,) = build(doors, home(PIR, FRIDGE, FRONT)).rules.values()
    assert isinstance(rule, Inactivity)
    assert rule.devices == {"front"}


def test_a_device_whose_kinds_nobody_said_may_give_every_sign() -> None:
    assert build(profile(inactivity=[{"limit": "5h"}]), home(device("unknown", set()))).rules


def test_only_entry_doors_are_watched_unless_one_is_named() -> None:
    for door, doors in (
        ({"limit": "30m"}, {"front"}),
        ({"limit": "30m", "devices": {"fridge": "5m"}}, {"front", "fridge"}),
        ({"devices": {"fridge": "5m", "elsewhere": "5m"}}, {"fridge"}),
        ({}, set()),
    ):
        engine = build(profile(door=door), home(PIR, FRONT, FRIDGE))
        watched = engine.rules["door.open"].limits.keys() if engine.rules else set()  # type: ignore[union-attr]
        assert watched == doors


def test_devices_of_families_without_a_beat_are_not_supervised() -> None:
    engine = build(profile(silence={}), home(PIR, FRONT))
    _, found = engine.step(engine.start(T), Tick(T + 99 * H), T + 99 * H)
    assert {d.key for d in found} == {"device.silent:pir"}


def test_two_kinds_of_inactivity_are_two_findings() -> None:
    parts = [
        {"limit": "24h", "kinds": ["motion"]},
        {"name": "inactivity:door", "limit": "24h", "exterior": True},
    ]
    engine = build(profile(inactivity=parts), home(PIR, FRONT))
    state, _ = engine.step(engine.start(T), Reading(PIR.id, Kind.MOTION, 1.0, T + H), T + H)
    _, found = engine.step(state, Tick(T + 25 * H), T + 25 * H)
    assert [(d.key, d.at) for d in found if isinstance(d, Raise)] == [
        ("inactivity:door", T + 24 * H),
        ("inactivity", T + 25 * H),
    ]


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"smok": {}}, "smok"),
    ({"sos": {"clear_after": "10 minutes"}}, "sos.clear_after"),
    ({"sos": {"clear_after": "0s"}}, "sos.clear_after"),
    ({"hazards": {"kinds": ["smoke", "sos"]}}, "hazards.kinds[2]"),
    ({"inactivity": [{}]}, "inactivity[1].limit"),
    ({"inactivity": [{"limit": "5h", "start": "6:00"}]}, "inactivity[1].start"),
    ({"inactivity": [{"limit": "5h", "name": "quiet"}]}, "inactivity[1].name"),
    ({"inactivity": [{"limit": "5h"}, {"limit": "6h"}]}, "inactivity[2].name"),
    ({"inactivity": [{"limit": "5h", "kinds": ["smoke"]}]}, "inactivity[1].kinds"),
    ({"inactivity": [{"limit": "5h", "kinds": []}]}, "inactivity[1].kinds"),
    ({"inactivity": [{"limit": "5h", "name": "inactivity:water"}]}, "inactivity[1].name"),
    ({"water": {"litres": 0, "within": "12h"}}, "water.litres"),
    ({"door": {"limit": 30}}, "door.limit"),
    ({"silence": {"warn": "6h"}}, "silence.warn"),
]


@pytest.mark.parametrize(("sections", "key"), MISTAKES)
def test_a_mistake_is_named_by_its_key(sections: dict[str, Any], key: str) -> None:
    with pytest.raises(BadProfileError) as caught:
        build(profile(**sections), home(PIR), "my.toml")
    assert [(problem.where, problem.key) for problem in caught.value.problems] == [("my.toml", key)]
    assert all(problem.remedy for problem in caught.value.problems)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(BadProfileError) as caught:
        build({"title": 5, "sos": {"clear_after": 1}, "dor": {}}, home(PIR))
    assert {problem.key for problem in caught.value.problems} == {"title", "source", "sos.clear_after", "dor"}
    assert len(str(caught.value).splitlines()) == 4


def test_a_text_that_is_no_toml_is_refused() -> None:
    with pytest.raises(BadProfileError, match=r"my\.toml"):
        parse("title = ", "my.toml")


def test_a_wrong_type_hides_no_mistake_of_another_sort() -> None:
    wrong = profile() | {"inactivity": [{"limit": 5, "kinds": ["smoke"]}, {"limit": "5h"}]}
    with pytest.raises(BadProfileError) as caught:
        read(wrong)
    keys = {problem.key for problem in caught.value.problems}
    assert keys == {"inactivity[1].limit", "inactivity[1].kinds", "inactivity[2].name"}
