"""Looks for bytes that make a codec raise, or tell what no checksum vouches for: coverage-guided, by atheris.

    python benchmarks/fuzz.py [--seconds 300] [--corpus frames.jsonl.gz] [FAMILY …]

Each family runs in a process of its own, with the samples of the tests and the frames of the corpus as seeds.
A serial codec is fed in pieces whose lengths the first bytes choose; an MQTT codec one payload on one of its
seeds' topics. Ends with 1 if anything was found; the input that found it is left in build/fuzz/.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

from fuzz_words import dictionary

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]
FOUND = ROOT / "build" / "fuzz"
SAMPLES = ROOT / "tests" / "devices" / "codecs" / "samples.jsonl"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SPLIT = 4  # the first bytes of an input choose where a stream is cut
HARMLESS = {"heartbeat", "bridge_online", "fault"}


class MadeUpError(Exception):
    """A codec told something that none of the frames in its input says."""


# --- oracles: written apart from the codecs, and as plainly as can be -------------------------------------


def r60(data: bytes) -> bool:
    """Whether a frame of the bed radar stands anywhere in it."""
    for at in places(data, b"\x53\x59"):
        end = at + 6 + int.from_bytes(data[at + 4 : at + 6], "big")
        if data[end + 1 : end + 3] == b"\x54\x43" and sum(data[at:end]) % 256 == data[end]:
            return True
    return False


def tinyframe(data: bytes) -> bool:
    """Whether a TinyFrame stands anywhere in it."""
    for at in places(data, b"\x01"):
        head, end = data[at : at + 8], at + 8 + int.from_bytes(data[at + 3 : at + 5], "big")
        whole = len(head) == 8 and at + 8 < end < len(data)
        if whole and reduce(xor, head) == 0xFF == reduce(xor, data[at + 8 : end + 1]):
            return True
    return False


def esp3(data: bytes) -> bool:
    """Whether an EnOcean packet stands anywhere in it."""
    for at in places(data, b"\x55"):
        body = int.from_bytes(data[at + 1 : at + 3], "big") + data[at + 3] if len(data) > at + 6 else 0
        whole = len(data) > at + 6 + body
        sums = [crc8(data[at + 1 : at + 5]), crc8(data[at + 6 : at + 6 + body])] if whole else []
        if whole and sums == [data[at + 5], data[at + 6 + body]]:
            return True
    return False


def bracketed(head: bytes, tail: bytes) -> Callable[[bytes], bool]:
    """Whether something stands between these two: all that a format without a checksum can prove."""
    pattern = re.compile(re.escape(head) + b".*?" + re.escape(tail), re.DOTALL)
    return lambda data: pattern.search(data) is not None


def modbus(data: bytes) -> bool:
    """Whether an answer of one of the two detectors stands anywhere in it."""
    heads = ((b"\x01\x03\x02", 5), (b"\xff\x02\x01", 4))
    spots = [data[at : at + size + 2] for head, size in heads for at in places(data, head)]
    return any(len(spot) > 5 and crc16(spot[:-2]) == spot[-2:] for spot in spots)


def crc16(data: bytes) -> bytes:
    """Modbus's CRC."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return bytes((crc & 0xFF, crc >> 8))


def crc8(data: bytes) -> int:
    """CRC-8 with the polynomial 07."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07 if crc & 0x80 else crc << 1) & 0xFF
    return crc


def places(data: bytes, mark: bytes) -> Iterator[int]:
    """Wherever a mark stands."""
    return (found.start() for found in re.finditer(b"(?=" + re.escape(mark) + b")", data, re.DOTALL))


VOUCHED: dict[str, Callable[[bytes], bool]] = {
    "r60-radar": r60,
    "tinyframe-radar": tinyframe,
    "enocean-esp3": esp3,
    "ld2410": bracketed(b"\xf4\xf3\xf2\xf1", b"\xf8\xf7\xf6\xf5"),
    "ld2450": bracketed(b"\xaa\xff\x03\x00", b"\x55\xcc"),
    "modbus-rtu": modbus,
    "sonoff-efm8": bracketed(b"\xaa", b"\x55"),
}


# --- checksums put right in half of the inputs: else no mutation would get past them -----------------------


def seal_r60(data: bytearray) -> None:
    """Put the sum and the tail of the first frame right."""
    at = max(0, data.find(b"\x53\x59"))
    end = at + 6 + int.from_bytes(data[at + 4 : at + 6], "big")
    if end + 3 <= len(data):
        data[end : end + 3] = bytes((sum(data[at:end]) % 256, 0x54, 0x43))


def seal_tinyframe(data: bytearray) -> None:
    """Put both sums of the first frame right."""
    at = max(0, data.find(b"\x01"))
    end = at + 8 + int.from_bytes(data[at + 3 : at + 5], "big")
    if at + 8 < end < len(data):
        data[at + 7] = reduce(xor, data[at : at + 7], 0xFF)
        data[end] = reduce(xor, data[at + 8 : end], 0xFF)


def seal_esp3(data: bytearray) -> None:
    """Put both sums of the first packet right."""
    at = max(0, data.find(b"\x55"))
    if len(data) < at + 7:
        return
    end = at + 6 + int.from_bytes(data[at + 1 : at + 3], "big") + data[at + 3]
    data[at + 5] = crc8(data[at + 1 : at + 5])
    if end < len(data):
        data[end] = crc8(data[at + 6 : end])


def seal_modbus(data: bytearray) -> None:
    """Put the CRC of the first register's answer right."""
    at = data.find(b"\x01\x03\x02")
    if at >= 0 and at + 7 <= len(data):
        data[at + 5 : at + 7] = crc16(bytes(data[at : at + 5]))


