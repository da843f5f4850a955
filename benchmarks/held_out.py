"""How well the Zigbee rules do on models they were not made for: a corpus in five parts, by vendor.

    python -m benchmarks.held_out --models zigbee_models.jsonl.gz --payloads zigbee_payloads.jsonl.gz

Each part is measured without the corrections of its own models. `unheard` are its models with a property that
no vendor of another part has under that name and meaning: a rule that knows it may have been written for just
that model, so the truth for new vendors lies between `right` and `right` less `unheard`.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeAlias

from rich.console import Console
from rich.table import Table

from benchmarks.conformance import KNOWN, expected, feed, levels, rows, told, truth
from devices.exceptions import Exceptions
from devices.roles import roles

PARTS: Final = 5
Name: TypeAlias = tuple[str, str]  # vendor, model
Model: TypeAlias = Mapping[str, Any]


def part(vendor: str) -> int:
    """Which part a vendor's models are in; the same on every machine."""
    return int(sha256(vendor.encode()).hexdigest(), 16) % PARTS


def without(number: int) -> Exceptions:
    """The corrections that could have been written without this part."""
    return {name: model for name, model in KNOWN.items() if part(name[0]) != number}


def meanings(model: Model) -> set[tuple[str, str]]:
    """Its properties with what they mean; numbers in a name are one."""
    return {(re.sub(r"\d+", "#", row["property"]), row["role"]) for row in model["roles"] if row["role"]}


def understood(name: Name, model: Model, known: Exceptions) -> bool:
    """Whether every role of a model is as the corpus says."""
    got = {told(role) for role in roles(model["exposes"], *name, model["description"] or "", known)}
    return got == {truth(row) for row in model["roles"] if row["role"]}


def read(row: Mapping[str, Any], model: Model, known: Exceptions) -> bool:
    """Whether a payload's readings are what the corpus says."""
    return levels(feed(row["payload"], model, known)) == expected(row["payload"], model["roles"])


def table(corpus: Mapping[Name, Model], payloads: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, ...]]:
    """For each part: models, right, unheard; those with a care role, unheard; payloads, right."""
    heard: dict[tuple[str, str], set[int]] = defaultdict(set)
    for (vendor, _), model in corpus.items():
        for meaning in meanings(model):
            heard[meaning].add(part(vendor))
    for number in range(PARTS):
        known = without(number)
        mine = {name: model for name, model in corpus.items() if part(name[0]) == number}
        new = [model for model in mine.values() if any(heard[m] == {number} for m in meanings(model))]
        right = sum(understood(name, model, known) for name, model in mine.items())
        said = [row for row in payloads if (row["vendor"], row["model"]) in mine]
        good = sum(read(row, mine[row["vendor"], row["model"]], known) for row in said)
        care = sum(model["care"] for model in mine.values())
        yield len(mine), right, len(new), care, sum(model["care"] for model in new), len(said), good


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--payloads", type=Path, required=True)
    options = parser.parse_args()
    corpus = {(row["vendor"], row["model"]): row for row in rows(options.models)}
    heads = ("part", "models", "right", "unheard", "with a care role", "unheard", "payloads", "right")
    printed, sums = Table(*heads), Counter[int]()
    for number, figures in enumerate(table(corpus, list(rows(options.payloads)))):
        printed.add_row(str(number), *map(str, figures))
        sums.update(dict(enumerate(figures)))
    printed.add_row("all", *(str(sums[column]) for column in range(len(heads) - 1)))
    Console().print(printed)


if __name__ == "__main__":
    main()
