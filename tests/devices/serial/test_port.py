"""Every serial family over a pty, source and codec together: noise, cut frames, a port pulled out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from ports import Adapter, Heard, Sample, now, samples, until

from devices.codecs.r60_radar import FIRMWARE, SLEEP_MODE, R60Radar, frame
from devices.families import FAMILIES
from devices.sources.serial import Line, Poll, SerialSource
from devices.told_readings import Enrolled, ToldReader
from rules.model import DeviceId, Kind, Reading

SAMPLES = samples()
FIRST = {sample.family: sample for sample in reversed(SAMPLES)}
DIALOGUES = {"at-modem", "modbus-rtu"}  # nothing is said that was not asked: test_dialogues.py
NOISE = b"\x00\xfe\x7f\x00\x13~#\r\n"
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: f"{s.family}-{s.data.hex()[:16]}")
each_family = pytest.mark.parametrize("sample", FIRST.values(), ids=FIRST.keys())


def nothing(messages: Sequence[Sequence[Reading]]) -> None:
    """Where no readings are expected."""


def radar() -> Heard:
    return Heard(R60Radar())


def over(adapter: Adapter, heard: Heard, work: Callable[[], Awaitable[None]]) -> None:
    """Run the source as `supervise` does, started again when it breaks, while `work` is done."""

    async def live() -> None:
        poll = Poll(heard.ask, getattr(heard.codec, "every", None))
        source = SerialSource("radar", Line(adapter.path, 115_200), heard, now, poll, 0.01)
        while True:
            try:
                await source.run(nothing)
            except OSError:
                heard.breaks += 1

    async def both() -> None:
        task = asyncio.create_task(live())
        try:
            if adapter.path.exists():
                await until(lambda: heard.opens)
            await work()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(both())


def test_every_serial_family_has_a_sample() -> None:
    serial = {family.name for family in FAMILIES.values() if family.transport == "serial" and family.built}
    assert serial - set(FIRST) <= DIALOGUES


@each_sample
def test_noise_before_and_after(sample: Sample, adapter: Adapter) -> None:
    heard = Heard(sample.codec())

    async def work() -> None:
        adapter.write(NOISE + sample.data + NOISE)
        await until(lambda: heard.said == list(sample.expect))

    over(adapter, heard, work)


@each_family
def test_a_frame_cut_at_every_byte(sample: Sample, adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.sources.serial.GATHER", 0.0)

    async def work() -> None:
        for cut in range(1, len(sample.data)):
            heard.codec, heard.said, heard.bytes = sample.codec(), [], 0
            adapter.write(sample.data[:cut])
            await until(lambda: heard.bytes == cut)  # noqa: B023
            adapter.write(sample.data[cut:])
            await until(lambda: heard.bytes == len(sample.data))
            assert heard.said == list(sample.expect)

    heard = Heard(sample.codec())
    over(adapter, heard, work)


@each_family
def test_two_frames_in_one_read(sample: Sample, adapter: Adapter) -> None:
    heard = Heard(sample.codec())

    async def work() -> None:
        adapter.write(sample.data + sample.data)
        await until(lambda: heard.bytes == 2 * len(sample.data))

    over(adapter, heard, work)
    alone = sample.codec()
    twice = [*alone.feed(sample.data, now()), *alone.feed(sample.data, now())]
    assert heard.said == [(told.role, told.value) for told in twice]


@each_family
def test_a_port_that_is_pulled_out_in_a_frame_and_put_back(sample: Sample, adapter: Adapter) -> None:
    heard = Heard(sample.codec())
    half = len(sample.data) // 2

    async def work() -> None:
        adapter.write(sample.data[:half])
        await until(lambda: heard.bytes == half)
        adapter.pull()
        await until(lambda: heard.breaks == 1)
        opens = heard.opens
        adapter.plug()
        await until(lambda: heard.opens > opens)
        adapter.write(NOISE + sample.data)
        await until(lambda: heard.said[-len(sample.expect) :] == list(sample.expect))

    over(adapter, heard, work)


def test_the_port_may_come_later_than_the_gateway(adapter: Adapter) -> None:
    heard = radar()
    adapter.pull()

    async def work() -> None:
        await asyncio.sleep(0.05)
        adapter.plug()
        await until(lambda: heard.opens)
        adapter.write(FIRST["r60-radar"].data)
        await until(lambda: heard.said)

    over(adapter, heard, work)
    assert heard.breaks == 0


def test_what_a_codec_asks_is_sent(adapter: Adapter) -> None:
    heard = radar()
    heard.codec.every = timedelta(seconds=0.02)  # type: ignore[attr-defined]
    sent = bytearray()

    def asked() -> int:
        sent.extend(adapter.read())
        return sent.count(SLEEP_MODE + FIRMWARE)

    async def work() -> None:
        await until(lambda: asked() == 1)
        adapter.write(frame(0x05, 0x01, b"\x0f"))  # the radar has started again
        await until(lambda: asked() == 2)

    over(adapter, heard, work)


def test_readings_reach_the_fold_each_as_a_message_of_its_own(adapter: Adapter) -> None:
    reader = ToldReader(R60Radar(), Enrolled(DeviceId("bed")))
    kept: list[Sequence[Reading]] = []
    source = SerialSource("radar", Line(adapter.path, 115_200), reader, now, Poll(R60Radar().ask))

    async def work() -> None:
        task = asyncio.create_task(source.run(kept.extend))
        await until(adapter.read)
        adapter.write(frame(0x84, 0x01, b"\x01") + frame(0x84, 0x01, b"\x00"))
        await until(lambda: len(kept) == 2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(work())
    assert [[(r.device, r.kind, r.value) for r in message] for message in kept] == [
        [("bed", Kind.BED, 1.0)],
        [("bed", Kind.BED, 0.0)],
    ]


def test_a_disk_that_takes_nothing_ends_the_run(adapter: Adapter) -> None:
    def full(messages: Sequence[Sequence[Reading]]) -> None:
        raise OSError("the disk is full")

    reader = ToldReader(R60Radar(), Enrolled(DeviceId("bed")))
    source = SerialSource("radar", Line(adapter.path, 115_200), reader, now, Poll(R60Radar().ask))

    async def work() -> None:
        task = asyncio.create_task(source.run(full))
        await until(adapter.read)
        adapter.write(frame(0x84, 0x01, b"\x01"))
        await task

    with pytest.raises(OSError, match="the disk is full"):
        asyncio.run(work())


def test_two_programs_at_one_port_are_refused(adapter: Adapter) -> None:
    async def work() -> None:
        other = SerialSource("other", Line(adapter.path, 115_200), radar(), now)
        with pytest.raises(OSError, match="lock"):
            await other.run(nothing)

    over(adapter, radar(), work)
