"""Puts the gateway together and runs it until it is told to stop, or cannot store any more."""

from __future__ import annotations

import asyncio
import logging
import signal
import ssl
from collections.abc import Sequence
from functools import partial

from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from devices.port import Source
from devices.sources.mqtt import Address, MqttSource
from gateway.clock import Clock
from gateway.homes import Fold, Home
from gateway.journal import Journal
from gateway.sd_notify import notify
from gateway.settings import Settings, SourcePart, UplinkPart
from gateway.supervise import supervise
from gateway.uplink import Centre, MqttUplink, pumps
from rules.model import DeviceId, HomeId
from rules.wire import Lane

log = logging.getLogger(__name__)

PASS = 0.2  # seconds of real time between two looks at the deadlines
HOUSE = 600.0  # seconds between two rounds of snapshots and trimming
HISTORY = 20_000  # records a lane and home that stay for rehearsals: about 50 days
UPLINK_WAIT = 5.0  # seconds: the longest wait before the next attempt to reach the centre


async def run(settings: Settings, clock: Clock) -> None:
    """Run until SIGTERM or SIGINT. Raises what made storing impossible."""
    journal = Journal(settings.gateway.data / "journal.db")
    try:
        fold = _fold(settings, journal, clock)
        fold.resume()
        await _live(settings, journal, fold, clock)
        fold.keep(everything=True)
    finally:
        notify("STOPPING=1")
        journal.close()


async def _live(settings: Settings, journal: Journal, fold: Fold, clock: Clock) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(_time(fold)), tasks.create_task(_house(fold, journal))]
        running += [tasks.create_task(supervise(s.name, partial(s.run, fold.take))) for s in _sources(settings, clock)]
        if settings.uplink is not None:
            running += _uplink(tasks, settings, settings.uplink, journal, fold, clock)
        notify("READY=1")
        await stop.wait()
        for task in running:
            task.cancel()


def _fold(settings: Settings, journal: Journal, clock: Clock) -> Fold:
    now = clock.now()
    homes = [Home(part.home.id, part.engine, [d.id for d in part.home.devices], now) for part in settings.homes]
    return Fold(homes, journal, clock)


async def _time(fold: Fold) -> None:
    """Deadlines, and the watchdog: it is fed only while the fold moves."""
    while True:
        await asyncio.sleep(PASS)
        fold.tick()
        notify("WATCHDOG=1")


async def _house(fold: Fold, journal: Journal) -> None:
    """Snapshots and trimming, out of the way of readings."""
    while True:
        await asyncio.sleep(HOUSE)
        for home in fold.homes:
            fold.keep()
            journal.trim(home.id, HISTORY)
            await asyncio.sleep(0)
        if fold.refused:
            log.warning("refused so far: %s", dict(fold.refused))


def _sources(settings: Settings, clock: Clock) -> Sequence[Source]:
    enrolled: dict[str, list[DeviceId]] = {}
    for device, source in settings.device_source.items():
        enrolled.setdefault(source, []).append(device)
    return [_source(part, enrolled.get(part.name, []), clock) for part in settings.sources]


def _source(part: SourcePart, enrolled: Sequence[DeviceId], clock: Clock) -> Source:
    address = Address(part.host, part.port, part.client, part.username, part.password, part.tls)
    return MqttSource(part.name, address, Zigbee2Mqtt(part.base, enrolled), clock.now)


def _uplink(
    tasks: asyncio.TaskGroup, settings: Settings, part: UplinkPart, journal: Journal, fold: Fold, clock: Clock
) -> list[asyncio.Task[None]]:
    tls = ssl.create_default_context(cafile=part.ca_file) if part.tls else None
    me = settings.gateway
    centre = Centre(part.host, part.port, me.id, me.key, part.username, part.password, tls)
    ids = [home.id for home in fold.homes]
    uplink = MqttUplink(centre, ids, journal.id, clock)
    lanes = pumps(ids, journal, uplink, part.linger, part.heartbeat)

    def wake(home: HomeId, lane: Lane) -> None:
        lanes[home, lane].wake()

    fold.on_stored(wake)
    loop = supervise("uplink", uplink.run, UPLINK_WAIT)
    return [tasks.create_task(loop), *(tasks.create_task(pump.run()) for pump in lanes.values())]
