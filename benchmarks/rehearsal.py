"""How long a rehearsal of 90 simulated days of one home takes, its payloads heard through codec and sieve.

`--keep FOLDER` leaves the recording and its home there: what the picture in docs/rules.md was made of.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from zoneinfo import ZoneInfo

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]  # benchmarks/gateway.py is not the gateway
# ruff: noqa: E402
from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from devices.sieve import Seen, sift
from gateway.demo.home import BASE, Message, played
from gateway.demo.routine import Act, routine
from gateway.demo.sensors import HOME, inventory
from gateway.rehearsal.play import Recording, play
from gateway.rehearsal.report import report
from gateway.rehearsal.said import said
from gateway.rehearsal.variants import Variant, VariantError, variants
from gateway.settings import HomePart, read_home
from rules.catalogue import Profile
from rules.model import DeviceId, Event, Mode, ModeSet
from rules.record import encode

BAR = 3.0  # seconds
DAYS, SEED = 90, 7
ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 8, 24)
DEAD = "lounge/motion"  # its battery
TOML = """\
[[home]]
id = "h-0402"
zone = "Asia/Shanghai"
rules = "default"
"""
DEVICE = """
[[home.device]]
id = "{one.ieee}"
room = "{one.room}"
name = "{one.label}"
kinds = ["{one.model.kind}"]
exterior = {exterior}
"""


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of the story."""
    return datetime.combine(FIRST + timedelta(days=day), time(hour, minute), ZONE)


# What breaks the routine: she presses; she falls and is found in the evening; a door stays open; hospital.
PRESS = [Act(at(30, 14, 20), "bedroom/sos", "emergency"), Act(at(74, 3, 12), "bedroom/sos", "emergency")]
LYING = at(52, 9, 10), at(52, 18, 30)
OPEN = at(63, 10, 0), at(63, 12, 20)
AWAY = at(78, 9, 0), at(82, 16, 0)
SAID = [ModeSet(Mode.HOSPITAL, AWAY[0], "desk"), ModeSet(Mode.HOME, AWAY[1], "desk")]
SILENT = at(85, 0)


def acts(day: int) -> Iterator[Act]:
    """A day of hers, with what befell her."""
    for act in routine(SEED, FIRST + timedelta(days=day), ZONE):
        lies = any(start <= act.at < end for start, end in (LYING, AWAY))
        left = act.sensor == "hall/door" and OPEN[0] <= act.at < OPEN[1]
        dead = act.sensor == DEAD and act.at >= SILENT
        if not (lies or left or dead):
            yield act
    yield from (press for press in PRESS if press.at.date() == FIRST + timedelta(days=day))
    if OPEN[0].date() == FIRST + timedelta(days=day):
        yield Act(OPEN[0], "hall/door", False)
        yield Act(OPEN[1], "hall/door", True)


def heard(message: Message) -> Message | None:
    """A dead battery says nothing; an empty bed does not say at midnight that somebody is in it."""
    if message.topic == f"{BASE}/{DEAD}" and message.at >= SILENT:
        return None
    if message.topic == f"{BASE}/bedroom/bed" and AWAY[0] <= message.at < AWAY[1]:
        return message._replace(payload=message.payload.replace(b'"occupancy": true', b'"occupancy": false'))
    return message


def events() -> Iterator[tuple[Event, datetime]]:
    """What the gateway would have journalled."""
    codec = Zigbee2Mqtt(BASE, [DeviceId(one.ieee) for one in HOME])
    codec.feed(f"{BASE}/bridge/devices", inventory(), at(0, 0), True)
    seen: dict[DeviceId, Seen] = defaultdict(Seen)
    modes = list(SAID)
    for day in range(DAYS):
        course = sorted(acts(day), key=lambda act: act.at)
        air = played(course, SEED, FIRST + timedelta(days=day), ZONE)
        for message in filter(None, map(heard, air)):
            while modes and modes[0].at <= message.at:
                yield modes[0], modes.pop(0).at
            for reading in codec.feed(message.topic, message.payload, message.at):
                seen[reading.device], kept = sift(seen[reading.device], [reading], message.at)
                yield from ((one, message.at) for one in kept)


def lines(taken: Iterable[tuple[Event, datetime]]) -> Iterator[bytes]:
    """A recording as the journal writes it."""
    for seq, (event, now) in enumerate(taken, 1):
        yield encode(seq, now, event) + b"\n"


def write(folder: Path) -> tuple[Path, Path]:
    """The home's file and its recording."""
    home, recording = folder / "home.toml", folder / "recording.jsonl"
    told = (DEVICE.format(one=one, exterior=str(one.exterior).lower()) for one in HOME)
    home.write_text(TOML + "".join(told), "utf-8")
    recording.write_bytes(b"".join(lines(events())))
    return home, recording


def every(part: HomePart, home: Path) -> Variant:
    """The default profile with every section on that needs no setting of its own."""
    changes: list[str] = []
    for section in (field.name for field in fields(Profile) if field.name not in ("title", "source", "zh")):
        try:
            variants(part, home, (), (*changes, f"{section}=on"), ())
        except VariantError:
            continue
        changes.append(f"{section}=on")
    return variants(part, home, (), changes, ())[1]


def measure(part: HomePart, variant: Variant, recording: Path) -> float:
    """Seconds of processor time for the replay and the report; prints what they were spent on."""
    began = process_time()
    told = play(part.home, (variant,), Recording(recording), said("zh", part.home))
    middle = process_time()
    page = report(told)
    replayed, wrote = middle - began, process_time() - middle
    size = f"{DAYS} days, {told.course.events:,} events, {len(variant.engine.rules)} rules"
    print(f"{size}: {replayed:.2f} s of processor time (bar {BAR:.0f}); {', '.join(variant.engine.rules)}")
    print(f"  report: {len(page) / 1000:.0f} kB in {wrote:.2f} s; {len(told.pairs)} findings")
    return replayed + wrote


def main() -> int:
    """Print the seconds, by the default profile and with every rule on; 1 if one is over the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="leave the recording and its home in this folder")
    keep = parser.parse_args().keep
    with TemporaryDirectory() as folder:
        home, recording = write(keep or Path(folder))
        part = read_home(home)
        sets = (*variants(part, home, (), (), ()), every(part, home))
        worst = max(measure(part, variant, recording) for variant in sets)
    return int(worst > BAR)


if __name__ == "__main__":
    sys.exit(main())
