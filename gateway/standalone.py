"""`shouwang standalone`: gateway, alert service and broker in one place, for a home without a centre.

Each program stays a process of its own, so that neither can take the other along; what ends is started again.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import click

from alerts import conf
from alerts.conf import Conf, ConfError
from gateway.broker import Broker, BrokerError, answers
from gateway.child import Child, ChildError, once
from gateway.sd_notify import notify
from gateway.settings import Settings, SettingsError, read

log = logging.getLogger(__name__)

LOOK = 0.5  # seconds between two looks at who is still there
FIRST, MOST = 1.0, 60.0  # seconds before something is started again: doubled each time, up to this
WELL = 120.0  # seconds: who has run for longer starts afresh at FIRST
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Program(Protocol):
    """Something that can be started again."""

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""

    def start(self) -> None:
        """Start it."""

    def stop(self) -> None:
        """End it."""


@dataclass(slots=True)
class Kept:
    """A program that is kept running."""

    name: str
    program: Program
    _began: float = 0.0
    _wait: float = FIRST

    def begin(self, now: float) -> None:
        """Start it. `now` is a time.monotonic()."""
        self._began = now
        self.program.start()

    def look(self, now: float) -> None:
        """Start it again if it is gone and has waited long enough."""
        if self.program.pid is not None:
            if now - self._began > WELL:
                self._wait = FIRST
        elif now - self._began > self._wait:
            log.warning("%s ended; starting it again", self.name)
            self._wait = min(MOST, self._wait * 2)
            self.begin(now)


@dataclass(slots=True)
class Standalone:
    """Everything of one home's own centre."""

    folder: Path
    kept: Sequence[Kept]
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until SIGTERM or SIGINT. Raises BrokerError if the broker cannot be started at first."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_about: self._stop.set())
        try:
            for one in self.kept:
                one.begin(time.monotonic())
            notify("READY=1")
            while not self._stop.wait(LOOK):
                self._look()
                notify("WATCHDOG=1")
        finally:
            notify("STOPPING=1")
            for one in reversed(self.kept):
                one.program.stop()

    def _look(self) -> None:
        for one in self.kept:
            try:
                one.look(time.monotonic())
            except (BrokerError, OSError) as error:
                log.error("%s: %s", one.name, error)


@click.command()
@click.argument("folder", metavar="CONFIG_DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
def standalone(folder: Path) -> None:
    """Run broker, alert service and gateway of CONFIG_DIR (gateway.toml, alerts.toml, registry.toml)."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        settings, centre = read(folder / "gateway.toml"), conf.read(folder / "alerts.toml")
        if problems := tuple(_disagreements(settings, centre)):
            raise click.ClickException("\n".join(problems))
        _commission(folder)
        Standalone(folder, _programs(folder, settings, centre)).run()
    except (SettingsError, ConfError, BrokerError, ChildError) as error:
        raise click.ClickException(str(error)) from error


def _disagreements(settings: Settings, centre: Conf) -> Iterator[str]:
    up = settings.uplink
    if up is None:
        yield "gateway.toml has no [uplink]; name the broker of alerts.toml there, or nobody is told"
    elif (up.host, up.port) != (centre.broker.host, centre.broker.port):
        yield (
            f"gateway.toml sends to {up.host}:{up.port}, but alerts.toml listens at"
            f" {centre.broker.host}:{centre.broker.port}; name the same broker in both"
        )


def _commission(folder: Path) -> None:
    """The store in its newest shape, and who lives here, each time: both do nothing where nothing changed."""
    settings = str(folder / "alerts.toml")
    once(("alerts", "init", "--config", settings))
    registry = folder / "registry.toml"
    if registry.exists():
        once(("alerts", "seed", "--config", settings, str(registry)))


def _programs(folder: Path, settings: Settings, centre: Conf) -> list[Kept]:
    quiet = {"NOTIFY_SOCKET": ""}  # systemd hears of us only
    run = Child(("alerts", "run", "--config", str(folder / "alerts.toml")), environment=quiet)
    edge = Child(("gateway", "run", str(folder / "gateway.toml")), environment=quiet)
    return [*_broker(settings, centre), Kept("the alert service", run), Kept("the gateway", edge)]


def _broker(settings: Settings, centre: Conf) -> list[Kept]:
    """The embedded one, unless a broker is there already or it is another machine's business."""
    host, port = centre.broker.host, centre.broker.port
    if host not in LOOPBACK or answers(host, port):
        log.info("using the broker at %s:%s", host, port)
        return []
    return [Kept("the broker", Broker(settings.gateway.data / "broker", port))]
