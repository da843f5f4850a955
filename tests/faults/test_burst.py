"""600 SOS at once, and the gateway is killed in the middle of it: none is lost."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from crowd import Presser, presses
from town import HOMES, Town
from verdict import missing, taken, within

pytestmark = pytest.mark.slow
BUTTONS = 50  # a home
BURST = HOMES * BUTTONS


def test_a_gateway_killed_in_a_burst_loses_none(
    here: Town, dice: random.Random, record_property: Any
) -> None:
    presser = Presser(here)
    presser.start()
    began = time.monotonic()
    for press in presses(0, BUTTONS, dice):
        presser.press(press)
    some = dice.randrange(BURST // 10, BURST // 2)
    assert within(30, lambda: len(presser.acked) >= some, step=0.0005)
    here.gateway.kill()
    acked = len(presser.acked)
    here.gateway.start()
    assert within(30, lambda: len(presser.acked) == BURST)
    assert within(180, lambda: not missing(here, presser.acked))
    presser.stop()
    said = f"killed at {acked} of {BURST}; all at the centre after {time.monotonic() - began:.1f} s"
    record_property("burst", said)
    print(said)
    assert len(taken(here, presser.acked)) == BURST
