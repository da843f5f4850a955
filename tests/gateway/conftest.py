"""A home for the gateway's tests, and a clock that a test sets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fixed import fixed

from gateway.homes import Fold, Home
from gateway.journal import Journal
from rules.catalogue import build
from rules.home import Device, Supervision
from rules.home import Home as Dwelling
from rules.model import DeviceId, HomeId, Kind, Origin, Reading
from rules.record import Record, decode

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)  # 12:00 in Hangzhou
WATCHED = Supervision(timedelta(hours=12), timedelta(hours=26))


class FakeClock:
    """Wall clock and uptime run together when time passes; the wall clock alone is set."""

    def __init__(self, now: datetime = NOON) -> None:
        self.wall = now
        self.up = timedelta(hours=3)

    def now(self) -> datetime:
        return self.wall

    def read(self) -> tuple[datetime, timedelta]:
        return self.wall, self.up

    def passes(self, by: timedelta) -> None:
        self.wall += by
        self.up += by

    def is_set(self, to: datetime) -> None:
        self.wall = to

    def boots(self) -> None:
        self.up = timedelta(seconds=20)


def dwelling(name: str = "h-1") -> Dwelling:
    """A hall with a motion sensor, an entry door, an SOS button and a smoke detector."""
    devices = tuple(
        Device(
            DeviceId(f"{name}/{sort}"),
            "hall",
            exterior=sort == "door",
            supervision=WATCHED,
            kinds=frozenset({kind}),
        )
        for sort, kind in (
            ("motion", Kind.MOTION),
            ("door", Kind.CONTACT),
            ("sos", Kind.SOS),
            ("smoke", Kind.SMOKE),
        )
    )
    return Dwelling(HomeId(name), ZoneInfo("Asia/Shanghai"), devices)


@pytest.fixture(name="dwelling")
def a_dwelling() -> Callable[[str], Dwelling]:
    """Makes a home of this name."""
    return dwelling


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def starter(path: Path, clock: FakeClock) -> Callable[[], Fold]:
    """Starts the gateway's fold over one journal: each call is a new process after a kill of the last."""
    profile = fixed()
    running: list[Journal] = []

    def start() -> Fold:
        while running:
            running.pop()._db.close()  # the kernel does as much for a killed process; nothing is flushed
        running.append(Journal(path))
        homes = [
            Home(home.id, build(profile, home), [d.id for d in home.devices], clock.now())
            for home in (dwelling("h-1"), dwelling("h-2"))
        ]
        fold = Fold(homes, running[0], clock)
        fold.resume()
        return fold

    return start


@pytest.fixture
def fold(tmp_path: Path, clock: FakeClock) -> Callable[[], Fold]:
    return starter(tmp_path / "journal.db", clock)


@pytest.fixture
def lives(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], tuple[FakeClock, Callable[[], Fold]]]:
    """A clock and a starter of their own, each time it is called."""

    def life() -> tuple[FakeClock, Callable[[], Fold]]:
        clock = FakeClock()
        return clock, starter(tmp_path_factory.mktemp("life") / "journal.db", clock)

    return life


@pytest.fixture
def said() -> Callable[[Fold, str], list[Record]]:
    """All records of one home, in their order."""

    def read(fold: Fold, home: str) -> list[Record]:
        rows = fold._journal._db.execute(
            "SELECT alarm, telemetry FROM chunk WHERE home = ? ORDER BY id", (home,)
        )
        lines = [line for row in rows for part in row if part for line in part.split(b"\n")]
        return sorted(map(decode, lines), key=lambda record: record.seq)

    return read


@pytest.fixture
def reads(clock: FakeClock) -> Callable[..., list[Reading]]:
    """One message of one sensor at the clock's time."""

    def message(device: str, kind: Kind, value: float = 1.0, origin: Origin = Origin.EVENT) -> list[Reading]:
        return [Reading(DeviceId(device), kind, value, clock.now(), origin)]

    return message
