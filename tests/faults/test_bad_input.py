"""What nobody honest sends, by the real broker: refused with its reason, and the next alarm comes through."""

from __future__ import annotations

import json
import queue
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest
from crowd import WORKER
from town import Town, button
from verdict import within

from rules import wire
from rules.model import Raise, Severity
from rules.record import encode
from rules.wire import Ack, Head, Lane

pytestmark = pytest.mark.slow
BUTTONS = 3  # a home
IN_TIME = 1.0  # seconds from the next press to the SMS
ALARM, TELEMETRY = (wire.up_topic("h-0", lane) for lane in (Lane.ALARM, Lane.TELEMETRY))
Lines: TypeAlias = list[bytes]


@dataclass(frozen=True)
class Forger:
    """Makes batches as a gateway would, with one thing wrong. The journal's name tells them apart."""

    here: Town
    journal: str

    def batch(self, topic: str, lines: Lines, gateway: str = "gw", count: int | None = None) -> bytes:
        key = bytes.fromhex(self.here.key if gateway == "gw" else self.here.neighbour)
        head = Head(gateway, self.journal, datetime.now(UTC), len(lines) if count is None else count)
        return wire.batch(key, topic, head, lines)

    def raw(self, head: bytes) -> bytes:
        return wire.seal(bytes.fromhex(self.here.key), ALARM, head)


def finding(seq: int, key: str, ahead: timedelta = timedelta()) -> bytes:
    at = datetime.now(UTC) + ahead
    return encode(seq, at, Raise(key, Severity.EMERGENCY, at, {"presses": 1.0, "room": "卧室"}))


def reading(value: str = "1.0", at: str = "2026-01-01T00:00:00Z") -> bytes:
    return (
        b'{"seq":1,"now":"2026-01-01T00:00:00Z","reading":{"device":"%s","kind":"motion","value":%s,'
        b'"at":"%s","origin":"event"}}'
    ) % (button(0).ieee.encode(), value.encode(), at.encode())


def turned(payload: bytes) -> bytes:
    """The same with one bit of its seal the other way."""
    return bytes([payload[0] ^ 1]) + payload[1:]


DEEP = b"[" * 200_000
REFUSED: dict[str, tuple[str, Callable[[Forger], bytes], str]] = {
    "nothing": (ALARM, lambda f: b"", "garbage"),
    "no JSON": (ALARM, lambda f: b'{"gateway": "gw", ', "garbage"),
    "no text": (ALARM, lambda f: bytes(range(256)) * 4, "garbage"),
    "a deep head": (ALARM, lambda f: b"0" * 64 + b' {"gateway":' + DEEP, "garbage"),
    "a deep sealed head": (ALARM, lambda f: f.raw(b'{"gateway":"gw","journal":' + DEEP), "garbage"),
    "a megabyte": (ALARM, lambda f: f.batch(ALARM, [finding(1, "sos:m")]) + b" " * (1 << 20), "oversize"),
    "five megabytes": (ALARM, lambda f: b"x" * (5 << 20), "oversize"),
    "a forged seal": (ALARM, lambda f: turned(f.batch(ALARM, [finding(1, "sos:f")])), "forged"),
    "another lane's": (ALARM, lambda f: f.batch(TELEMETRY, [finding(1, "sos:l")]), "forged"),
    "another home's": (
        ALARM,
        lambda f: f.batch(ALARM.replace("0", "1"), [finding(1, "x")]),
        "forged",
    ),
    "another gateway's": (
        ALARM,
        lambda f: f.batch(ALARM, [finding(1, "g")], "neighbour"),
        "foreign home",
    ),
    "no gateway's": (ALARM, lambda f: f.batch(ALARM, [finding(1, "x")], "nobody"), "unknown gateway"),
    "a record too few": (ALARM, lambda f: f.batch(ALARM, [finding(1, "sos:c")], count=2), "garbage"),
    "disordered": (ALARM, lambda f: f.batch(ALARM, [finding(2, "sos:d"), finding(1, "sos:e")]), "garbage"),
    "NaN": (TELEMETRY, lambda f: f.batch(TELEMETRY, [reading("NaN")]), "garbage"),
    "null": (TELEMETRY, lambda f: f.batch(TELEMETRY, [reading("null")]), "garbage"),
    "a string": (TELEMETRY, lambda f: f.batch(TELEMETRY, [reading('"1.0"')]), "garbage"),
    "infinite": (TELEMETRY, lambda f: f.batch(TELEMETRY, [reading("1e999")]), "garbage"),
    "a naive time": (TELEMETRY, lambda f: f.batch(TELEMETRY, [reading(at="2026-01-01T00:00:00")]), "garbage"),
    "a deep record": (ALARM, lambda f: f.batch(ALARM, [b'{"seq":1,"now":' + DEEP]), "garbage"),
}


