"""What every loop of the alert service needs: a pulse, a bell, a thread, and somewhere to complain."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import ParamSpec, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError

from alerts.clock import Clock

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
# What a single bad row or batch may raise: it is counted and left, and must not stop all the others.
TROUBLES = (DatabaseError, ObjectDoesNotExist, ArithmeticError, LookupError, TypeError, ValueError)
POLL = 0.5  # seconds, where no ring comes from another process


@dataclass(frozen=True, slots=True)
class Round:
    """How much one look at what is due has done, and what went wrong with single rows."""

    done: int = 0
    troubles: tuple[str, ...] = ()


def each(rows: Iterable[T], work: Callable[[T], int]) -> Round:
    """Work on every row. One that breaks never holds up the others."""
    done, troubles = 0, []
    for row in rows:
        try:
            done += work(row)
        except TROUBLES as error:
            troubles.append(f"{row}: {type(error).__name__}: {error}")
    return Round(done, tuple(troubles))


@dataclass(slots=True)
class Beats:
    """When each loop last moved; the watchdog pings only while all of them do."""

    patience: float = 20.0  # seconds
    _last: dict[str, float] = field(default_factory=dict)

    def beat(self, loop: str) -> None:
        """This loop moves."""
        self._last[loop] = monotonic()

    def alive(self) -> bool:
        """Every loop that ever moved has done so lately."""
        now = monotonic()
        return all(now - last < self.patience for last in self._last.values())


@dataclass(slots=True)
class Wake:
    """Lets any thread wake a loop before its time."""

    loop: asyncio.AbstractEventLoop
    events: list[asyncio.Event] = field(default_factory=list)

    def event(self) -> asyncio.Event:
        """A new listener."""
        self.events.append(asyncio.Event())
        return self.events[-1]

    def ring(self, **_: object) -> None:  # Django's signals hand over who sent them
        """From any thread."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._set)

    def _set(self) -> None:
        for event in self.events:
            event.set()


class Thread:
    """A thread for one loop's database work: its connection stays open, and its order holds."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do it there."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))


@dataclass(slots=True)
class Tally:
    """Counts what is refused and what breaks, and logs each reason at most once a minute."""

    counts: Counter[str] = field(default_factory=Counter)
    _said: dict[str, float] = field(default_factory=dict)

    def count(self, reason: str, detail: object = "") -> None:
        """One more of it."""
        self.counts[reason] += 1
        now = monotonic()
        if now - self._said.get(reason, -60.0) >= 60.0:
            self._said[reason] = now
            log.warning("%s (%d so far): %s", reason, self.counts[reason], detail)


async def pause(wake: asyncio.Event, clock: Clock, due: datetime | None) -> None:
    """Wait for the ring, for `due`, or for POLL, whichever comes first."""
    waits = [asyncio.ensure_future(wake.wait()), asyncio.ensure_future(asyncio.sleep(POLL))]
    if due is not None:
        waits.append(asyncio.ensure_future(clock.sleep_until(due)))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    wake.clear()
