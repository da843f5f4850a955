"""`shouwang demo`: a whole watch on this machine alone, to look at and to try."""

from __future__ import annotations

import logging
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from gateway.broker import BrokerError
from gateway.child import ChildError
from gateway.demo import live
from gateway.demo import once as bad_day
from gateway.demo.papers import ZONE


@click.command()
@click.option("--once", is_flag=True, help="Play one scripted bad day in a minute, and judge it.")
@click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep everything in this folder."
)
@click.option(
    "--speed", type=click.FloatRange(1, 60), default=6.0, show_default=True, help="Times as fast as life."
)
@click.option("--seed", type=int, default=7, show_default=True, help="Decides how the simulated home lives.")
def demo(once: bool, keep: Path | None, speed: float, seed: int) -> None:
    """A simulated home, a gateway, a centre with its console, and phones: all of it here, nothing sent."""
    logging.basicConfig(level=logging.ERROR)
    console = Console(highlight=False)
    # Said aloud: a script's background job inherits Ctrl-C as ignored, and `kill` would leave the folder.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.default_int_handler)
    try:
        with _folder(keep) as folder:
            good = _play(once, folder, console, speed, seed)
    except KeyboardInterrupt:
        console.print("nothing is left running" + (f"; the records are in {keep}" if keep else ""))
        sys.exit(130 if once else 0)
    except (BrokerError, ChildError, TimeoutError, OSError, RuntimeError) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(0 if good else 1)


def _play(once: bool, folder: Path, console: Console, speed: float, seed: int) -> bool:
    if once:
        return bad_day.play(folder, console, datetime.now(ZoneInfo(ZONE)).date())
    live.play(folder, console, speed, seed)
    return True


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="shouwang-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
