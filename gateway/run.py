"""Puts the gateway together and runs it until it is told to stop, or cannot store any more."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import ssl
from collections.abc import Iterable
from functools import partial

from gateway.clock import Clock
from gateway.connections import sources
from gateway.homes import Fold, Home
from gateway.journal import FILE, Journal
from gateway.sd_notify import notify
from gateway.settings import Settings, UplinkPart
from gateway.supervise import supervise
from gateway.uplink import Centre, MqttUplink, pumps
from rules.model import HomeId
from rules.wire import Lane

log = logging.getLogger(__name__)

PASS = 0.2  # seconds of real time between two looks at the deadlines
HOUSE = 600.0  # seconds between two rounds of snapshots and trimming
HISTORY = 20_000  # commits a home that stay for rehearsals: about 50 days
AGAIN = 5.0  # seconds: the longest wait before the next attempt to reach a broker; an SOS may wait there


async def run(settings: Settings, clock: Clock) -> None:
    """Run until SIGTERM or SIGINT. Raises what made storing impossible."""
    journal = Journal(settings.gateway.data / FILE)
    try:
        fold = _fold(settings, journal, clock)
        fold.resume()
        gc.freeze()  # what lives as long as we do is never looked through again: no pauses behind an alarm
        await _live(settings, journal, fold, clock)
        fold.keep()
    finally:
        notify("STOPPING=1")
        journal.close()


async def _live(settings: Settings, journal: Journal, fold: Fold, clock: Clock) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(_time(fold)),
            tasks.create_task(_house(fold, journal, settings.uplink is None)),
        ]
        running += [
            tasks.create_task(supervise(s.name, partial(s.run, fold.take), AGAIN))
            for s in sources(settings, journal, clock)
        ]
        if settings.uplink is not None:
            running += _uplink(tasks, settings, settings.uplink, journal, fold, clock)
        notify("READY=1")
        await stop.wait()
        await _end(running)


async def _end(running: Iterable[asyncio.Task[None]]) -> None:
    """Ask until all have ended: a library may swallow a cancellation (asyncio.wait_for in Python 3.11)."""
    while pending := [task for task in running if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=0.5)


def _fold(settings: Settings, journal: Journal, clock: Clock) -> Fold:
    now = clock.now()
    homes = [
        Home(part.home.id, part.engine, [d.id for d in part.home.devices], now, part.swaps)
        for part in settings.homes
    ]
    return Fold(homes, journal, clock)


async def _time(fold: Fold) -> None:
    """Deadlines, and the watchdog: it is fed only while the fold moves."""
    while True:
        await asyncio.sleep(PASS)
        if fold.broken is not None:
            raise fold.broken
        fold.tick()
        notify("WATCHDOG=1")


async def _house(fold: Fold, journal: Journal, alone: bool) -> None:
    """Snapshots (they bound what a restart folds again) and trimming."""
    while True:
        await asyncio.sleep(HOUSE)
        fold.keep()
        if alone:
            journal.settle()
        journal.trim(HISTORY * len(fold.homes))
        if fold.refused:
            log.warning("refused so far: %s", dict(fold.refused))


def _uplink(
    tasks: asyncio.TaskGroup, settings: Settings, part: UplinkPart, journal: Journal, fold: Fold, clock: Clock
) -> list[asyncio.Task[None]]:
    tls = ssl.create_default_context(cafile=part.ca_file) if part.tls else None
    me = settings.gateway
    centre = Centre(part.host, part.port, me.id, me.key, part.username, part.password, tls)
    ids = [home.id for home in fold.homes]
    uplink = MqttUplink(centre, ids, journal.id, clock)
    uplink.on_word(fold.hear)
    lanes = pumps(ids, journal, uplink, part.linger, part.heartbeat)

    def wake(home: HomeId, lane: Lane) -> None:
        lanes[home, lane].wake()

    fold.on_stored(wake)
    loop = supervise("uplink", uplink.run, AGAIN)
    return [tasks.create_task(loop), *(tasks.create_task(pump.run()) for pump in lanes.values())]
