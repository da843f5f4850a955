"""A swap in the settings is taken up once, at a restart, whatever was killed before or after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fixed import fixed

from gateway.homes import Fold, Home
from gateway.journal import Journal
from gateway.swaps import Swaps
from rules.catalogue import build
from rules.home import Device, Supervision
from rules.home import Home as Dwelling
from rules.model import Clear, DeviceId, HomeId, Kind, Origin, Raise, Reading, Swapped

HOUR = timedelta(hours=1)
OLD, NEW, THIRD = DeviceId("old"), DeviceId("new"), DeviceId("third")
PROFILE = fixed()
Start = Callable[..., Fold]


def dwelling(first: DeviceId) -> Dwelling:
    devices = (
        Device(first, "bedroom", "", True, Supervision(12 * HOUR, 26 * HOUR)),
        Device(DeviceId("smoke"), "kitchen", kinds=frozenset({Kind.SMOKE})),
    )
    return Dwelling(HomeId("h-1"), ZoneInfo("Asia/Shanghai"), devices)


@pytest.fixture
def start(tmp_path: Path, clock: Any) -> Start:
    """Starts the fold with `sensor` enrolled, in the place of `of` if there is one; the last is killed."""
    running: list[Journal] = []

    def go(sensor: DeviceId, of: DeviceId | None = None) -> Fold:
        while running:
            running.pop()._db.close()
        running.append(Journal(tmp_path / "journal.db"))
        home = dwelling(sensor)
        swaps = Swaps({sensor: of}, build(PROFILE, dwelling(of))) if of else None
        devices = [device.id for device in home.devices]
        fold = Fold([Home(home.id, build(PROFILE, home), devices, clock.now(), swaps)], running[0], clock)
        fold.resume()
        return fold

    return go


def swaps(records: list[Any]) -> list[tuple[str, str]]:
    return [(r.item.old, r.item.new) for r in records if isinstance(r.item, Swapped)]


@pytest.mark.parametrize("clean", [False, True])
def test_history_goes_on_and_the_record_has_one_line(
    start: Start, said: Any, reads: Any, clock: Any, clean: bool
) -> None:
    gateway = start(OLD)
    clock.passes(HOUR)
    gateway.take([reads("old", Kind.CONTACT, 1.0), reads("old", Kind.MOTION, 1.0)])
    began = clock.now()
    if clean:
        gateway.keep()
    clock.passes(HOUR)
    gateway = start(NEW, OLD)
    for _ in range(3):
        gateway = start(NEW, OLD)
    assert swaps(said(gateway, "h-1")) == [("old", "new")]
    clock.passes(HOUR)
    gateway.take([reads("new", Kind.CONTACT, 1.0)])
    last = said(gateway, "h-1")[-1].item
    assert (last.device, last.origin) == (NEW, Origin.HEARTBEAT)  # the sieve knows: it was open before
    clock.passes(5 * HOUR)
    gateway.tick()
    quiet = [r.item for r in said(gateway, "h-1") if isinstance(r.item, Raise) and r.item.key == "inactivity"]
    assert [(found.at, found.facts["device"]) for found in quiet] == [(began + 5 * HOUR, "new")]


def test_killed_right_after_the_swap_it_is_not_written_again(start: Start, said: Any, reads: Any) -> None:
    start(OLD).take([reads("old", Kind.SMOKE, 1.0)])
    gateway = start(NEW, OLD)
    gateway._journal._db.execute("DELETE FROM snapshot")  # the kill came before the snapshot
    gateway = start(NEW, OLD)
    found = said(gateway, "h-1")
    assert swaps(found) == [("old", "new")]
    assert [r.item.key for r in found if isinstance(r.item, Clear)] == ["smoke:old"]
    assert [r.item.key for r in found if isinstance(r.item, Raise)] == ["smoke:old"]


def test_the_new_sensors_own_fire_is_news(start: Start, said: Any, reads: Any, clock: Any) -> None:
    start(OLD).take([reads("old", Kind.SMOKE, 1.0)])
    gateway = start(NEW, OLD)
    clock.passes(HOUR)
    gateway.take([reads("new", Kind.SMOKE, 1.0)])
    assert [r.item.key for r in said(gateway, "h-1") if isinstance(r.item, Raise)] == [
        "smoke:old",
        "smoke:new",
    ]


def test_replaced_again_and_put_back(start: Start, said: Any, reads: Any, clock: Any) -> None:
    start(OLD).take([reads("old", Kind.MOTION)])
    for sensor, of in ((NEW, OLD), (THIRD, NEW), (OLD, THIRD), (NEW, OLD)):
        clock.passes(HOUR)
        gateway = start(sensor, of)
        gateway.take([[Reading(sensor, Kind.LINK, 80.0, clock.now())]])
    assert swaps(said(gateway, "h-1")) == [("old", "new"), ("new", "third"), ("third", "old"), ("old", "new")]


def test_a_snapshot_from_before_there_were_swaps_is_read(start: Start, said: Any, reads: Any) -> None:
    import msgspec

    gateway = start(OLD)
    gateway.take([reads("old", Kind.SMOKE, 1.0)])
    gateway.keep()
    db = gateway._journal._db
    state, seen, _ = msgspec.msgpack.decode(db.execute("SELECT body FROM snapshot").fetchone()[0])
    db.execute("UPDATE snapshot SET body = ?", (msgspec.msgpack.encode((state, seen)),))
    gateway = start(OLD)
    gateway.take([reads("old", Kind.SMOKE, 1.0)])
    assert [r.item.key for r in said(gateway, "h-1") if isinstance(r.item, Raise)] == ["smoke:old"]
