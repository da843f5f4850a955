"""Ladder files: what ships is what the design says, and every mistake is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from alerts.core import ladder
from rules.model import Severity

SHIPPED = Path("config/ladders/default.toml").read_text()


def test_the_default_emergency_is_the_designs() -> None:
    plan = ladder.parse(SHIPPED, "default.toml").plan("sos", Severity.EMERGENCY)
    assert [(rung.roles, rung.wait / timedelta(minutes=1)) for rung in plan.rungs] == [
        (("grid_worker", "contact"), 3),
        (("grid_leader", "keyholder"), 3),
        (("community_desk",), 4),
        (("street_centre",), 5),
    ]
    assert (plan.repeat, plan.arrival) == (timedelta(minutes=5), timedelta(minutes=15))


def test_a_kind_may_go_its_own_way() -> None:
    own = SHIPPED + '\n[kind.fall]\nrungs = [{ roles = ["street_centre"], wait = "1m" }]\n'
    ladders = ladder.parse(own, "own.toml")
    assert ladders.plan("fall", Severity.EMERGENCY).rungs[0].roles == ("street_centre",)
    assert len(ladders.plan("sos", Severity.EMERGENCY).rungs) == 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[severity.emergency]\nrungs = []", "calls nobody"),
        ('[severity.urgnet]\nrungs = [{ roles = ["contact"], wait = "1m" }]', "no severity"),
        ('[severity.check]\nrungs = [{ roles = ["granny"], wait = "1m" }]', "granny"),
        ('[severity.check]\nrungs = [{ roles = ["contact"], wait = "1s" }]', "out of range"),
        ('[severity.check]\nrungs = [{ roles = [], wait = "1m" }]', "calls nobody"),
        ("[severity", "correct the TOML"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(ladder.LadderError, match=told):
        ladder.parse(text, "bad.toml")