SEALS: dict[str, Callable[[bytearray], None]] = {
    "modbus-rtu": seal_modbus,
    "r60-radar": seal_r60,
    "tinyframe-radar": seal_tinyframe,
    "enocean-esp3": seal_esp3,
}


# --- what a device's bytes travel in -----------------------------------------------------------------------

MILESIGHT = (
    *("WS101", "WS202", "WS203", "WS301", "WS303", "VS321", "VS330", "VS341", "VS370", "VS373"),
    *("EM300-MCS", "EM300-MLD", "GS101", "GS524N", "TS302", "AM304L", "AM308", "DS3604", ""),
)


def milesight(head: bytes, data: bytes) -> bytes:
    """A network server's uplink with these bytes; the first of `head` chooses the model."""
    uplink = {"deviceName": MILESIGHT[head[0] % len(MILESIGHT)], "devEui": "24E124535B316056"}
    return json.dumps({"deviceInfo": uplink, "data": data.hex()}).encode()


WRAPS: dict[str, Callable[[bytes, bytes], bytes]] = {"milesight-lorawan": milesight}
WRAPPED = 0x80  # this bit of an input's fourth byte: its payloads are the device's own bytes
UPLINKS = (  # of Milesight's SensorDecoders, for want of a corpus
    *("017564030001040001", "01755C03673401046865060001", "03F802000A001000", "07B00200050000100000"),
    *("08B1024006", "06FB0100000101", "20CE5C5CA6640301340165", "221E64001C40", "017562038E01", "FF2E01"),
)

# --- seeds -------------------------------------------------------------------------------------------------


def seeds(family: str, corpus: Path | None) -> list[tuple[str, bytes]]:
    """(topic, bytes) of each known frame; the topic is "" for a serial family."""
    found = [("", bytes.fromhex(row["hex"])) for row in rows(SAMPLES) if row["family"] == family]
    if family == "milesight-lorawan":
        found += [("", bytes.fromhex(uplink)) for uplink in UPLINKS]
    if family == "zigbee2mqtt":
        found += [("zigbee2mqtt/a/b", b'{"contact":true,"battery":"100.00","action":"emergency"}')]
        found += [("zigbee2mqtt/bridge/devices", b'[{"ieee_address":"0x01","friendly_name":"x"}]')]
    for row in rows(corpus) if corpus else ():
        if row["family"] != family:
            continue
        raw = row["raw"]
        if isinstance(raw, dict):
            found.append((str(raw["topic"]), str(raw["payload"]).encode()))
        elif row.get("encoding") == "hex":
            found.append(("", bytes.fromhex(raw)))
        else:
            found.append(("", str(raw).encode()))
    return found


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a JSONL file, gzipped or not."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as text:
        yield from map(json.loads, text)


# --- one family --------------------------------------------------------------------------------------------


def hunt(family: str, seconds: int, corpus: Path | None) -> None:
    """Fuzz in this process; libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=["devices", "rules"]):
        from devices.families import find

        made = {"zigbee2mqtt": lambda: zigbee, "modbus-rtu": detectors}
        make = made[family]() if family in made else find(family).make
        codec = make(options(family))
    known, wrap = seeds(family, corpus), WRAPS.get(family)
    test = topics(make, known, wrap) if hasattr(codec, "topics") else stream(family, make)
    with tempfile.TemporaryDirectory() as folder:
        for number, (topic, data) in enumerate(known):
            index = [topic for topic, _ in known].index(topic) if not wrap else number
            head = bytes([index % 256, 0, 0, WRAPPED if wrap and not data.startswith(b"{") else 0])
            Path(folder, str(number)).write_bytes(head + data)
        FOUND.mkdir(parents=True, exist_ok=True)
        words = FOUND / f"{family}.dict"
        words.write_text(dictionary(find(family).module), encoding="ascii")
        flags = [f"-max_total_time={seconds}", "-max_len=2048", "-timeout=5", "-print_final_stats=1"]
        flags += [f"-dict={words}"]
        atheris.Setup([sys.argv[0], *flags, f"-artifact_prefix={FOUND / family}-", folder], test)
        atheris.Fuzz()


def zigbee(_: dict[str, str]) -> Any:
    """Zigbee2MQTT's codec with one sensor of each sort enrolled."""
    from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
    from rules.model import DeviceId

    sorts = {"occupancy": "binary", "contact": "binary", "smoke": "binary", "battery": "numeric"}
    exposes: list[Any] = [{"property": p, "type": t, "access": 1, "value_on": True} for p, t in sorts.items()]
    exposes += [{"property": "action", "type": "enum", "access": 1, "values": ["emergency", "single"]}]
    definition = {"vendor": "v", "model": "m", "description": "SOS button", "exposes": exposes}
    listed = [{"ieee_address": "0x01", "friendly_name": "a/b", "type": "EndDevice", "definition": definition}]
    codec = Zigbee2Mqtt("zigbee2mqtt", [DeviceId("0x01")])
    codec.feed("zigbee2mqtt/bridge/devices", json.dumps(listed).encode(), NOON, True)
    return codec


