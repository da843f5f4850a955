"""`shouwang devices watch`: what each sensor says, live, for the installer on site."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live

from gateway.clock import Clock, clock
from gateway.ears import listen
from gateway.settings import SettingsError, read
from gateway.watching import Board

OFTEN = 0.25  # seconds between two looks


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--seconds", type=click.FloatRange(0.1), help="End after so long; without it, at Ctrl-C.")
def watch(config: Path, seconds: float | None) -> None:
    """Show live what each sensor of CONFIG says, how it is understood, and who speaks without being enrolled.

    It listens beside the running gateway and takes nothing away from it.
    """
    try:
        board = Board(read(config))
    except SettingsError as error:
        raise click.ClickException(f"{error}\nSee all of it with: shouwang gateway check {config}") from error
    try:
        asyncio.run(_shown(board, clock(), seconds))
    except KeyboardInterrupt:
        click.echo("")


async def _shown(board: Board, time: Clock, seconds: float | None) -> None:
    """Show the board until `seconds` have passed."""
    loop = asyncio.get_running_loop()
    end = None if seconds is None else loop.time() + seconds
    listening = asyncio.create_task(listen(board.settings, board, time.now))
    try:
        with Live(board.shown(time.now()), console=Console(), auto_refresh=False) as live:
            while (end is None or loop.time() < end) and not listening.done():
                await asyncio.wait([listening], timeout=OFTEN)
                live.update(board.shown(time.now()), refresh=True)
    finally:
        listening.cancel()
    if listening.done() and not listening.cancelled():
        listening.result()
