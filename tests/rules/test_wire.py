"""Sealed messages: nothing passes that was changed, cut, moved to another home or sealed otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.model import Clear, DeviceId, Kind, Raise, Reading, Severity
from rules.record import BadRecordError, Record, encode
from rules.wire import (
    Ack,
    Down,
    ForgedError,
    Head,
    Lane,
    Told,
    Word,
    batch,
    digest,
    down_topic,
    hear,
    say,
    seal,
    sender,
    unbatch,
    unseal,
    up_topic,
)

T = datetime(2026, 11, 21, 4, tzinfo=UTC)
KEY, OTHER = bytes(range(32)), bytes(32)
TOPIC = up_topic("h-0402", Lane.ALARM)
ITEMS = (
    Reading(DeviceId("button"), Kind.SOS, 1.0, T),
    Raise("sos:button", Severity.EMERGENCY, T, {"room": "卧室", "presses": 1.0}),
    Clear("sos:button", T),
)
LINES = [encode(seq, T, item) for seq, item in enumerate(ITEMS, 5)]


def head(count: int = 3) -> Head:
    return Head("gw-0017", "j-1", T, count)


def test_topics_are_those_of_the_contract() -> None:
    assert TOPIC == "shouwang/1/h-0402/up/alarm"
    assert down_topic("h-0402") == "shouwang/1/h-0402/down"


def test_a_batch_arrives_as_it_was_sent() -> None:
    payload = batch(KEY, TOPIC, head(), LINES)
    assert sender(payload) == head()
    records = tuple(Record(seq, T, item) for seq, item in enumerate(ITEMS, 5))
    assert unbatch(KEY, TOPIC, payload) == (head(), records)


def test_an_empty_batch_is_a_heartbeat() -> None:
    assert unbatch(KEY, TOPIC, batch(KEY, TOPIC, head(0), ())) == (head(0), ())


@pytest.mark.parametrize(
    ("key", "topic"),
    [(OTHER, TOPIC), (KEY, up_topic("h-0403", Lane.ALARM)), (KEY, up_topic("h-0402", Lane.TELEMETRY))],
)
def test_a_batch_of_another_key_home_or_lane_is_forged(key: bytes, topic: str) -> None:
    with pytest.raises(ForgedError):
        unbatch(key, topic, batch(KEY, TOPIC, head(), LINES))


@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    payload = bytearray(batch(KEY, TOPIC, head(), LINES))
    place = data.draw(st.integers(0, len(payload) - 1).filter(lambda i: i != 64))  # the space is not content
    payload[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ForgedError):
        unbatch(KEY, TOPIC, bytes(payload))


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(ForgedError):
        unbatch(KEY, TOPIC, noise)
    with pytest.raises(BadRecordError):
        sender(noise)
    with pytest.raises(ForgedError):
        hear(KEY, "h-0402", noise)


def sealed(*lines: bytes) -> bytes:
    return seal(KEY, TOPIC, b"\n".join(lines))


HEAD = b'{"gateway":"gw-0017","journal":"j-1","sent":"2026-11-21T04:00:00Z","count":%d}'


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ((b"",), "head"),
        ((HEAD.replace(b"%d", b"1"),), "announces 1 records, 0"),
        ((HEAD % 0, LINES[0]), "announces 0 records, 1"),
        ((HEAD % 1, b"{}"), "missing"),
        ((HEAD % 2, LINES[1], LINES[0]), "order"),
        ((HEAD % 2, LINES[0], LINES[0]), "order"),
        ((HEAD.replace(b"%d", b"-1"),), "head"),
        (((HEAD % 0).replace(b"00Z", b"00"),), "head"),
        (((HEAD % 0).replace(b"gw-0017", b""),), "head"),
        (((HEAD % 0).replace(b'"count"', b'"more":1,"count"'),), "head"),
    ],
)
def test_never_half_a_batch(lines: tuple[bytes, ...], word: str) -> None:
    with pytest.raises(BadRecordError, match=word):
        unbatch(KEY, TOPIC, sealed(*lines))


@pytest.mark.parametrize(
    "down", [Ack(Lane.ALARM, "j-1", 7), Word(T), Word(T, (Told("sos:button", "taken", "王医生在路上"),))]
)
def test_the_home_hears_what_the_centre_says(down: Down) -> None:
    payload = say(KEY, "h-0402", down)
    assert hear(KEY, "h-0402", payload) == down
    for key, home in ((OTHER, "h-0402"), (KEY, "h-0403")):
        with pytest.raises(ForgedError):
            hear(key, home, payload)


def test_a_batch_cannot_be_played_back_as_a_word() -> None:
    with pytest.raises(ForgedError):
        hear(KEY, "h-0402", batch(KEY, TOPIC, head(0), ()))


def test_what_is_sealed_but_no_word_is_refused() -> None:
    with pytest.raises(BadRecordError):
        hear(KEY, "h-0402", seal(KEY, down_topic("h-0402"), b'{"type":"shout"}'))


def test_a_digest_names_what_is_said_whenever_it_is_said() -> None:
    told = Told("sos:button", "open")
    assert digest(Word(T, (told,))) == digest(Word(T + timedelta(days=1), (told,)))
    assert digest(Word(T, (told,))) != digest(Word(T, (Told("sos:button", "taken"),)))
    assert digest(Word(T)) != digest(Word(T, (told,)))


def test_sealing_is_undone_by_unsealing() -> None:
    assert unseal(KEY, "scope", seal(KEY, "scope", b"a b\nc")) == b"a b\nc"
