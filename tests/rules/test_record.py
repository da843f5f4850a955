"""One line of the journal, the uplink and a recording: what goes in comes out, and nothing else comes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.model import (
    Clear,
    ClockStepped,
    DeviceId,
    Kind,
    Mode,
    ModeSet,
    Origin,
    Raise,
    Reading,
    Severity,
    Tick,
)
from rules.record import BadRecordError, Item, Record, decode, encode

T = datetime(2026, 11, 21, 4, 5, 6, 789012, tzinfo=UTC)
INSTANTS = st.integers(0, 4_000_000_000_000_000).map(
    lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)
NAMES = st.text(min_size=1, max_size=200).filter(lambda t: all(not 0xD800 <= ord(c) <= 0xDFFF for c in t))
FACTS = st.dictionaries(
    st.text(max_size=20), st.text(max_size=20) | st.floats(allow_nan=False, allow_infinity=False)
)
ITEMS = st.one_of(
    st.builds(
        Reading,
        NAMES.map(DeviceId),
        st.sampled_from(Kind),
        st.floats(allow_nan=False, allow_infinity=False),
        INSTANTS,
        st.sampled_from(Origin),
    ),
    st.builds(Raise, NAMES, st.sampled_from(Severity), INSTANTS, FACTS),
    st.builds(Clear, NAMES, INSTANTS),
    st.builds(Tick, INSTANTS),
    st.builds(ModeSet, st.sampled_from(Mode), INSTANTS, st.text(max_size=40)),
    st.builds(ClockStepped, st.timedeltas(-timedelta(days=40_000), timedelta(days=40_000)), INSTANTS),
)


@given(st.integers(1, 2**53), INSTANTS, ITEMS)
def test_what_goes_in_comes_out(seq: int, now: datetime, item: Item) -> None:
    line = encode(seq, now, item)
    assert b"\n" not in line
    assert decode(line) == Record(seq, now, item)


def test_the_line_is_what_the_documentation_shows() -> None:
    reading = Reading(DeviceId("0x01"), Kind.SOS, 1.0, T)
    assert encode(7, T, reading) == (
        b'{"seq":7,"now":"2026-11-21T04:05:06.789012Z","reading":{"device":"0x01","kind":"sos","value":1.0,'
        b'"at":"2026-11-21T04:05:06.789012Z","origin":"event"}}'
    )


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    china = T.astimezone(timezone(timedelta(hours=8)))
    assert decode(encode(1, china, Tick(china))) == Record(1, T, Tick(T))


GOOD = '{"seq":1,"now":"2026-11-21T04:00:00Z","tick":{"at":"2026-11-21T04:00:00Z"}}'


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("", "truncated"),
        ("null", "object"),
        ("[1]", "object"),
        ('{"seq":1,"now":"2026-11-21T04:00:00Z"}', "0 items"),
        (GOOD[:-1] + ',"clear":{"key":"k","at":"2026-11-21T04:00:00Z"}}', "2 items"),
        (GOOD.replace("00:00Z", "00:00"), "timezone"),
        (GOOD.replace('"seq":1', '"seq":0'), ">= 1"),
        (GOOD.replace('"seq":1', '"seq":1e99'), "seq"),
        (GOOD.replace('"seq":1', '"seq":"1"'), "int"),
        (GOOD[:-1] + ',"extra":1}', "extra"),
        (GOOD.replace("tick", "tock"), "tock"),
        (GOOD.replace("2026", "9999"), "no time to live in"),
        (GOOD.replace('tick":{"at":"2026', 'tick":{"at":"0001'), "no time to live in"),
        (GOOD.replace('"tick":{', '"clock":{"by":"P999999D",'), "no clock is set by 999999 days"),
        ('{"seq":1,"now":"2026-11-21T04:00:00Z","clear":{"key":"","at":"2026-11-21T04:00:00Z"}}', "length"),
    ],
)
def test_anything_else_is_refused_with_a_reason(line: str, word: str) -> None:
    with pytest.raises(BadRecordError, match=word):
        decode(line)


READING = (
    '{"seq":1,"now":"2026-11-21T04:00:00Z","reading":{"device":"d","kind":"sos","value":%s,'
    '"at":"2026-11-21T04:00:00Z","origin":"event"}}'
)


@pytest.mark.parametrize("value", ["NaN", "Infinity", '"1"', "true", "null", "1e999"])
def test_a_value_is_a_finite_number(value: str) -> None:
    with pytest.raises(BadRecordError):
        decode(READING % value)


@pytest.mark.parametrize(
    "swap", [('"sos"', '"sauce"'), ('"event"', '"rumour"'), ('"d"', '""'), ('"d"', f'"{"x" * 201}"')]
)
def test_a_reading_speaks_our_words(swap: tuple[str, str]) -> None:
    with pytest.raises(BadRecordError):
        decode((READING % 1).replace(*swap))


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(BadRecordError):
        decode(GOOD.encode().replace(b"tick", b"\xff\xfe"))


def test_a_finding_says_no_more_than_fifty_things() -> None:
    many = Raise("k", Severity.CHECK, T, {str(i): 1.0 for i in range(51)})
    with pytest.raises(BadRecordError, match="50"):
        decode(encode(1, T, many))


@given(st.binary(max_size=200))
def test_noise_never_breaks_it(noise: bytes) -> None:
    with pytest.raises(BadRecordError):
        decode(noise)
