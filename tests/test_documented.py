"""Whatever a person may set, call or receive is written down in docs/ or README: rules, settings, topics,
commands, channels, environment."""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import click
import pytest

from alerts.conf import Channels, Conf
from gateway.enrolment import DeviceTable, HomeTable
from gateway.paths import config_dir
from gateway.settings import GatewayTable, ListenTable, PortTable, SourceTable, UplinkTable
from rules.catalogue import Profile
from rules.model import Kind, Severity
from rules.wire import Lane, down_topic, up_topic

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
SECTIONS = {
    "[gateway]": GatewayTable,
    "[uplink]": UplinkTable,
    "[[source]]": SourceTable,
    "[[source]] on a serial port": PortTable,
    "[[source]] that panels call": ListenTable,
    "[[home]]": HomeTable,
    "[[home.device]]": DeviceTable,
}


def section(page: str, heading: str) -> str:
    """What a page of docs/ says below a heading, up to the next one of its level."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/{page} has no heading ## {heading}"
    return found[1]


def keys(cls: type) -> Iterator[tuple[str, str]]:
    """Each key that a settings class takes, with the class that holds it, nested ones included."""
    hints = get_type_hints(cls)
    for field in fields(cls):
        yield cls.__name__, field.name
        for inner in classes(hints[field.name]):
            yield from keys(inner)


def classes(hint: Any) -> Iterator[type]:
    """The settings classes inside a type."""
    if is_dataclass(hint) and isinstance(hint, type):
        yield hint
    elif get_origin(hint) in (Union, UnionType, tuple):
        for inner in get_args(hint):
            yield from classes(inner)


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command, with the words by which a person calls it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for name, place in project["entry-points"]["shouwang.commands"].items():
        module, _, attribute = place.partition(":")
        yield from below(f"shouwang {name}", getattr(importlib.import_module(module), attribute))


def below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """A command, or those in its group."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, inner in command.commands.items():
        yield from below(f"{path} {name}", inner)


@pytest.mark.parametrize(
    ("heading", "key"), [(heading, f.name) for heading, cls in SECTIONS.items() for f in fields(cls)]
)
def test_each_setting_of_the_gateway(heading: str, key: str) -> None:
    if key != "device":  # has a heading of its own
        assert f"`{key}`" in section("configuration.md", heading)


@pytest.mark.parametrize(("holder", "key"), sorted(set(keys(Conf))))
def test_each_setting_of_the_alert_service(holder: str, key: str) -> None:
    told = (ROOT / "docs" / "alerts.md").read_text("utf-8")
    assert re.search(rf"\b{key}\b", told), f"{holder}.{key} is not in docs/alerts.md"


@pytest.mark.parametrize(("holder", "key"), sorted(set(keys(Profile))))
def test_each_rule_and_its_settings(holder: str, key: str) -> None:
    told = (ROOT / "docs" / "rules.md").read_text("utf-8")
    assert re.search(rf"\b{key}\b", told), f"{holder}.{key} is not in docs/rules.md"


@pytest.mark.parametrize("path", sorted((config_dir() / "rules").glob("*.toml")), ids=lambda path: path.stem)
def test_each_profile_that_ships(path: Path) -> None:
    assert f"`{path.stem}`" in TEXT


@pytest.mark.parametrize("channel", [field.name for field in fields(Channels)])
def test_each_channel(channel: str) -> None:
    assert f"`{channel}`" in TEXT


@pytest.mark.parametrize("topic", [*(up_topic("<home>", lane) for lane in Lane), down_topic("<home>")])
def test_each_topic(topic: str) -> None:
    general = topic.replace(f"/{Lane.ALARM}", "/<lane>").replace(f"/{Lane.TELEMETRY}", "/<lane>")
    assert topic in TEXT or general in TEXT


@pytest.mark.parametrize("word", [*Kind, *Severity, *Lane])
def test_each_word_of_the_vocabulary(word: str) -> None:
    assert f"`{word}`" in TEXT


def test_each_command_and_its_options() -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    missing = [path for path, _ in commands() if f"`{path}" not in page]
    for path, command in commands():
        for option in (found for found in command.params if isinstance(found, click.Option)):
            missing += [] if option.opts[0] in page or option.opts[-1] in page else [f"{path} {option.opts}"]
    assert missing == []


def test_each_variable_of_the_environment() -> None:
    source = "\n".join(
        path.read_text("utf-8")
        for package in ("rules", "devices", "gateway", "alerts")
        for path in (ROOT / package).rglob("*.py")
    )
    used = set(re.findall(r"\bSHOUWANG_[A-Z]+\b", source))
    assert {name for name in used if name not in TEXT} == set()


def test_each_unit_and_drop_in() -> None:
    ship = [*(ROOT / "systemd").glob("*"), *(config_dir() / "broker").glob("*")]
    assert [path.name for path in ship if path.name not in TEXT] == []


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)[^)]*\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
