"""Carries the outbox to the channels: claims, sends, settles. A channel that breaks stops no other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import ParamSpec, TypeAlias
from uuid import UUID

from alerts.channels.port import Channel, Receipt, RejectedError
from alerts.clock import Clock
from alerts.desk import outbox
from alerts.desk.outbox import Claim
from alerts.loops import TROUBLES, Beats, Tally, Thread, pause

P = ParamSpec("P")
FIRST = timedelta(seconds=1)  # after the first failed try
MOST = timedelta(seconds=30)
AT_ONCE = 64  # on their way at the same time; the rest waits in the outbox, where the urgent overtake
TRIES = 8  # about a minute and a half; then the next channel, or the next rung, takes over
Lineup: TypeAlias = Mapping[str, Channel]


class Courier:
    """One process's courier. What it is sending at the moment it does not claim again."""

    def __init__(self, channels: Lineup, clock: Clock, beats: Beats, tally: Tally) -> None:
        self._channels, self._clock, self._beats, self._tally = channels, clock, beats, tally
        self._thread = Thread("courier")
        self._busy: dict[UUID, asyncio.Task[None]] = {}

    async def run(self, wake: asyncio.Event) -> None:
        """Send what is due, for ever."""
        released = False
        while True:
            self._beats.beat("courier")
            due = None
            try:
                if not released:
                    await self._thread.run(outbox.release, self._clock.now())
                    released = True
                await self.round()
                due = await self._thread.run(outbox.next_try)
            except TROUBLES as error:
                self._tally.count("courier", error)
            await pause(wake, self._clock, None if self._busy else due)

    async def round(self) -> None:
        """Claim what is due and set it going."""
        busy = tuple(self._busy)
        claims = await self._thread.run(outbox.claim, self._clock.now(), busy, AT_ONCE - len(busy))
        for claim in claims:
            self._busy[claim.notice.id] = asyncio.create_task(self._carry(claim))

    async def idle(self) -> None:
        """Wait until nothing is on its way."""
        while self._busy:
            await asyncio.gather(*self._busy.values())

    async def _carry(self, claim: Claim) -> None:
        """One try of one notice, and what came of it."""
        notice = claim.notice
        try:
            receipt = await self._hand_over(claim)
            await self._thread.run(outbox.sent, notice.id, receipt.id, self._clock.now())
        except RejectedError as error:
            await self._settle(outbox.failed, notice.id, str(error), self._clock.now())
        except Exception as error:  # noqa: BLE001  whatever a channel breaks of, the notice is tried again
            await self._again(claim, error)
        finally:
            self._busy.pop(notice.id, None)

    async def _hand_over(self, claim: Claim) -> Receipt:
        channel = self._channels.get(claim.notice.channel)
        if channel is None:
            raise RejectedError(f"channel {claim.notice.channel} is not set up")
        if claim.again and (earlier := await channel.seek(claim.notice)):
            return earlier
        return await channel.send(claim.notice)

    async def _again(self, claim: Claim, error: Exception) -> None:
        told = f"{type(error).__name__}: {error}"
        self._tally.count(f"channel {claim.notice.channel}", told)
        now = self._clock.now()
        if claim.tries >= TRIES:
            await self._settle(
                outbox.failed, claim.notice.id, f"gave up after {claim.tries} tries: {told}", now
            )
        else:
            wait = backoff(claim.tries, random.random())  # noqa: S311  spreads tries, guards nothing
            await self._settle(outbox.later, claim.notice.id, told, now + wait, now)

    async def _settle(self, write: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            await self._thread.run(write, *args, **kwargs)
        except TROUBLES as error:  # the claim's lease runs out, and the notice is looked into again
            self._tally.count("courier", error)


def backoff(tries: int, chance: float) -> timedelta:
    """How long after the failed try number `tries`; `chance` in 0..1 takes up to half of it away."""
    whole: timedelta = min(MOST, FIRST * 2 ** (tries - 1))
    return whole * (1 - chance / 2)
