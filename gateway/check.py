"""`shouwang gateway check`: explains every mistake of a settings file, or shows what was understood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.settings import HomePart, Settings, SettingsError, read
from rules.home import Device
from rules.strict import Problem, spoken


def report(path: Path) -> int:
    """Print the mistakes and return 1, or print what the gateway would do and return 0."""
    console = Console()
    try:
        settings = read(path)
    except SettingsError as error:
        _complain(console, error.problems)
        return 1
    _explain(console, settings)
    return 0


def _complain(console: Console, problems: Sequence[Problem]) -> None:
    for problem in problems:
        key = f"[bold]{escape(problem.key)}[/]: " if problem.key else ""
        console.print(f"{escape(problem.where)}: {key}[red]{escape(problem.what)}[/]", soft_wrap=True)
        if problem.remedy:
            console.print(f"    {escape(problem.remedy)}", soft_wrap=True)
    noun = "mistake" if len(problems) == 1 else "mistakes"
    console.print(f"\n{len(problems)} {noun}; the gateway will not start with this file.")


def _explain(console: Console, settings: Settings) -> None:
    me = settings.gateway
    console.print(f"[bold]{escape(me.id)}[/] keeps its journal in {escape(str(me.data))}", soft_wrap=True)
    console.print(f"centre: {escape(_centre(settings))}", soft_wrap=True)
    for source in settings.sources:
        where = escape(f"{source.type} at {source.where}")
        console.print(f"source {escape(source.name)}: {where}", soft_wrap=True)
    for part in settings.homes:
        rules = ", ".join(part.engine.rules)
        title = f"home {part.home.id} ({part.home.zone.key}), profile {part.rules}: {rules}"
        console.print(f"\n{escape(title)}", soft_wrap=True)
        console.print(_home(settings, part))
    console.print("No mistake found.")


def _centre(settings: Settings) -> str:
    up = settings.uplink
    if up is None:
        return "none: this gateway records and judges, and tells nobody"
    guard = "TLS" if up.tls else "no TLS"
    return f"{up.host}:{up.port} ({guard}), heard at least every {_long(up.heartbeat)}"


def _home(settings: Settings, part: HomePart) -> Table:
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for name in ("device", "room", "name", "reports", "may be silent", "installed"):
        table.add_column(name, overflow="fold", no_wrap=name in ("device", "may be silent", "installed"))
    if len(settings.sources) > 1:
        table.add_column("source", overflow="fold")
    for device in part.home.devices:
        source = settings.device_source[device.id] if len(settings.sources) > 1 else None
        table.add_row(*map(escape, _row(part, device)), source)
    return table


def _row(part: HomePart, device: Device) -> tuple[str, ...]:
    rhythm = device.supervision
    installed = part.installed.get(device.id)
    return (
        device.id,
        device.room,
        device.name,
        ", ".join(sorted(device.kinds)) + (", entry" if device.exterior else ""),
        f"{_long(rhythm.warn)} – {_long(rhythm.fault)}" if rhythm else "cannot be supervised",
        f"{installed.astimezone(part.home.zone):%Y-%m-%d}" if installed else "",
    )


def _long(length: timedelta) -> str:
    return spoken(length).strip('"')
