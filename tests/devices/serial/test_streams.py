"""What every serial codec must do with the bytes it is fed: nothing lost, nothing made up, nothing raised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ports import Sample, samples

from devices.families import SerialCodec
from devices.told import Value

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CHECKED = {"r60-radar", "tinyframe-radar", "enocean-esp3"}  # each byte of a frame is under a checksum
SAMPLES = samples()
FIRST = {sample.family: sample for sample in reversed(SAMPLES)}
each_family = pytest.mark.parametrize("sample", FIRST.values(), ids=FIRST.keys())
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: f"{s.family}-{s.data.hex()[:16]}")


def said(codec: SerialCodec, *pieces: bytes) -> list[tuple[str, Value]]:
    return [(told.role, told.value) for piece in pieces for told in codec.feed(piece, NOON)]


@each_sample
def test_a_frame_in_one_piece_and_cut_anywhere(sample: Sample) -> None:
    data, expect = sample.data, list(sample.expect)
    assert said(sample.codec(), data) == expect
    assert said(sample.codec(), *[data[i : i + 1] for i in range(len(data))]) == expect
    for cut in range(1, len(data)):
        assert said(sample.codec(), data[:cut], data[cut:]) == expect


@each_sample
def test_what_was_cut_short_hides_no_frame_after_it(sample: Sample) -> None:
    for length in range(1, len(sample.data)):
        codec = sample.codec()
        told = [*codec.feed(sample.data[:length], NOON)]
        for later in (3, 6, 9):
            told += codec.feed(sample.data, NOON + timedelta(seconds=later))
        assert [(one.role, one.value) for one in told[-len(sample.expect) :]] == list(sample.expect)


@pytest.mark.parametrize(
    "sample", [s for s in SAMPLES if s.family in CHECKED], ids=lambda s: f"{s.family}-{s.data.hex()[:16]}"
)
def test_a_frame_with_one_changed_byte_says_nothing(sample: Sample) -> None:
    for place in range(len(sample.data)):
        for change in (0x01, 0x10, 0xFF):
            bad = bytearray(sample.data)
            bad[place] ^= change
            assert said(sample.codec(), bytes(bad)) == []


@each_family
@given(data=st.binary(max_size=400), cut=st.integers(0, 400))
def test_noise_never_raises(sample: Sample, data: bytes, cut: int) -> None:
    codec = sample.codec()
    codec.feed(data[:cut], NOON)
    codec.feed(data[cut:], NOON)


@pytest.mark.parametrize("family", sorted(CHECKED | {"ld2410", "ld2450"}))
@given(data=st.binary(max_size=400))
def test_noise_tells_nothing(family: str, data: bytes) -> None:
    assert said(FIRST[family].codec(), data) == []
