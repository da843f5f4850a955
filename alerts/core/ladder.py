"""Reads a ladder file: whom an alert of some kind and severity calls, and when. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from alerts.core.alert import Plan, Rung
from rules.model import Severity
from rules.strict import Problem, load


class LadderError(ValueError):
    """A ladder file that cannot be used; `problems` holds every mistake."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


TRIAL = Plan((Rung((), timedelta(hours=1)),), repeat=timedelta(hours=12))  # nobody is called for a test


@dataclass(frozen=True, slots=True)
class Ladders:
    """A plan for each severity, and for kinds that go another way."""

    severity: Mapping[str, Plan]
    kind: Mapping[str, Plan] = field(default_factory=dict)

    def plan(self, kind: str, severity: Severity) -> Plan:
        """The kind's own ladder, or that of the severity."""
        return self.kind.get(kind) or self.severity[severity]


def parse(text: str, where: str) -> Ladders:
    """The ladders of a TOML text. Raises LadderError with every mistake."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LadderError((Problem(where, "", str(error), "correct the TOML"),)) from error
    ladders, problems = load(Ladders, table, where)
    if ladders is None:
        raise LadderError(problems)
    if problems := _problems(ladders, where):
        raise LadderError(problems)
    return ladders


def _problems(ladders: Ladders, where: str) -> tuple[Problem, ...]:
    missing = tuple(
        Problem(where, f"severity.{severity}", "is missing", "add its rungs")
        for severity in Severity
        if severity not in ladders.severity
    )
    unknown = tuple(
        Problem(where, f"severity.{name}", "is no severity", f"one of {', '.join(Severity)}")
        for name in ladders.severity
        if name not in tuple(Severity)
    )
    plans = {f"severity.{n}": p for n, p in ladders.severity.items()} | {
        f"kind.{n}": p for n, p in ladders.kind.items()
    }
    silent = tuple(
        Problem(where, f"{name}.rungs", "calls nobody at its top", "let the last rung name a role")
        for name, plan in plans.items()
        if not plan.rungs or not plan.rungs[-1].roles
    )
    return missing + unknown + silent
