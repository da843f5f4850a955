"""The stream of server-sent events that tells an open page: something changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from alerts.web import read
from alerts.web.guard import signed_in_stream

_POLL = 0.3  # seconds; the board must follow within one
_BEAT = 15.0  # seconds; a comment now and then, so that proxies and browsers notice a dead line


@signed_in_stream
async def live(request: HttpRequest) -> HttpResponseBase:
    """Events `changed`, each with the newest entry's id; `?after=` is what the page already shows."""
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    stream = changes(int(after) if after.isdecimal() else 0)
    response = StreamingHttpResponse(stream, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def changes(seen: int) -> AsyncIterator[bytes]:
    """A line whenever a story grew, and a beat when none did."""
    yield b"retry: 1000\n\n"
    newest, quiet = sync_to_async(read.newest), 0.0
    while True:
        last = await newest()
        if last != seen:
            seen, quiet = last, 0.0
            yield f"id: {last}\nevent: changed\ndata: {last}\n\n".encode()
        elif quiet >= _BEAT:
            quiet = 0.0
            yield b"event: beat\ndata:\n\n"
        await asyncio.sleep(_POLL)
        quiet += _POLL
