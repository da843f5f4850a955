"""Models that say something else than they mean: the few corrections that no general rule can know."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from devices.role import Role, Value
from rules.model import Kind
from rules.strict import Problem, load


@dataclass(frozen=True, slots=True)
class Correction:
    """One role as `[[model.role]]` writes it."""

    property: str
    kind: Kind
    active: tuple[Value, ...] = ()
    inactive: tuple[Value, ...] = ()
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """`[[model]]`: what to leave out (`drop`, properties), what to add, and why (a source)."""

    vendor: str
    model: str
    why: str
    drop: tuple[str, ...] = ()
    role: tuple[Correction, ...] = ()

    def applied(self, roles: Sequence[Role]) -> tuple[Role, ...]:
        """The roles, corrected."""
        kept = tuple(role for role in roles if role.property not in self.drop)
        return kept + tuple(
            Role(fix.property, fix.kind, fix.active, fix.inactive, fix.confirm) for fix in self.role
        )


Exceptions: TypeAlias = Mapping[tuple[str, str], Model]
NO_EXCEPTIONS: Exceptions = {}


class BadExceptionsError(ValueError):
    """A file of exceptions with mistakes; `problems` holds all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class _File:
    model: tuple[Model, ...] = ()


def parse(text: str, where: str) -> Exceptions:
    """The exceptions of a TOML file; `where` names it in messages. Raises BadExceptionsError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadExceptionsError([Problem(where, "", str(error), "write valid TOML")]) from error
    file, problems = load(_File, table, where)
    if file is None:
        raise BadExceptionsError(problems)
    return {(model.vendor, model.model): model for model in file.model}
