"""The alert service as one process: its loops and the console, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Collection, Coroutine, Iterator
from datetime import timedelta

import uvicorn

from alerts.channels.lineup import lineup
from alerts.clock import Clock, clock
from alerts.conf import Conf
from alerts.desk import bell, desk, escalator, texts, watch
from alerts.desk.courier import Courier
from alerts.desk.line import Line
from alerts.loops import Beats, Tally, Wake
from alerts.notify import notify
from alerts.timeline import thinning
from alerts.timeline.sql import SqlTimeline

log = logging.getLogger(__name__)
PARTS = ("intake", "escalator", "courier", "watch", "web")
_PING = timedelta(seconds=5)


class _Web(uvicorn.Server):
    """The console; signals are this module's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


async def run(conf: Conf, only: Collection[str] = PARTS) -> None:
    """Run the named parts until SIGTERM or SIGINT. Raises what broke, so that systemd starts it again."""
    desk.ladders()  # a mistake in these files shows now, not with the first alarm
    for language in texts.LANGUAGES:
        texts.messages(language)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    wake, beats = Wake(loop), Beats()
    bell.rung.connect(wake.ring, weak=False)
    web = _web(conf) if "web" in only else None
    tasks = [asyncio.create_task(part) for part in _parts(conf, clock(), wake, beats, only)]
    if web is not None:
        tasks.append(asyncio.create_task(web.serve()))
    tasks.append(asyncio.create_task(_watchdog(beats, web)))
    await _until(stop, tasks)
    notify("STOPPING=1")
    await _end(tasks, web)


def _parts(
    conf: Conf, clock: Clock, wake: Wake, beats: Beats, only: Collection[str]
) -> Iterator[Coroutine[None, None, None]]:
    tally = Tally()
    line = Line(conf.broker, clock, beats, tally)
    if "intake" in only:
        yield line.run(wake.event())
    if "escalator" in only:
        yield escalator.run(clock, wake.event(), beats, tally)
    if "courier" in only:
        yield Courier(lineup(conf), clock, beats, tally).run(wake.event())
    if "watch" in only:
        # Where another process takes the batches in, its silence cannot be told from the homes'.
        yield watch.run(clock, wake.event(), beats, tally, lambda: line.deaf and "intake" in only)
        yield thinning.run(SqlTimeline(), clock, tally)


def _web(conf: Conf) -> _Web:
    from alerts.asgi import application  # Django must be set up first

    host, _, port = conf.service.listen.rpartition(":")
    settings = uvicorn.Config(
        application, host=host, port=int(port), lifespan="off", log_config=None, access_log=False
    )
    return _Web(settings)


async def _watchdog(beats: Beats, web: _Web | None) -> None:
    while web is not None and not web.started:  # noqa: ASYNC110  uvicorn tells nobody
        await asyncio.sleep(0.02)
    notify("READY=1")
    log.info("the alert service is ready")
    while True:
        if beats.alive():
            notify("WATCHDOG=1")
        await asyncio.sleep(_PING.total_seconds())


async def _until(stop: asyncio.Event, tasks: Collection[asyncio.Task[None]]) -> None:
    told = asyncio.create_task(stop.wait())
    await asyncio.wait([told, *tasks], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()


async def _end(tasks: Collection[asyncio.Task[None]], web: _Web | None) -> None:
    """Stop everything; what had broken comes out."""
    broken = [error for task in tasks if task.done() and not task.cancelled() and (error := task.exception())]
    if web is not None:
        web.should_exit = web.force_exit = True
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if broken:
        raise broken[0]
