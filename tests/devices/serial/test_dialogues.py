"""Families that only answer, over a pty: asked, through noise, and again after the port was pulled out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from ports import Adapter, Heard, now, until

from devices import modbus
from devices.codecs.at_modem import AtModem
from devices.codecs.modbus_rtu import ModbusRtu, sealed
from devices.sources.serial import Line, Poll, SerialSource
from rules.model import Reading

QUICK = timedelta(milliseconds=20)
Answer = Callable[[bytes], bytes]
NOISE = b"\x00\x01\x03\x02\xff"


def nothing(messages: Sequence[Sequence[Reading]]) -> None:
    """Where no readings are expected."""


def detector(asked: bytes) -> bytes:
    """A smoke detector in alarm at address 1 (RS485 smoke sensor manual), heard through its own echo."""
    alarm = bytes.fromhex("01 03 02 00 01 79 84")
    return NOISE + asked + alarm + NOISE if asked == bytes.fromhex("01 03 00 03 00 01 74 0A") else b""


def deaf(asked: bytes) -> bytes:
    """A detector that reads 0 everywhere."""
    return bytes(len(asked))


def broken(asked: bytes) -> bytes:
    """An answer of another device, and one with a wrong CRC."""
    return sealed(b"\x02\x03\x02\x00\x01") + b"\x01\x03\x02\x00\x01\xff\xff"


def phone(asked: bytes) -> bytes:
    """A modem: it echoes, interrupts, prompts."""
    out = b""
    for line in asked.replace(b"\x1b", b"").split(b"\r"):
        if line.endswith(b"\x1a"):
            out += line + b'\r\n+ZDONR: "x"\r\n+CMGS: 142\r\n\r\nOK\r\n'
        elif line:
            told = {b"AT+CREG?": b"+CREG: 0,1\r\n\r\nOK\r\n", b"AT+CSQ": b"+CSQ:17,0\r\nOK\r\n"}
            prompt = line.startswith(b"AT+CMGS=")
            out += line + b"\r\r\n" + (b"> " if prompt else told.get(line, b"OK\r\n"))
    return out


def talk(
    adapter: Adapter, heard: Heard, poll: Poll, answer: Answer, work: Callable[[], Awaitable[None]]
) -> None:
    """Run the source as `supervise` does, and the device at the other end, while `work` is done."""

    async def device() -> None:
        while True:
            with suppress(OSError):
                if asked := adapter.read():
                    back = answer(asked)
                    for i in range(0, len(back), 3):  # it comes in pieces
                        adapter.write(back[i : i + 3])
                        await asyncio.sleep(0)
            await asyncio.sleep(0.002)

    async def live() -> None:
        source = SerialSource("bus", Line(adapter.path, 115_200), heard, now, poll, 0.01)
        while True:
            try:
                await source.run(nothing)
            except OSError:
                heard.breaks += 1

    async def both() -> None:
        tasks = [asyncio.create_task(live()), asyncio.create_task(device())]
        try:
            await work()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(both())


def bus() -> tuple[ModbusRtu, Heard]:
    codec = modbus.make({"units": "1=rs485-smoke"})
    return codec, Heard(codec)


def test_a_detector_is_asked_and_answers_before_and_after_the_plug_was_out(adapter: Adapter) -> None:
    codec, heard = bus()

    async def work() -> None:
        await until(lambda: ("smoke", True) in heard.said)
        adapter.pull()
        await until(lambda: heard.breaks)
        heard.said.clear()
        adapter.plug()
        await until(lambda: ("smoke", True) in heard.said)

    talk(adapter, heard, Poll(codec.ask, QUICK), detector, work)
    assert set(heard.said) == {("smoke", True)}


@pytest.mark.parametrize("answer", [deaf, broken, lambda asked: b""], ids=["zeros", "garbage", "silence"])
def test_a_dead_line_is_no_fire(adapter: Adapter, answer: Answer) -> None:
    codec, heard = bus()
    talk(adapter, heard, Poll(codec.ask, QUICK), answer, lambda: until(lambda: codec.refused.total() > 20))
    assert heard.said == []
    assert codec.refused["no answer of unit 1"]


def test_a_text_goes_out_at_once_and_the_modem_is_found_again(adapter: Adapter) -> None:
    modem = AtModem()
    heard = Heard(modem)

    async def work() -> None:
        await until(lambda: ("modem_rssi", 17) in heard.said)
        modem.send("n-1", "+8613800000001", "陈阿婆按了求助按钮")
        await until(lambda: ("sms_sent", 142) in heard.said)
        adapter.pull()
        await until(lambda: heard.breaks)
        adapter.plug()
        modem.send("n-2", "+8613800000001", "x")
        await until(lambda: heard.said.count(("sms_sent", 142)) == 2)

    talk(adapter, heard, Poll(modem.ask, timedelta(milliseconds=200), modem.reply), phone, work)
    assert ("modem_registered", True) in heard.said
    assert not [role for role, _ in heard.said if role == "sms_failed"]