@dataclass
class Spare:
    """Which button is pressed next (the first home is left to the forger), and how long each press took."""

    next: int = BUTTONS
    took: list[float] = field(default_factory=list)


@pytest.fixture(scope="module")
def spare(here: Town) -> Spare:
    return Spare()


def next_press(here: Town, spare: Spare) -> None:
    """The next good alarm is on a phone. How soon is judged at the end, over all of them."""
    home, n = divmod(spare.next, BUTTONS)
    spare.next += 1
    began = here.press(home, n)
    text = here.summons(home, began, WORKER, 10 * IN_TIME)
    spare.took.append(text.at - began)
    here.reply(WORKER, "52", text)


def acks(inbox: queue.Queue[Any], here: Town, journal: str) -> list[int]:
    """How far the centre says it has this journal, as often as it said so until now."""
    words = [here.word(0, message) for message in list(inbox.queue)]
    return [word.seq for word in words if isinstance(word, Ack) and word.journal == journal]


def logged(here: Town, program: str, words: str) -> bool:
    return words in (here.folder / f"{program}.log").read_text("utf-8", errors="replace")


def send(here: Town, topic: str, payload: bytes) -> None:
    """Publish, and return when the broker has it."""
    here.hand.publish(topic, payload, qos=1).wait_for_publish(10)


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_batch_is_refused_and_the_next_alarm_comes_through(here: Town, spare: Spare, name: str) -> None:
    topic, make, reason = REFUSED[name]
    forger = Forger(here, f"bad {name}")
    with here.hearing(wire.down_topic("h-0")) as inbox:
        send(here, topic, make(forger))
        next_press(here, spare)
        assert within(5, lambda: logged(here, "alerts", f"refused: {reason} ("))
        assert not acks(inbox, here, forger.journal)
    assert not {case.key for case in here.ledger.cases()} & {f"sos:{x}" for x in "mflgcde"}


def test_a_batch_that_comes_again_or_too_late_is_taken_once(here: Town) -> None:
    forger = Forger(here, "again")
    one, two, three = (forger.batch(ALARM, [finding(n, f"sos:again-{n}")]) for n in (1, 2, 3))
    with here.hearing(wire.down_topic("h-0")) as inbox:
        for payload in (one, one, three, two, one, three):
            send(here, ALARM, payload)
        assert within(5, lambda: len(acks(inbox, here, "again")) == 6)
        assert acks(inbox, here, "again") == [1, 1, 3, 3, 3, 3]
    cases = [case for case in here.ledger.cases() if case.key.startswith("sos:again")]
    assert [case.key for case in cases] == ["sos:again-1", "sos:again-3"]
    assert not any(case.lines("worsened") for case in cases)


