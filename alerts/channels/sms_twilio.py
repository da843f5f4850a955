"""SMS by Twilio: sends in a thread, tells permanent refusals from passing ones, checks webhook signatures.

Twilio knows no idempotency key. A try that was cut short is sought in Twilio's list of messages by the token
of its link before it is tried again; only where there is no list is the text sent twice, under the same id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from alerts.channels.port import Notice, Receipt, RejectedError
from alerts.conf import SmsTwilio, conf, token

HOME = "https://api.twilio.com"
# Refusals of the message, not of us: 4xx but those of the account (401, 403, 404), of time and of traffic.
_PASSING = frozenset({401, 403, 404, 408, 409, 425, 429})
_THREADS = 10  # as many connections as its client keeps
_LOOK = 100  # messages to one number; the try that is sought is seconds old
_FAILED = frozenset({"failed", "undelivered", "canceled"})


class _To(TwilioHttpClient):  # type: ignore[misc]  # the package has no types
    """Twilio's own client, pointed at another address."""

    def __init__(self, api: str, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._api = api

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        return super().request(method, self._api + url.removeprefix(HOME), *args, **kwargs)


@dataclass(frozen=True, slots=True)
class Twilio:
    """One account and its sending number."""

    client: Client = field(repr=False)
    sender: str
    callback: str  # where Twilio reports how each message fares
    name: str = "sms_twilio"
    # Threads of its own: those of asyncio also look up the broker's address, and must not wait for Twilio.
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_THREADS), repr=False)

    async def send(self, notice: Notice) -> Receipt:
        """Hand it to Twilio. Raises RejectedError for a number or text that Twilio will never take."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, self._send, notice)

    async def seek(self, notice: Notice) -> Receipt | None:
        """What Twilio has of an earlier try."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, self._seek, notice)

    def _send(self, notice: Notice) -> Receipt:
        try:
            sent = self.client.messages.create(
                to=notice.address, from_=self.sender, body=notice.text, status_callback=self.callback
            )
        except TwilioRestException as error:
            if 400 <= error.status < 500 and error.status not in _PASSING:
                raise RejectedError(f"Twilio {error.code}: {error.msg}") from error
            raise
        if not sent.sid:
            raise TwilioException(f"the answer to notice {notice.id} names no message")
        return Receipt(sent.sid)

    def _seek(self, notice: Notice) -> Receipt | None:
        try:  # newest first; not filtered by date, because what is queued there has none yet
            found = self.client.messages.list(to=notice.address, limit=_LOOK)
        except TwilioException as error:
            if _status(error) == 404:
                return None
            raise
        mine = [m for m in found if _same(m, notice)]
        return Receipt(mine[0].sid or "") if mine else None


def _status(error: TwilioException) -> int | None:
    """The HTTP status, where Twilio's client tells it: it hides that of a list among the arguments."""
    return next((code for arg in error.args if (code := getattr(arg, "status_code", None))), None)


def _same(message: Any, notice: Notice) -> bool:
    if message.status in _FAILED:
        return False
    return notice.token in message.body if notice.token else message.body == notice.text


def make(part: SmsTwilio, base_url: str) -> Twilio:
    """The channel of these settings. Raises ConfError if the token cannot be read."""
    http = _To(part.api, part.timeout.total_seconds())
    client = Client(part.account, token(part), http_client=http)
    return Twilio(client, part.sender, base_url + "/hooks/twilio/status")


def verify(url: str, form: Mapping[str, str], signature: str) -> bool:
    """Twilio signed this webhook. `url` is as Twilio was given it, or its path below base_url."""
    part = conf().channels.sms_twilio
    if part is None:
        return False
    url = conf().service.base_url + url if url.startswith("/") else url
    valid: bool = RequestValidator(token(part)).validate(url, dict(form), signature)
    return valid
