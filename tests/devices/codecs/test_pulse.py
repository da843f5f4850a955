"""How often a stream of values is told."""

from __future__ import annotations

from datetime import timedelta

from streams import NOON

from devices.codecs.pulse import Pulse


def test_a_measurement_is_told_every_two_seconds() -> None:
    pulse = Pulse()
    told = [pulse.measured(60 + i, 97, NOON + timedelta(seconds=i / 60)) for i in range(360)]
    assert [bool(one) for one in told].count(True) == 3
    assert [one.value for one in told[0]] == [60, 97]


def test_after_a_pause_it_is_told_at_once() -> None:
    pulse = Pulse()
    assert pulse.measured(60, 97, NOON)
    assert not pulse.silent()
    assert pulse.measured(61, 97, NOON + timedelta(seconds=0.1))


def test_the_clock_may_be_set_back() -> None:
    pulse = Pulse()
    assert pulse.measured(60, 97, NOON)
    assert pulse.measured(60, 97, NOON - timedelta(hours=1))


def test_what_no_body_has_is_not_told() -> None:
    assert [told.role for told in Pulse().measured(511, 96, NOON)] == ["spo2"]
    assert not Pulse().measured(511, 127, NOON)
    assert not Pulse().measured(0, 0, NOON)


def test_a_fault_is_told_once_and_once_that_it_is_over() -> None:
    pulse = Pulse()
    assert [(told.role, told.value) for told in (*pulse.broken(), *pulse.broken())] == [("fault", True)]
    assert [told.value for told in pulse.measured(60, 97, NOON)] == [False, 60, 97]
    assert len(pulse.measured(60, 97, NOON + timedelta(seconds=5))) == 2
