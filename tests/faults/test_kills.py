"""`kill -9` of the gateway, the alert service and the broker at random moments under load.

SHOUWANG_KILLS says how often each is killed (3; `make faults` takes 20), SHOUWANG_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from crowd import Answers, Load, Presser, crowd, presses
from town import HOMES, Town, healthy
from verdict import judge, keys, missing, strangers, unsent, within
from verdict import key as key_of

pytestmark = pytest.mark.slow
BOTH = True  # brokers, each time
KILLS = int(os.environ.get("SHOUWANG_KILLS", "3"))
RATE, CHATTER = 2.0, 40.0  # presses (a district of 68,000 homes has 0.1) and other messages a second
BUTTONS = 6 + KILLS * 6  # a home; more than are pressed
PATIENCE = 60.0  # seconds from a restart until a press made after it is at the centre, at most


@dataclass
class Chaos:
    """Kills, starts again, and measures how long it takes until a new press is at the centre."""

    here: Town
    presser: Presser
    dice: random.Random
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def strike(self, name: str, victim: Any) -> None:
        """Half of the kills come at any moment, half while a press is on its way (it takes some 50 ms)."""
        time.sleep(self.dice.uniform(0.05, 1.0))
        if self.dice.random() < 0.5:
            already = len(self.presser.sent)
            within(5, lambda: len(self.presser.sent) > already, step=0.001)
            time.sleep(self.dice.uniform(0.0, 0.08))
        victim.kill()
        time.sleep(self.dice.uniform(0.0, 0.8))
        victim.start()
        self._recover(name)

    def _recover(self, name: str) -> None:
        began, already = time.monotonic(), len(self.presser.sent)
        assert within(PATIENCE, lambda: self._flows(already)), f"nothing flows after the kill of the {name}"
        self.took[name].append(time.monotonic() - began)

    def _flows(self, already: int) -> bool:
        """A press made since then is at the centre, and the console answers."""
        there = keys(self.here.ledger.database)
        return any(key_of(press) in there for press, _ in self.presser.sent[already:]) and healthy(
            self.here.base
        )


def told(took: Mapping[str, list[float]]) -> str:
    return "; ".join(
        f"{name}: {len(times)} kills, new press at the centre after {statistics.median(times):.1f} s"
        f" (most {max(times):.1f})"
        for name, times in took.items()
    )


def test_no_kill_loses_an_alert_or_sends_one_twice(
    here: Town, dice: random.Random, record_property: Any
) -> None:
    presser = Presser(here)
    presser.start()
    answers = Answers(here, random.Random(dice.random()))
    load = Load(presser, presses(0, BUTTONS, random.Random(dice.random())), RATE, CHATTER, dice, answers)
    chaos = Chaos(here, presser, random.Random(dice.random()))
    victims = {"gateway": here.gateway, "alert service": here.centre, "broker": here.broker}
    strikes = list(victims) * KILLS
    dice.shuffle(strikes)
    with crowd(load):
        for name in strikes:
            chaos.strike(name, victims[name])
        assert len(presser.sent) < HOMES * BUTTONS, "no presses were left: no load at the end"
    assert within(20, lambda: len(presser.acked) == len(presser.sent)), "a press without an answer"
    within(PATIENCE, lambda: not missing(here, presser.acked) and not unsent(here))
    answers.finish()
    assert within(PATIENCE, lambda: not unsent(here))
    presser.stop()
    verdict = judge(here, presser.acked)
    assert not strangers(here)
    said = f"{verdict}; {told(chaos.took)}"
    record_property("kills", said)
    print(said)
