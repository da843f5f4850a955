"""A stand-in for Twilio's Messages resource on loopback: takes texts, reports them delivered, brings replies.

It speaks as Twilio's REST API of 2010-04-01 does (checked against Twilio's own OpenAPI description, see
docs/decisions/0010-twilio-stand-in.md) and signs its webhooks as Twilio does. It runs in a thread of its own:
tests and programs without an event loop may use it, and every public method may be called from any thread.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

import httpx
import uvicorn
from twilio.request_validator import RequestValidator

from gateway.demo.sms import ACCOUNT, SENDER, Status, Text, callback, inbound, listing, refusal, resource

STEP = 0.02  # seconds from one status to the next
_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # all is plain HTTP on loopback: load no certificates


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong. `refuse` answers every request with this HTTP status; `slow` is seconds a request."""

    slow: float = 0.0
    refuse: int = 0
    deliver: bool = True  # False: queued and sent, then undelivered (error 30003, unreachable handset)
    silent: bool = False  # no callback at all
    twice: bool = False  # every callback comes two times


@dataclass(slots=True)
class Provider:
    """The stand-in. A context manager: it serves inside `with`. Webhooks are signed with `token`."""

    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    account: str = ACCOUNT
    inbound: str = ""  # where replies go: the alert service's /hooks/twilio/inbound
    faults: Faults = field(default_factory=Faults)
    on_text: Callable[[Text], None] = lambda text: None  # called in the stand-in's thread; must not block
    _texts: dict[str, Text] = field(default_factory=dict)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _port: int = 0
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None
    _reports: set[asyncio.Task[None]] = field(default_factory=set)

    def __enter__(self) -> Provider:
        door = socket.create_server(("127.0.0.1", 0))
        self._port = door.getsockname()[1]
        config = uvicorn.Config(
            self._app, interface="asgi3", lifespan="off", log_config=None, log_level="error", ws="none"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([door],), daemon=True)
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join(5)

    @property
    def api(self) -> str:
        """What stands for https://api.twilio.com in the alert service's settings."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def texts(self) -> tuple[Text, ...]:
        """Every text taken in so far, oldest first."""
        with self._news:
            return tuple(self._texts.values())

    def wait(self, wanted: Callable[[Text], bool], patience: float = 10.0, after: float = 0.0) -> Text:
        """The first text taken in after `after` (time.monotonic) that is wanted. Raises TimeoutError."""
        found: list[Text] = []

        def look() -> bool:
            found[:] = [text for text in self._texts.values() if text.at > after and wanted(text)][:1]
            return bool(found)

        with self._news:
            if not self._news.wait_for(look, patience):
                raise TimeoutError(f"no such text within {patience} s; there are {len(self._texts)} others")
        return found[0]

    def reply(self, sender: str, body: str, to: str = SENDER) -> str:
        """A phone answers: the signed inbound webhook. Returns what the alert service says back (TwiML)."""
        form = inbound(self.account, sender, to, body)
        with httpx.Client(verify=_PLAIN, trust_env=False, timeout=10) as client:
            answer = client.post(self.inbound, data=form, headers=self._signed(self.inbound, form))
        answer.raise_for_status()
        return answer.text

    def _signed(self, url: str, form: Mapping[str, str]) -> dict[str, str]:
        return {"X-Twilio-Signature": RequestValidator(self.token).compute_signature(url, form)}

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        body = await _body(receive)
        if self.faults.slow:
            await asyncio.sleep(self.faults.slow)
        status, answer = self._route(scope, body)
        headers = [(b"content-type", b"application/json"), (b"x-api-version", b"2010-04-01")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _route(self, scope: Mapping[str, Any], body: bytes) -> tuple[int, dict[str, object]]:
        root = f"/2010-04-01/Accounts/{self.account}/Messages"
        path, method = scope["path"], scope["method"]
        if self.faults.refuse:
            return refusal(self.faults.refuse)
        if not self._knows(dict(scope["headers"]).get(b"authorization", b"")):
            return refusal(401)
        if path == root + ".json" and method == "POST":
            return self._create(dict(parse_qsl(body.decode(), keep_blank_values=True)))
        if path == root + ".json" and method == "GET":
            return 200, listing(self.account, scope["query_string"].decode(), self._texts.values())
        sid = path.removeprefix(root + "/").removesuffix(".json")
        if method == "GET" and (text := self._texts.get(sid)):
            return 200, resource(self.account, text)
        return refusal(404)

    def _knows(self, header: bytes) -> bool:
        wanted = base64.b64encode(f"{self.account}:{self.token}".encode())
        return secrets.compare_digest(header, b"Basic " + wanted)

    def _create(self, form: Mapping[str, str]) -> tuple[int, dict[str, object]]:
        if not form.get("To") or not form.get("From") or not form.get("Body"):
            return refusal(400)
        text = Text(
            sid="SM" + secrets.token_hex(16),
            sender=form["From"],
            to=form["To"],
            body=form["Body"],
            callback=form.get("StatusCallback", ""),
            at=time.monotonic(),
            created=datetime.now(UTC),
        )
        self._keep(text)
        self.on_text(text)
        if text.callback and not self.faults.silent:
            report = asyncio.get_running_loop().create_task(self._report(text))
            self._reports.add(report)
            report.add_done_callback(self._reports.discard)
        return 201, resource(self.account, text)

    def _keep(self, text: Text) -> None:
        with self._news:
            self._texts[text.sid] = text
            self._news.notify_all()

    async def _report(self, text: Text) -> None:
        """The way of a text as Twilio tells it; a callback nobody takes is tried once more, then dropped."""
        end: Status = "delivered" if self.faults.deliver else "undelivered"
        stages: tuple[Status, ...] = ("queued", "sent", end)
        async with httpx.AsyncClient(verify=_PLAIN, trust_env=False, timeout=10) as client:
            for status in stages:
                await asyncio.sleep(STEP)
                self._keep(replace(text, status=status))
                form = callback(self.account, text, status)
                for _ in range(2 if self.faults.twice else 1):
                    await self._post(client, text.callback, form)

    async def _post(self, client: httpx.AsyncClient, url: str, form: dict[str, str]) -> None:
        for _ in range(2):
            try:
                answer = await client.post(url, data=form, headers=self._signed(url, form))
            except httpx.HTTPError:
                await asyncio.sleep(0.5)
                continue
            if answer.status_code < 500:
                return


async def _body(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
