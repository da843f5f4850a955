"""The units say what the programs do: real commands, a watchdog, restarts for ever, little of the machine."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import tomllib
from importlib import import_module
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).resolve().parent.parent
UNITS = sorted((ROOT / "systemd").glob("*.service"))
every_unit = pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)


def service(path: Path) -> configparser.SectionProxy:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[method-assign, assignment]  # systemd's keys keep their capitals
    unit.read(path, "utf-8")
    return unit["Service"]


def command(words: list[str]) -> click.Command:
    """The command that `shouwang WORDS` runs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    module, _, attribute = project["entry-points"]["shouwang.commands"][words[0]].partition(":")
    found: click.Command = getattr(import_module(module), attribute)
    assert isinstance(found, click.Group)
    return found.commands[words[1]]


@every_unit
def test_it_starts_a_command_that_there_is(path: Path, tmp_path: Path) -> None:
    binary, *words, settings = service(path)["ExecStart"].split()
    assert binary == "/opt/shouwang/bin/shouwang"
    assert settings.startswith("/etc/shouwang/")
    there = tmp_path / "settings.toml"
    there.touch()
    context = command(words).make_context("shouwang", [*words[2:], str(there)])
    assert there in context.params.values()


@every_unit
def test_systemd_watches_it_and_starts_it_again_for_ever(path: Path) -> None:
    told = service(path)
    assert (told["Type"], told["Restart"]) == ("notify", "always")
    assert int(told["WatchdogSec"]) <= 60
    assert "StartLimitIntervalSec=0" in path.read_text("utf-8")


@every_unit
def test_it_may_touch_little_of_the_machine(path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    verdict = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
