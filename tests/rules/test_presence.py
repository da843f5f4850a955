"""Whether the doors say that the resident went out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rules.model import DeviceId, Kind, Origin, Reading
from rules.presence import LINGER, Presence, alive

T = datetime(2026, 11, 21, 8, tzinfo=UTC)
DOOR, HALL = DeviceId("door"), DeviceId("hall")


def test_a_door_and_then_silence_is_probably_out() -> None:
    assert not Presence(T).out
    assert Presence(T).after(DOOR, T, exterior=True).out
    assert Presence(T).after(DOOR, T, exterior=True).after(HALL, T + LINGER, exterior=False).out


def test_a_sign_of_life_inside_after_it_is_home_again() -> None:
    later = T + LINGER + timedelta(seconds=1)
    assert not Presence(T).after(DOOR, T, exterior=True).after(HALL, later, exterior=False).out


def test_an_older_sign_changes_nothing() -> None:
    now = Presence(T, HALL)
    assert now.after(DOOR, T - LINGER, exterior=True) is now


@pytest.mark.parametrize(
    ("kind", "value", "origin", "sign"),
    [
        (Kind.MOTION, 1.0, Origin.EVENT, True),
        (Kind.MOTION, 0.0, Origin.EVENT, False),
        (Kind.CONTACT, 0.0, Origin.EVENT, True),
        (Kind.BED, 0.0, Origin.EVENT, True),
        (Kind.MOTION, 1.0, Origin.HEARTBEAT, False),
        (Kind.MOTION, 1.0, Origin.REPLAY, False),
        (Kind.SMOKE, 1.0, Origin.EVENT, False),
    ],
)
def test_what_is_a_sign_of_life(kind: Kind, value: float, origin: Origin, sign: bool) -> None:
    assert alive(Reading(HALL, kind, value, T, origin)) is sign