def options(family: str) -> dict[str, str]:
    """What the tests' samples of a family are made with."""
    return next((row.get("options", {}) for row in rows(SAMPLES) if row["family"] == family), {})


def detectors() -> Callable[[dict[str, str]], Any]:
    """Modbus's codec with two detectors on the bus; their profiles are read once."""
    from devices.codecs.modbus_rtu import ModbusRtu
    from devices.modbus import profiles

    known = profiles()
    units = {1: known["rs485-smoke"], 255: known["novabo-sqr2"]}
    return lambda _: ModbusRtu(units)


def stream(family: str, make: Callable[[dict[str, str]], Any]) -> Callable[[bytes], None]:
    """Feeds a serial codec in pieces."""
    vouched, seal, given = VOUCHED.get(family), SEALS.get(family), options(family)

    def test(data: bytes) -> None:
        codec, cuts, body = make(given), sorted({0, *data[:SPLIT]}), bytearray(data[SPLIT:])
        if seal and data[:1] > b"\x7f":
            seal(body)
        data = bytes(body)
        ask = getattr(codec, "ask", bytes)
        told: list[Any] = []
        for number, (at, to) in enumerate(zip(cuts, [*cuts[1:], None], strict=True)):
            ask()
            told += codec.feed(data[at:to], NOON + timedelta(seconds=number))
        news = [one for one in told if one.role not in HARMLESS]
        if vouched and news and not vouched(data):
            raise MadeUpError(f"{news} from {data.hex(' ')}")

    return test


def topics(
    make: Callable[[dict[str, str]], Any],
    known: Sequence[tuple[str, bytes]],
    wrap: Callable[[bytes, bytes], bytes] | None = None,
) -> Callable[[bytes], None]:
    """Feeds an MQTT codec two payloads; the second is told as retained. `wrap` puts a device's bytes into
    what its network server sends."""
    usual = [re.sub(r"[+#]", "x", topic) for topic in make({}).topics]
    names = [topic or usual[0] for topic, _ in known] or usual

    def test(data: bytes) -> None:
        codec, head, data = make({}), data[:SPLIT].ljust(SPLIT, b"\0"), data[SPLIT:]
        first, second = names[head[0] % len(names)], names[head[1] % len(names)]
        half = head[2] * len(data) // 255
        payloads = data[half:], data[:half] or data
        if wrap and head[3] & WRAPPED:
            payloads = wrap(head, payloads[0]), wrap(head[1:], payloads[1])
        codec.feed(first, payloads[0], NOON, False)
        codec.feed(second, payloads[1], NOON + timedelta(seconds=1), bool(head[3] & 1))
        if memory := codec.memory:
            make({}).recall(memory)
        make({}).recall(data)

    return test


# --- all of them -------------------------------------------------------------------------------------------


def main() -> None:
    """Run each family and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("families", nargs="*", metavar="FAMILY")
    parser.add_argument("--seconds", type=int, default=300, help="of each family")
    parser.add_argument("--corpus", type=Path, help="frames to begin with")
    parser.add_argument("--here", action="store_true", help="the one family, in this process")
    chosen = parser.parse_args()
    if chosen.here:
        return hunt(chosen.families[0], chosen.seconds, chosen.corpus)
    from devices.families import FAMILIES

    names = chosen.families or [f.name for f in FAMILIES.values() if f.built and f.name not in NO_SOURCE]
    bad = [name for name in names if not clean(name, chosen.seconds, chosen.corpus)]
    sys.exit(1 if bad else 0)


NO_SOURCE = {"z2m-converter"}  # frames of another family's


def clean(family: str, seconds: int, corpus: Path | None) -> bool:
    """Fuzz a family in a process of its own, and print a line about it."""
    call = [sys.executable, __file__, "--here", "--seconds", str(seconds), family]
    call += ["--corpus", str(corpus)] if corpus else []
    done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=seconds + 120)
    text = done.stdout + done.stderr
    runs = re.search(r"number_of_executed_units: (\d+)", text) or re.search(r"Done (\d+) runs", text)
    cover = re.findall(r"cov: (\d+)", text)
    good = done.returncode == 0
    count = f"{int(runs[1]):>9,}" if runs else "        ?"
    print(
        f"{family:18} {count} inputs, {cover[-1] if cover else '?':>5} edges, {'clean' if good else 'FOUND'}"
    )
    if not good:
        print("\n".join(text.splitlines()[-40:]))
    return good


if __name__ == "__main__":
    main()
