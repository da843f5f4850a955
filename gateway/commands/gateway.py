"""`shouwang gateway`: run the edge program, or have its settings explained."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import sys
from pathlib import Path

import click

from gateway.check import report
from gateway.clock import clock
from gateway.run import run as live
from gateway.settings import SettingsError, read
from gateway.trouble import explained

CONFIG = click.argument("config", type=click.Path(path_type=Path))


@click.group()
def gateway() -> None:
    """The box in the home: sensors in, durable findings out."""


@gateway.command()
@CONFIG
@click.option("-v", "--verbose", is_flag=True, help="Log each step.")
def run(config: Path, verbose: bool) -> None:
    """Run the gateway of CONFIG until it is told to stop."""
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        settings = read(config)
    except SettingsError as error:
        raise click.ClickException(f"{error}\nSee all of it with: shouwang gateway check {config}") from error
    try:
        asyncio.run(live(settings, clock()))
    except (ExceptionGroup, sqlite3.Error, OSError) as error:
        if told := explained(error, settings.gateway.data):
            raise click.ClickException(told) from error
        raise


@gateway.command()
@CONFIG
def check(config: Path) -> None:
    """Explain every mistake in CONFIG at once, or show what was understood."""
    sys.exit(report(config))
