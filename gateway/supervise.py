"""Keeps a source running: what breaks is logged and started again, a little later each time."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

FIRST = 0.5  # seconds
MOST = 30.0
WELL = 60.0  # a run this long was a good one: the next wait is short again


async def supervise(name: str, run: Callable[[], Awaitable[None]], most: float = MOST) -> None:
    """Run for ever, at most `most` seconds between two runs. No exception of one reaches the fold."""
    wait = FIRST
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await run()
            log.warning("%s: ended; starting it again", name)
        except Exception as error:  # noqa: BLE001  whatever broke, it runs again
            log.warning("%s: %s: %s; trying again in %.1f s", name, type(error).__name__, error, wait)
        wait = FIRST if loop.time() - began > WELL else min(most, wait * 2)
        await asyncio.sleep(wait * random.uniform(0.7, 1.0))  # noqa: S311  not a secret
