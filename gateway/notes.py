"""Collects the mistakes of one settings file while it is read, so that all are told at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from rules.strict import Problem, load

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Notes:
    """The mistakes found so far in the file at `path`."""

    path: Path
    problems: list[Problem] = field(default_factory=list)

    def add(self, key: str, what: str, remedy: str) -> None:
        """Note one mistake."""
        self.problems.append(Problem(str(self.path), key, what, remedy))

    def unknown(self, key: str, noun: str, name: str, known: Sequence[str]) -> None:
        """Note a name that nothing has."""
        close = get_close_matches(name, known, 1)
        hint = f'did you mean "{close[0]}"? ' if close else ""
        self.add(key, f'there is no {noun} "{name}"', f"{hint}known: {', '.join(known) or 'none'}")

    def load(self, cls: type[T], table: Mapping[str, object], key: str) -> T | None:
        """The dataclass of one table, or None and its mistakes noted."""
        value, problems = load(cls, table, str(self.path), key)
        self.problems.extend(problems)
        return value

    def inside(self, name: Path) -> Path:
        """A path as the file means it: relative to the file."""
        return self.path.parent / name

    def all(self) -> tuple[Problem, ...]:
        """Each mistake once, in the order of finding."""
        return tuple(dict.fromkeys(self.problems))


def tables(value: object, key: str, notes: Notes) -> Sequence[tuple[str, Mapping[str, object]]]:
    """The tables of `[[key]]`, each with the key under which problems name it: `key[1]`, `key[2]`…"""
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        notes.add(key, "must be a list of tables", f"write each as [[{key}]]")
        return ()
    return [(f"{key}[{i}]", item) for i, item in enumerate(value, 1)]


def toml(path: Path) -> tuple[Mapping[str, object], tuple[Problem, ...]]:
    """The tables of a file, or an empty one and why it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8")), ()
    except FileNotFoundError:
        return {}, (Problem(str(path), "", "there is no such file", "check the path"),)
    except OSError as error:
        remedy = "let the user who runs this read it"
        return {}, (Problem(str(path), "", f"cannot be read: {error.strerror}", remedy),)
    except UnicodeDecodeError as error:
        return {}, (Problem(str(path), "", f"is not UTF-8 at byte {error.start}", "save it as UTF-8"),)
    except tomllib.TOMLDecodeError as error:
        return {}, (
            Problem(str(path), "", f"is not TOML: {error}", "correct that place; see https://toml.io"),
        )
