"""What every channel promises, held against a provider that is slow, wrong, angry or gone."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.request_validator import RequestValidator

from alerts.channels import sms_twilio
from alerts.channels.log import Log
from alerts.channels.port import Channel, Notice, Receipt, RejectedError
from alerts.conf import SmsTwilio

ACCOUNT = "AC" + "0" * 32
TEXT = "【守望】3幢402王秀英按SOS求助 12:01，回1 4821 https://sw.example.cn/w/abcdefghijkl"
NOTICE = Notice(
    UUID(int=7),
    UUID(int=1),
    "worker:1",
    "sms",
    "+8613800000001",
    TEXT,
    "abcdefghijkl",
    datetime(2026, 11, 21, 4, 1, tzinfo=UTC),
)


@dataclass
class Provider:
    """A stand-in for Twilio that answers each request by script, and remembers what it was sent."""

    script: list[str] = field(default_factory=list)
    posted: list[dict[str, str]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    held: list[dict[str, object]] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    api: str = ""

    def mood(self) -> str:
        """How it answers this time."""
        return self.script.pop(0) if self.script else "fine"


ANSWERS: dict[str, tuple[int, object]] = {
    "busy": (429, {"code": 20429, "message": "Too Many Requests", "status": 429}),
    "broken": (500, {"code": 20500, "message": "Internal Server Error", "status": 500}),
    "locked": (401, {"code": 20003, "message": "Authenticate", "status": 401}),
    "gone": (404, {"code": 20404, "message": "not found", "status": 404}),
    "invalid": (400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}),
    "stopped": (400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}),
    "html": (502, "<html>Bad Gateway</html>"),
    "nonsense": (201, "[]]"),
    "nameless": (201, {"status": "queued"}),
}


class _Desk(BaseHTTPRequestHandler):
    """One request to the stand-in."""

    provider: Provider

    def do_POST(self) -> None:
        """Messages.create."""
        length = int(self.headers["Content-Length"])
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
        self.provider.posted.append(form)
        sid = f"SM{len(self.provider.posted):032x}"
        self._answer({"sid": sid, "status": "queued", "body": form["Body"], "to": form["To"]}, 201)

    def do_GET(self) -> None:
        """Messages.list."""
        query = urlsplit(self.path).query
        self.provider.asked.append({k: v[0] for k, v in parse_qs(query).items()})
        page = {"messages": self.provider.held, "page": 0, "page_size": 50, "next_page_uri": None}
        self._answer(page, 200)

    def _answer(self, content: object, status: int) -> None:
        mood = self.provider.mood()
        if mood == "silent":
            self.close_connection = True
            return
        if mood == "slow":
            self.provider.hold.wait(5)
        status, content = ANSWERS.get(mood, (status, content))
        body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the standard library's own name
        """Nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    """It serves on loopback."""
    one = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Desk", (_Desk,), {"provider": one}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    one.api = f"http://127.0.0.1:{server.server_port}"
    yield one
    one.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def twilio(provider: Provider) -> Iterator[sms_twilio.Twilio]:
    """The channel, pointed at the stand-in."""
    part = SmsTwilio(ACCOUNT, "+15005550006", "token", api=provider.api, timeout=timedelta(milliseconds=300))
    channel = sms_twilio.make(part, "https://sw.example.cn")
    yield channel
    channel.client.http_client.session.close()


@pytest.fixture(params=["log", "sms_twilio"])
def channel(request: pytest.FixtureRequest, tmp_path: Path) -> Channel:
    """Each channel in turn."""
    if request.param == "log":
        return Log(tmp_path / "sent.jsonl")
    made: Channel = request.getfixturevalue("twilio")
    return made


def send(channel: Channel) -> Receipt:
    """One try."""
    return asyncio.run(channel.send(NOTICE))


def test_a_receipt_names_what_was_taken_over(channel: Channel) -> None:
    assert send(channel).id


def test_a_channel_has_the_name_that_notices_use(channel: Channel) -> None:
    assert channel.name in ("log", "sms_twilio")


