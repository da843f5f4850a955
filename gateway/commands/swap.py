"""`shouwang devices swap`: a new sensor in the place of a dead one."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from gateway.clock import clock
from gateway.exchange import ExchangeError, exchange

CONFIG = Path("/etc/shouwang/gateway.toml")


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=CONFIG,
    show_default=True,
    help="The gateway's settings.",
)
@click.option("--address", help="The new sensor's address, where the settings have one beside the id.")
def swap(old: str, new: str, config: Path, address: str | None) -> None:
    """Put the sensor NEW in the place of OLD: same room, same duty, its history goes on.

    OLD and NEW are ids as the settings have them. The file keeps its comments; the gateway takes the new
    sensor, and writes the swap down, when it is restarted.
    """
    try:
        done = exchange(config, old, new, address, clock().now())
    except ExchangeError as error:
        raise click.ClickException(str(error)) from error
    console = Console(highlight=False)
    place = " · ".join(filter(None, (done.home, done.room, done.name)))
    console.print(f"[bold]{escape(place)}[/]: {escape(old)} → {escape(new)}", soft_wrap=True)
    for caution in done.cautions:
        console.print(f"[yellow]look after this:[/] {escape(caution)}", soft_wrap=True)
    console.print(
        "Restart the gateway (systemctl restart shouwang-gateway): it notes the swap in its journal."
    )
