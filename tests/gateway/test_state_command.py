"""`shouwang rules state`: how a home stood at an instant of a recording."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fixed import FIXED

from gateway.commands.rules import rules
from rules.model import DeviceId, Kind, Reading
from rules.record import encode

T = datetime(2026, 11, 21, 1, tzinfo=UTC)  # 9:00 in Shanghai
M = timedelta(minutes=1)
HOME = """
[[home]]
id = "h-0402"
zone = "Asia/Shanghai"
rules = "fixed.toml"
[[home.device]]
id = "pir"
room = "kitchen"
name = "厨房红外"
kinds = ["motion"]
[[home.device]]
id = "door"
room = "hall"
exterior = true
kinds = ["contact"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    moved = [("pir", T), ("pir", T + 7 * M), ("pir", T + 31 * M), ("neighbour", T + 40 * M)]
    lines = [
        encode(seq, at, Reading(DeviceId(device), Kind.MOTION, 1.0, at))
        for seq, (device, at) in enumerate(moved, 1)
    ]
    (tmp_path / "home.toml").write_text(HOME, "utf-8")
    (tmp_path / "fixed.toml").write_text(FIXED, "utf-8")
    (tmp_path / "day.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    return tmp_path


def state(folder: Path, *words: str) -> Result:
    home = ["--home", str(folder / "home.toml")]
    return CliRunner().invoke(rules, ["state", *home, *words, str(folder / "day.jsonl")])


def test_at_the_end_of_the_recording(folder: Path) -> None:
    result = state(folder, "--language", "en")
    assert result.exit_code == 0, result.output
    assert "Well: somebody moved in the kitchen 0 min ago, at 09:31" in result.stdout
    assert "1/1" in result.stdout
    assert "1 readings of neighbour left out" in result.stderr


def test_later_the_silence_is_too_long(folder: Path) -> None:
    result = state(folder, "--at", "2026-11-21T15:31:00+08:00")
    assert "存疑：已 6 小时无活动，最后一次 09:31 在厨房，超时 1 小时" in result.stdout
    assert "inactivity" in result.stdout


def test_in_the_middle_what_came_after_is_not_known(folder: Path) -> None:
    result = state(folder, "--at", "2026-11-21T09:10:00+08:00", "--language", "en")
    assert "3 min ago, at 09:07" in result.stdout


def test_after_a_month_its_sensors_are_blind(folder: Path) -> None:
    result = state(folder, "--at", "2026-12-21T09:10:00+08:00")
    assert "无法判断" in result.stdout
    assert "厨房红外" in result.stdout


def test_before_the_recording_there_is_nothing_to_say(folder: Path) -> None:
    result = state(folder, "--at", "2026-11-20T09:10:00+08:00")
    assert result.exit_code == 1
    assert "holds nothing of this home until then" in result.output


def test_an_instant_without_a_zone_is_refused(folder: Path) -> None:
    result = state(folder, "--at", "2026-11-21T09:10:00")
    assert result.exit_code == 2
    assert "+08:00" in result.output
