"""`shouwang devices swap`: the settings change in one place and keep everything else."""

from __future__ import annotations

import difflib
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.commands.devices import devices
from gateway.settings import SettingsError, read
from rules.model import DeviceId

TEXT = f"""# This gateway stands in the hall cupboard.
[gateway]
id = "gw-1"
key = "{"ab" * 32}"

[[source]]
name = "radio"
type = "zigbee2mqtt"

[[home]]
id = "h-1"
zone = "Asia/Shanghai"

[[home.device]]
id = "0xA1"   # the old button, dropped once
room = "bedroom"
name = "床头"
kinds = ["sos"]
installed = 2026-01-01T09:00:00+08:00

# the front door
[[home.device]]
id = "0xb2"
room = "hall"
kinds = ["contact"]
exterior = true
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(TEXT, "utf-8")
    path.chmod(0o640)
    return path


def swap(config: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(devices, ["swap", *words, "--config", str(config)])
    return done.exit_code, done.output


def test_two_lines_change_and_the_comments_stay(config: Path) -> None:
    code, output = swap(config, "0xa1", "0xC3")
    assert code == 0
    assert "h-1 · bedroom · 床头: 0xa1 → 0xC3" in output
    assert "systemctl restart shouwang-gateway" in output
    lines = list(difflib.unified_diff(TEXT.splitlines(), config.read_text("utf-8").splitlines(), n=0))
    changed = [line for line in lines if line[0] in "+-" and line[:3] not in ("---", "+++")]
    assert changed[:2] == [
        '-id = "0xA1"   # the old button, dropped once',
        '+id = "0xC3"   # the old button, dropped once',
    ]
    assert [line.partition(" ")[0] for line in changed[2:]] == ["-installed", "+installed", "+replaces"]
    (home,) = read(config).homes
    assert home.swaps is not None
    assert home.swaps.replaces == {DeviceId("0xC3"): DeviceId("0xA1")}
    assert home.home.devices[0].room == "bedroom"
    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    assert os.listdir(config.parent) == ["gateway.toml"]


def test_again_and_again(config: Path) -> None:
    assert swap(config, "0xA1", "0xC3")[0] == 0
    assert swap(config, "0xC3", "0xD4")[0] == 0
    assert swap(config, "0xD4", "0xA1")[0] == 0
    (home,) = read(config).homes
    assert home.swaps is not None
    assert home.swaps.replaces == {DeviceId("0xA1"): DeviceId("0xD4")}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("0xA1", "0xB2"), "enrolled already"),
        (("0xA1", "0xa1"), "enrolled already"),
        (("0xZZ", "0xC3"), "it has 0xA1, 0xb2"),
        (("0xA1", "bad#name"), "would be refused"),
    ],
)
def test_what_cannot_be_leaves_the_file_alone(config: Path, words: tuple[str, str], why: str) -> None:
    code, output = swap(config, *words)
    assert code == 1
    assert why in output
    assert config.read_text("utf-8") == TEXT
    assert os.listdir(config.parent) == ["gateway.toml"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    code, output = swap(tmp_path / "none.toml", "a", "b")
    assert code == 1
    assert "cannot be read" in output


@pytest.mark.parametrize(
    ("line", "problem"),
    [('replaces = "0xB2"', "is still there"), ('replaces = "0xA1"', "is still there")],
)
def test_a_replaced_sensor_is_gone(config: Path, line: str, problem: str) -> None:
    config.write_text(TEXT.replace("exterior = true", line), "utf-8")
    with pytest.raises(SettingsError, match=problem):
        read(config)


def test_one_takes_the_place_of_one(config: Path) -> None:
    text = TEXT.replace("exterior = true", 'replaces = "0xgone"').replace(
        'name = "床头"', 'replaces = "0xGONE"'
    )
    config.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match="replaced twice"):
        read(config)
