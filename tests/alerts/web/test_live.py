"""The stream of events: something changed, now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.db import connections

from alerts.core.alert import Alert, Taken
from alerts.desk import desk
from alerts.web import read
from alerts.web.views.live import changes


async def upto(stream: AsyncIterator[bytes], word: bytes) -> bytes:
    async for line in stream:
        if word in line:
            return line
    raise AssertionError("the stream ended")


def test_changes_are_told_within_a_second(
    alert: Alert,
) -> None:
    shown = read.newest()

    async def watch() -> tuple[bytes, bytes, float]:
        stream = changes(0)
        first = await asyncio.wait_for(upto(stream, b"changed"), 1)
        await sync_to_async(desk.tell)(alert.id, Taken("user:1"), alert.opened_at + timedelta(seconds=5))
        began = asyncio.get_running_loop().time()
        second = await asyncio.wait_for(upto(stream, b"changed"), 1)
        took = asyncio.get_running_loop().time() - began
        await sync_to_async(connections.close_all)()
        return first, second, took

    first, second, took = asyncio.run(watch())
    assert first.startswith(f"id: {shown}\n".encode())
    assert int(second.split()[1]) > shown
    assert took < 1