def test_nothing_is_found_of_what_was_never_sent(channel: Channel) -> None:
    assert asyncio.run(channel.seek(NOTICE)) is None


def test_the_log_finds_what_it_has_written(tmp_path: Path) -> None:
    log = Log(tmp_path / "sent.jsonl")
    receipt = send(log)
    assert asyncio.run(log.seek(NOTICE)) == receipt
    line = json.loads((tmp_path / "sent.jsonl").read_text())
    assert (line["to"], line["text"]) == (NOTICE.address, TEXT)


def test_twilio_is_told_number_text_and_where_to_report(provider: Provider, twilio: Channel) -> None:
    send(twilio)
    assert provider.posted == [
        {
            "To": NOTICE.address,
            "From": "+15005550006",
            "Body": TEXT,
            "StatusCallback": "https://sw.example.cn/hooks/twilio/status",
        }
    ]


@pytest.mark.parametrize("mood", ["invalid", "stopped"])
def test_what_twilio_will_never_take_is_rejected(provider: Provider, twilio: Channel, mood: str) -> None:
    provider.script = [mood]
    with pytest.raises(RejectedError, match="Twilio 21"):
        send(twilio)


@pytest.mark.parametrize(
    "mood", ["busy", "broken", "locked", "gone", "html", "nonsense", "nameless", "silent", "slow"]
)
def test_what_passes_is_no_rejection(provider: Provider, twilio: Channel, mood: str) -> None:
    provider.script = [mood]
    with pytest.raises((TwilioException, TwilioRestException, RequestException, ValueError)):
        send(twilio)
    provider.hold.set()
    provider.script = []
    assert send(twilio).id


def test_a_provider_that_is_gone_is_no_rejection() -> None:
    part = SmsTwilio(ACCOUNT, "+15005550006", "token", api="http://127.0.0.1:9", timeout=timedelta(seconds=1))
    channel = sms_twilio.make(part, "https://sw.example.cn")
    with pytest.raises(RequestException):
        send(channel)
    channel.client.http_client.session.close()


def _held(body: str, status: str = "delivered") -> dict[str, object]:
    return {"sid": "SMearlier", "body": body, "status": status, "to": NOTICE.address}


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ([_held(TEXT)], Receipt("SMearlier")),
        ([_held(TEXT, "failed")], None),
        ([_held(TEXT.replace("abcdefghijkl", "lkjihgfedcba"))], None),
        ([], None),
    ],
)
def test_a_try_that_was_cut_short_is_found_by_its_link(
    provider: Provider, twilio: Channel, held: list[dict[str, object]], found: Receipt | None
) -> None:
    provider.held = held
    assert asyncio.run(twilio.seek(NOTICE)) == found
    assert provider.asked[0]["To"] == NOTICE.address


def test_a_provider_without_a_list_knows_of_nothing(provider: Provider, twilio: Channel) -> None:
    provider.script = ["gone"]
    assert asyncio.run(twilio.seek(NOTICE)) is None
    provider.script = ["broken"]
    with pytest.raises(TwilioException):
        asyncio.run(twilio.seek(NOTICE))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda url, form, mac: (url, form, mac + "x"),
        lambda url, form, mac: (url, form, ""),
        lambda url, form, mac: (url + "?a=1", form, mac),
        lambda url, form, mac: (url, form | {"Body": "1 4821"}, mac),
    ],
)
def test_only_what_twilio_signed_is_believed(
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[str, dict[str, str], str], tuple[str, dict[str, str], str]],
) -> None:
    from alerts.conf import Channels, Conf

    conf = Conf(channels=Channels(sms_twilio=SmsTwilio(ACCOUNT, "+15005550006", "token")))
    monkeypatch.setattr(sms_twilio, "conf", lambda: conf)
    path, form = "/hooks/twilio/inbound", {"From": "+8613800000001", "Body": "2 4821"}
    mac = RequestValidator("token").compute_signature(conf.service.base_url + path, form)
    assert sms_twilio.verify(path, form, mac)
    assert sms_twilio.verify(conf.service.base_url + path, form, mac)
    assert not sms_twilio.verify(*spoil(path, form, mac))