def test_times_of_the_future_change_nothing_that_was(here: Town, spare: Spare) -> None:
    forger = Forger(here, "future")
    before = here.ledger.samples()
    with here.hearing(wire.down_topic("h-0")) as inbox:
        send(here, TELEMETRY, forger.batch(TELEMETRY, [reading(at="2199-12-31T00:00:00Z")]))
        send(here, ALARM, forger.batch(ALARM, [finding(1, "sos:future", timedelta(days=400))]))
        assert within(5, lambda: len(acks(inbox, here, "future")) == 2)
    with closing(sqlite3.connect(here.ledger.database)) as db:
        latest = datetime.fromisoformat(db.execute("SELECT max(at) FROM timeline_sample").fetchone()[0])
    assert latest.replace(tzinfo=UTC) <= datetime.now(UTC)
    case = next(case for case in here.ledger.cases() if case.key == "sos:future")
    assert case.raised_at <= case.opened_at <= datetime.now(UTC)
    assert here.ledger.samples() >= before
    assert within(5, lambda: logged(here, "alerts", "ignored: future reading"))
    assert within(5, lambda: logged(here, "alerts", "ignored: future finding"))
    next_press(here, spare)


NOISE = {
    "no JSON": b'{"action": "emerg',
    "no object": b"[1, 2, 3]",
    "a megabyte": b'{"action": "emergency", "x": "' + b"y" * (1 << 20) + b'"}',
    "deep": b'{"action":' + b"[" * 60_000,
    "NaN": b'{"action": null, "battery": NaN}',
    "a string for a number": b'{"action": null, "battery": "full", "voltage": "3,0 V"}',
    "a number for a string": b'{"action": 7, "battery": 100}',
    "huge numbers": b'{"battery": 1e308, "voltage": -1e308, "linkquality": 123456789012345678901234567890}',
    "no text": bytes(range(256)),
    "an object for a number": b'{"battery": {"value": [1, {}]}, "linkquality": []}',
}


@pytest.mark.parametrize("name", NOISE)
def test_noise_on_a_buttons_topic_raises_nothing_and_the_next_press_comes_through(
    here: Town, spare: Spare, name: str
) -> None:
    send(here, f"zigbee2mqtt/{button(0).name}", NOISE[name])
    send(here, "zigbee2mqtt/a stranger's".replace(" ", "-"), NOISE[name])
    next_press(here, spare)
    assert not [case for case in here.ledger.cases() if case.key == f"sos:{button(0).ieee}"]


def test_noise_is_counted_in_the_gateways_log(here: Town) -> None:
    assert within(15, lambda: logged(here, "gateway", "zigbee: refused "))


def test_a_press_with_a_clock_of_the_future_is_a_press_of_now(here: Town) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    began = time.monotonic()
    topic = f"zigbee2mqtt/{button(0, 1).name}"
    send(here, topic, json.dumps({"action": "emergency", "last_seen": ahead}).encode())
    text = here.summons(0, began, WORKER)
    assert here.case(0, 1).raised_at <= datetime.now(UTC)
    here.reply(WORKER, "52", text)


def test_a_forged_word_to_a_home_is_refused_by_its_gateway(here: Town, spare: Spare) -> None:
    for payload in (b"", b"[" * 10_000, wire.say(b"no key of ours", "h-2", Ack(Lane.ALARM, "x", 2**50))):
        send(here, wire.down_topic("h-2"), payload)
    deep = wire.seal(bytes.fromhex(here.key), wire.down_topic("h-2"), b'{"type":"word","at":' + b"[" * 10_000)
    send(here, wire.down_topic("h-2"), deep)
    next_press(here, spare)
    assert within(5, lambda: logged(here, "gateway", "a message of the centre refused"))
    assert not logged(here, "gateway", "RecursionError")


def test_after_all_that_a_press_was_on_a_phone_within_a_second(spare: Spare, record_property: Any) -> None:
    took = sorted(spare.took)
    said = f"{len(took)} presses: median {took[len(took) // 2]:.2f} s, most {took[-1]:.2f} s"
    record_property("after_bad_input", said)
    print(f"\n{said}")
    assert took[-1] <= IN_TIME
