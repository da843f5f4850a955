"""What devices say of themselves is told once, when it has lasted, and cleared when it is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from devices.sieve import Seen, sift
from rules.engine import Engine
from rules.equipment import Equipment, Part
from rules.model import (
    Clear,
    Decision,
    DeviceId,
    Event,
    Kind,
    Origin,
    Raise,
    Reading,
    Severity,
    Swapped,
    Tick,
)

T = datetime(2026, 11, 21, tzinfo=UTC)
M, H, D = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PIR, DOOR = DeviceId("pir"), DeviceId("door")
ENGINE = Engine((Equipment(Part(), {PIR: "hall", DOOR: "hall"}),))


def said(
    kind: Kind, value: float, at: datetime, device: DeviceId = PIR, origin: Origin = Origin.EVENT
) -> Reading:
    return Reading(device, kind, value, at, origin)


def told(events: Iterable[Event], until: datetime | None = None) -> list[Decision]:
    state, found = ENGINE.start(T), list[Decision]()
    for event in events:
        state, more = ENGINE.step(state, event, event.at)
        found += more
    if until is not None:
        found += ENGINE.step(state, Tick(until), until)[1]
    return found


def keys(found: Iterable[Decision]) -> list[tuple[str, str, timedelta]]:
    return [(type(decision).__name__, decision.key, decision.at - T) for decision in found]


def test_who_tears_a_sensor_off_is_told_of_at_once() -> None:
    found = told([said(Kind.TAMPER, 1, T), said(Kind.TAMPER, 1, T + M), said(Kind.TAMPER, 0, T + H)])
    facts = {"device": "pir", "room": "hall", "since": T.isoformat(), "minutes": 0.0, "value": 1}
    assert found == [Raise("tamper:pir", Severity.TROUBLE, T, facts), Clear("tamper:pir", T + H)]


def test_mains_that_are_away_for_long_and_a_flicker() -> None:
    flicker = [said(Kind.MAINS, 0, T), said(Kind.MAINS, 1, T + 4 * M)]
    assert told(flicker, T + D) == []
    found = told([*flicker, said(Kind.MAINS, 0, T + H), said(Kind.MAINS, 1, T + 3 * H)])
    assert keys(found) == [("Raise", "mains:pir", H + 5 * M), ("Clear", "mains:pir", 3 * H)]


def test_a_weak_link_is_told_of_when_a_day_brought_no_better() -> None:
    weak = [said(Kind.LINK, 12, T), said(Kind.LINK, 30, T + 9 * H), said(Kind.LINK, 15, T + 20 * H)]
    assert keys(told(weak, T + 2 * D)) == [("Raise", "link:pir", D)]
    better = [*weak, said(Kind.LINK, 60, T + 22 * H), said(Kind.LINK, 10, T + 23 * H)]
    assert told(better, T + 40 * H) == []
    assert keys(told([*weak, said(Kind.LINK, 90, T + 2 * D)])) == [
        ("Raise", "link:pir", D),
        ("Clear", "link:pir", 2 * D),
    ]


def test_a_device_that_calls_itself_broken() -> None:
    found = told([said(Kind.FAULT, 1, T), said(Kind.FAULT, 0, T + D)], T + 2 * D)
    assert keys(found) == [("Raise", "fault:pir", timedelta()), ("Clear", "fault:pir", D + H)]
    assert isinstance(found[0], Raise)
    assert found[0].facts["why"] == "device"


def test_chatter_is_one_finding_however_often_it_is_looked_at_again() -> None:
    seen, kept, noise = Seen(), list[Reading](), list[Reading]()
    for i in range(3600):
        reading = said(Kind.CONTACT, i % 2, T + timedelta(seconds=i), DOOR)
        seen, kept = sift(seen, [reading], reading.at)
        noise += kept
    faults = [reading for reading in noise if reading.kind is Kind.FAULT]
    assert len(faults) > 10
    calm = T + 2 * H
    seen, kept = sift(seen, [said(Kind.CONTACT, 0, calm, DOOR)], calm)
    found = told([*faults, *kept], calm + D)
    assert [(type(d).__name__, d.key) for d in found] == [("Raise", "fault:door"), ("Clear", "fault:door")]
    assert isinstance(found[0], Raise)
    assert found[0].facts["why"] == "chatter"
    assert found[1].at == calm + H


def test_a_cached_state_is_no_news() -> None:
    assert told([said(Kind.TAMPER, 1, T, origin=Origin.REPLAY)]) == []


def test_a_sensor_that_was_taken_away_troubles_nobody() -> None:
    found = told(
        [said(Kind.TAMPER, 1, T), said(Kind.MAINS, 0, T), Swapped(PIR, DeviceId("new"), T + M)], T + D
    )
    assert keys(found) == [("Raise", "tamper:pir", timedelta()), ("Clear", "tamper:pir", M)]
