"""What a serial port costs: each family's samples over a pty at 115,200 baud flat out, one after another.

    python benchmarks/serial_port.py [--seconds 5] [FAMILY …]

A process of its own writes 11,520 bytes a second; this one reads, decodes, makes readings and sifts them, as
the gateway does before its journal. Prints the share of one core that this took.

Two families speak only when they are asked, and their line is mostly silent: 25 Modbus detectors, asked as
fast as the codec ever does (5 times a second), are 75 bytes a second; a modem has some hundred every 30 s. So
the worst is measured, a device that babbles answers without an end while it is asked.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
import sys
import time
import tty
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from ports import samples  # noqa: E402

from devices.codecs.modbus_rtu import sealed  # noqa: E402
from devices.families import FAMILIES, SerialCodec  # noqa: E402
from devices.sieve import Seen, sift  # noqa: E402
from devices.sources.serial import Line, SerialSource  # noqa: E402
from devices.told_readings import Enrolled, ToldReader  # noqa: E402
from gateway.connections import poll  # noqa: E402
from rules.model import DeviceId, Reading  # noqa: E402

BYTES = 11_520  # a second, at 115,200 baud 8N1
STEP = 0.004  # seconds between two writes: what a USB adapter hands over at once
UNITS = range(1, 26)  # so many that the bus is asked as fast as it ever is: devices.codecs.modbus_rtu.LEAST
BABBLE: Mapping[str, tuple[Mapping[str, str], bytes]] = {  # options of the codec, what comes over and over
    "modbus-rtu": (
        {"units": ", ".join(f"{unit}=rs485-smoke" for unit in UNITS)},
        b"".join(sealed(bytes((unit, 3, 2, 0, unit % 2))) for unit in UNITS),
    ),
    "at-modem": (
        {},
        b'\r\n+CREG: 0,1\r\n\r\nOK\r\n\r\n+ZPASR: "LTE"\r\n\r\n+CSQ: 17,0\r\n\r\nOK\r\n'
        b'\r\n+CMTI: "SM",3\r\n\r\n+CDSI: "SM",7\r\n',
    ),
}


class Sieve:
    """Sifts readings as the gateway's fold does."""

    def __init__(self) -> None:
        self.kept = 0
        self.taken = 0
        self._seen: dict[DeviceId, Seen] = {}

    def emit(self, messages: Sequence[Sequence[Reading]]) -> None:
        """Take what the source gives."""
        for readings in messages:
            device = readings[0].device
            seen, kept = sift(self._seen.get(device, Seen()), readings, readings[0].at)
            self._seen[device] = seen
            self.taken += 1
            self.kept += len(kept)


def spoken(family: str) -> tuple[Mapping[str, str], bytes]:
    """The options of a family's codec, and what its device says over and over."""
    if family in BABBLE:
        return BABBLE[family]
    mine = [sample for sample in samples() if sample.family == family]
    return mine[0].options, b"".join(sample.data for sample in mine)


def write(master: int, data: bytes, seconds: float) -> None:
    """Write without an end, at the pace of the line."""
    block = data * (BYTES // len(data) + 1)
    began, sent = time.monotonic(), 0
    while (past := time.monotonic() - began) < seconds:
        due = int(past * BYTES) - sent
        at = sent % len(data)
        with suppress(BlockingIOError):
            os.read(master, 4096)  # what it is asked
        if due > 0:
            sent += os.write(master, block[at : at + due])
        time.sleep(STEP)


async def measure(family: str, seconds: float) -> tuple[float, Counter[str], Sieve]:
    """The share of a core that reading one family flat out takes."""
    options, data = spoken(family)
    codec = cast(SerialCodec, FAMILIES[family].make(options))
    reader, sieve = ToldReader(codec, Enrolled(DeviceId("d"))), Sieve()
    master, slave = pty.openpty()
    tty.setraw(slave)
    line = Line(Path(os.ttyname(slave)), 115_200)
    asked = poll(reader) if family in BABBLE else None
    source = SerialSource(family, line, reader, lambda: datetime.now(UTC), asked)
    task = asyncio.create_task(source.run(sieve.emit))
    await asyncio.sleep(0.3)
    os.set_blocking(master, False)
    child = os.fork()
    if child == 0:
        write(master, data, seconds + 0.5)
        os._exit(0)
    began, used = time.monotonic(), time.process_time()
    await asyncio.sleep(seconds)
    share = (time.process_time() - used) / (time.monotonic() - began)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    os.waitpid(child, 0)
    os.close(master)
    os.close(slave)
    return share, reader.refused, sieve


def main() -> None:
    """Print a line a family."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("families", nargs="*", metavar="FAMILY")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each family")
    chosen = parser.parse_args()
    known = [*dict.fromkeys(sample.family for sample in samples()), *BABBLE]
    for family in chosen.families or known:
        share, refused, sieve = asyncio.run(measure(family, chosen.seconds))
        text = ", ".join(f"{n} × {why}" for why, n in refused.items()) or "nothing refused"
        print(f"{family:16} {share:6.1%} of a core, {sieve.taken} readings, {sieve.kept} kept, {text}")


if __name__ == "__main__":
    main()
