"""Recordings: the journal's records and CSV, as a rehearsal and as a source."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devices.sources.playback import Playback
from devices.sources.recording import BadRecordingError, events, homes
from rules.model import Clear, DeviceId, Kind, Reading, Tick
from rules.record import encode

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HEAD = "home,device,kind,value,at\n"


class FastClock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.at = NOON
        self.slept = timedelta()

    def now(self) -> datetime:
        return self.at

    async def sleep_until(self, at: datetime) -> None:
        self.slept += max(at - self.at, timedelta())
        self.at = max(self.at, at)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_csv_tells_local_times(tmp_path: Path, name: str) -> None:
    rows = "h1,door,contact,1,2026-07-01 09:00:00\nh2,pir,motion,1,2026-07-01 09:00:01\n"
    path = written(tmp_path, name, HEAD + rows)
    at = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    assert list(events(path, "h1", LONDON)) == [(Reading(DeviceId("door"), Kind.CONTACT, 1.0, at), at)]
    assert len(list(events(path, None, LONDON))) == 2
    assert homes(path) == ("h1", "h2")


def test_the_hour_that_comes_twice_in_autumn_runs_on(tmp_path: Path) -> None:
    times = ["00:59:00", "01:30:00", "01:10:00", "01:40:00", "02:00:00"]
    rows = "".join(f"h,pir,motion,1,2026-10-25 {time}\n" for time in times)
    got = [at for _, at in events(written(tmp_path, "a.csv", HEAD + rows), "h", LONDON)]
    assert got == sorted(got)
    assert got[-1] - got[0] == timedelta(hours=2, minutes=1)


def test_a_journals_events_are_taken_without_its_decisions(tmp_path: Path) -> None:
    reading = Reading(DeviceId("door"), Kind.CONTACT, 1.0, NOON)
    items = (reading, Clear("sos:x", NOON), Tick(NOON))
    lines = b"\n".join(encode(i + 1, NOON, item) for i, item in enumerate(items))
    path = written(tmp_path, "a.jsonl", lines.decode() + "\n\n")
    assert list(events(path, None, LONDON)) == [(reading, NOON), (Tick(NOON), NOON)]


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("a.csv", "a,b\n", ":1: the first line must read home,device,kind,value,at"),
        ("a.csv", HEAD + "h,d,motion,1\n", ":2: 4 fields"),
        ("a.csv", HEAD + "h,d,motion,nan,2026-01-01 00:00:00\n", ":2: nan is not a finite number"),
        ("a.csv", HEAD + "h,d,dancing,1,2026-01-01 00:00:00\n", ":2: 'dancing' is not a valid Kind"),
        ("a.csv", HEAD + "h,d,motion,1,yesterday\n", ":2: Invalid isoformat"),
        ("a.jsonl", '{"seq":1}\n', ":1: "),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, name: str, text: str, what: str) -> None:
    with pytest.raises(BadRecordingError, match=what):
        list(events(written(tmp_path, name, text), "h", LONDON))


@pytest.mark.parametrize(("speed", "slept"), [(1.0, 120), (60.0, 2), (float("inf"), 0)])
def test_playback_is_as_fast_as_one_likes(tmp_path: Path, speed: float, slept: float) -> None:
    rows = "".join(f"h,door,contact,{i % 2},2026-07-01 09:0{i}:00\n" for i in range(3))
    path, clock, got = written(tmp_path, "a.csv", HEAD + rows), FastClock(), list[Reading]()

    def emit(messages: Sequence[Sequence[Reading]]) -> None:
        got.extend(reading for message in messages for reading in message)

    asyncio.run(Playback("tape", path, "h", LONDON, clock, speed).run(emit))
    assert [reading.value for reading in got] == [0, 1, 0]
    assert clock.slept == timedelta(seconds=slept)
    assert got[-1].at == NOON + timedelta(seconds=slept)


def test_a_speed_must_go_forward(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Playback("tape", tmp_path / "a.csv", None, LONDON, FastClock(), 0)
