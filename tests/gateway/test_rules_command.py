"""`shouwang rules replay`: a profile is rehearsed on what was recorded."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.commands.rules import rules
from rules.model import DeviceId, Kind, Mode, ModeSet, Raise, Reading, Severity
from rules.record import Item, encode

T = datetime(2026, 11, 21, 1, tzinfo=UTC)  # 9:00 in Shanghai
M = timedelta(minutes=1)
HOME = """
[[home]]
id = "h-0402"
zone = "Asia/Shanghai"
[[home.device]]
id = "pir"
room = "kitchen"
kinds = ["motion"]
[[home.device]]
id = "button"
room = "bedroom"
kinds = ["sos"]
"""
EVENTS: list[Item] = [
    Reading(DeviceId("pir"), Kind.MOTION, 1.0, T),
    Reading(DeviceId("button"), Kind.SOS, 1.0, T + M),
    Raise("sos:button", Severity.EMERGENCY, T + M, {"presses": 1.0}),  # a journal holds its decisions too
    Reading(DeviceId("neighbour"), Kind.SMOKE, 1.0, T + 2 * M),
    Reading(DeviceId("pir"), Kind.MOTION, 1.0, T + 3 * M),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [encode(seq, item.at, item) for seq, item in enumerate(EVENTS, 1)]
    (tmp_path / "home.toml").write_text(HOME, "utf-8")
    (tmp_path / "day.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    return tmp_path


def replay(folder: Path, *words: str, recording: str = "day.jsonl") -> Result:
    home = ["--home", str(folder / "home.toml")]
    return CliRunner().invoke(rules, ["replay", *home, *words, str(folder / recording)])


def told(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_it_prints_one_decision_a_line(folder: Path) -> None:
    result = replay(folder)
    assert told(result) == [
        {
            "type": "raise",
            "key": "sos:button",
            "severity": "emergency",
            "at": "2026-11-21T01:01:00Z",
            "now": "2026-11-21T01:01:00Z",
            "facts": {"device": "button", "room": "bedroom", "presses": 1.0, "value": 1.0},
        }
    ]
    assert "1 readings of neighbour left out" in result.stderr


def test_time_goes_on_to_the_end_that_was_asked_for(folder: Path) -> None:
    found = told(replay(folder, "--until", "2026-11-21T15:00:00+08:00"))
    assert [(d["type"], d["key"], d["at"]) for d in found[1:]] == [
        ("clear", "sos:button", "2026-11-21T01:11:00Z"),
        ("raise", "inactivity", "2026-11-21T06:03:00Z"),  # 14:03 in Shanghai
    ]
    assert {d["now"] for d in found[1:]} == {"2026-11-21T07:00:00Z"}


def test_a_profile_of_ones_own(folder: Path) -> None:
    own = folder / "own.toml"
    own.write_text('title = "t"\nsource = "s"\n[[inactivity]]\nlimit = "3m"\n', "utf-8")
    found = told(replay(folder, "--profile", str(own)))
    assert [(d["type"], d["at"]) for d in found] == []
    own.write_text(own.read_text("utf-8").replace("3m", "1m"), "utf-8")
    found = told(replay(folder, "--profile", str(own), "--until", "2026-11-21T01:09:00Z"))
    assert [d["at"][14:16] for d in found if d["type"] == "raise"] == ["01", "02", "04"]


def test_a_table_of_activations_is_replayed_in_local_time(folder: Path) -> None:
    rows = [
        "home,device,kind,value,at",
        "h-0402,pir,motion,1,2026-11-21 09:00:00",
        "x,pir,motion,1,2026-11-21 20:00:00",
    ]
    (folder / "days.csv.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    result = replay(folder, "--until", "2026-11-21T20:00:00+08:00", recording="days.csv.gz")
    assert [d["at"] for d in told(result)] == ["2026-11-21T06:00:00Z"]
    other = replay(folder, "--of", "y", recording="days.csv.gz")
    assert (other.exit_code, "say --of and one of h-0402, x" in other.output) == (1, True)


def test_modes_of_a_journal_count(folder: Path) -> None:
    away = encode(9, T + 4 * M, ModeSet(Mode.AWAY, T + 4 * M, "centre"))
    (folder / "day.jsonl").write_bytes((folder / "day.jsonl").read_bytes() + away + b"\n")
    found = told(replay(folder, "--until", "2026-11-21T12:00:00Z"))
    assert [d["key"] for d in found] == ["sos:button", "sos:button"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--profile", "shangai"), 'did you mean "shanghai"?'),
        (("--until", "2026-11-21T15:00:00"), "says no zone"),
        (("--until", "tomorrow"), "--until"),
    ],
)
def test_a_wrong_word_is_explained(folder: Path, words: tuple[str, ...], says: str) -> None:
    result = replay(folder, *words)
    assert result.exit_code != 0
    assert says in result.output


def test_every_mistake_of_a_home_is_told(folder: Path) -> None:
    (folder / "home.toml").write_text(HOME.replace("room", "rom"), "utf-8")
    result = replay(folder)
    assert result.exit_code == 1
    assert "home[1].device[1].rom" in result.output
    assert "home[1].device[2].rom" in result.output


@pytest.mark.parametrize("name", ["day.jsonl", "day.jsonl.gz", "day.csv"])
def test_a_broken_recording_names_its_place(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b'{"seq":0}\n')
    result = replay(folder, recording=name)
    assert result.exit_code == 1
    assert str(folder / name) in result.output
    assert "Traceback" not in result.output


def test_an_end_before_the_last_event_is_said(folder: Path) -> None:
    result = replay(folder, "--until", "2026-11-20T00:00:00Z")
    assert result.exit_code == 0
    assert "lies before the last event" in result.stderr


def test_a_long_recording_shows_how_far_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.commands.rules.EVERY", 2)
    assert "2 events, 2026-11-21T01:01:00+00:00" in replay(folder).stderr
