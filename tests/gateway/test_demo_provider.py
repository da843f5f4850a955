"""The Twilio stand-in speaks as Twilio does, to Twilio's own client and through Twilio's own signature."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from gateway.demo.provider import Faults, Provider
from gateway.demo.sms import SENDER, segments


@dataclass
class Hooks:
    """A webhook server that checks nothing and keeps everything."""

    heard: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    url: str = ""

    def of(self, path: str) -> list[dict[str, str]]:
        return [form for at, form, _ in self.heard if at == path]


class To(TwilioHttpClient):
    """Twilio's own client, pointed at the stand-in."""

    def __init__(self, api: str) -> None:
        super().__init__()
        self.api = api

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        return super().request(method, url.replace("https://api.twilio.com", self.api), *args, **kwargs)


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    kept = Hooks()

    class Door(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = dict(parse_qsl(body, keep_blank_values=True))
            kept.heard.append((self.path, form, self.headers["X-Twilio-Signature"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<Response/>")

        def log_message(self, *about: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    kept.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def provider(hooks: Hooks) -> Iterator[Provider]:
    with Provider(inbound=hooks.url + "/inbound") as running:
        yield running


def send(provider: Provider, hooks: Hooks, token: str = "", **form: str) -> httpx.Response:
    url = f"{provider.api}/2010-04-01/Accounts/{provider.account}/Messages.json"
    whole = {
        "To": "+8613800000001",
        "From": SENDER,
        "Body": "【守望】",
        "StatusCallback": hooks.url + "/status",
    } | form
    return httpx.post(url, data=whole, auth=(provider.account, token or provider.token))


def until(true: object, patience: float = 5.0) -> None:
    deadline = time.monotonic() + patience
    assert callable(true)
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def statuses(hooks: Hooks) -> list[str]:
    return [form["MessageStatus"] for form in hooks.of("/status")]


def test_a_text_is_taken_and_reported(provider: Provider, hooks: Hooks) -> None:
    answer = send(provider, hooks)
    assert answer.status_code == 201
    assert answer.json()["status"] == "queued"
    until(lambda: statuses(hooks) == ["queued", "sent", "delivered"])
    text = provider.wait(lambda t: t.sid == answer.json()["sid"])
    assert (text.to, text.body, text.status) == ("+8613800000001", "【守望】", "delivered")


def test_callbacks_and_replies_carry_twilios_signature(provider: Provider, hooks: Hooks) -> None:
    send(provider, hooks)
    until(lambda: len(hooks.heard) == 3)
    assert provider.reply("+8613800000001", "1 4821") == "<Response/>"
    judge = RequestValidator(provider.token)
    for path, form, signature in hooks.heard:
        assert judge.validate(hooks.url + path, form, signature)
    assert hooks.of("/inbound")[0]["Body"] == "1 4821"


def test_bad_requests_are_refused_as_twilio_does(provider: Provider, hooks: Hooks) -> None:
    assert send(provider, hooks, token="wrong").json()["code"] == 20003
    assert send(provider, hooks, To="").status_code == 400
    assert httpx.get(provider.api + "/elsewhere", auth=(provider.account, provider.token)).status_code == 404


@pytest.mark.parametrize("status", [429, 500])
def test_fault_refuse(provider: Provider, hooks: Hooks, status: int) -> None:
    provider.faults = Faults(refuse=status)
    assert send(provider, hooks).status_code == status
    assert provider.texts == ()
    provider.faults = Faults()
    assert send(provider, hooks).status_code == 201


def test_fault_slow(provider: Provider, hooks: Hooks) -> None:
    provider.faults = Faults(slow=0.3)
    began = time.monotonic()
    send(provider, hooks)
    assert time.monotonic() - began >= 0.3


def test_fault_undelivered_twice_silent(provider: Provider, hooks: Hooks) -> None:
    provider.faults = replace(provider.faults, deliver=False, twice=True)
    send(provider, hooks)
    until(lambda: len(hooks.heard) == 6)
    assert statuses(hooks)[-2:] == ["undelivered", "undelivered"]
    assert hooks.of("/status")[-1]["ErrorCode"] == "30003"
    provider.faults = Faults(silent=True)
    send(provider, hooks)
    provider.reply("+8613800000001", "2")
    assert len(hooks.of("/status")) == 6


def test_one_text_is_read_back(provider: Provider, hooks: Hooks) -> None:
    sent = send(provider, hooks).json()
    read = httpx.get(provider.api + sent["uri"], auth=(provider.account, provider.token)).json()
    assert read["sid"] == sent["sid"]


def test_texts_are_listed_by_phone(provider: Provider, hooks: Hooks) -> None:
    sent = [send(provider, hooks, To=to).json()["sid"] for to in ("+8613800000001", "+8613800000002")]
    client = Client(provider.account, provider.token, http_client=To(provider.api))
    assert [m.sid for m in client.messages.list(to="+8613800000002", limit=200)] == sent[1:]
    assert {m.sid for m in client.messages.list(limit=200)} == set(sent)


@pytest.mark.parametrize(
    ("body", "parts"),
    [("守" * 70, 1), ("守" * 71, 2), ("守" * 134, 2), ("守" * 135, 3), ("a" * 160, 1), ("a" * 161, 2)],
)
def test_segments(body: str, parts: int) -> None:
    assert segments(body) == parts
