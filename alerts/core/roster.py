"""Who fills a rung: the people of a home's areas, nearest first. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be called for one home. `depth` is how near their area is: 0 is the district, and a
    contact of the home itself is nearest."""

    id: str  # "worker:12", "contact:5"
    name: str
    role: str
    depth: int
    language: str = "zh"
    order: int = 0  # among contacts, who comes first
    addresses: Mapping[str, str] = field(default_factory=dict)  # channel → where it reaches them

    @property
    def phone(self) -> frozenset[tuple[str, str]]:
        """The same for everybody whom a message would reach in the same hand."""
        return frozenset(self.addresses.items())


def find(
    roles: Collection[str], people: Sequence[Person], out: Collection[str] = frozenset()
) -> tuple[Person, ...]:
    """Everybody to call, each phone once, but those who are `out` or have no address at all.

    Of a role, the nearest area that has somebody serves: a hole in a grid is filled by the area above it.
    """
    able = [person for person in people if person.addresses and person.id not in out]
    chosen = [person for role in roles for person in _nearest(role, able)]
    return tuple({person.phone: person for person in reversed(chosen)}.values())[::-1]


def _nearest(role: str, people: Sequence[Person]) -> list[Person]:
    having = [person for person in people if person.role == role]
    depth = max((person.depth for person in having), default=0)
    near = [person for person in having if person.depth == depth]
    if role == "contact":  # one relative at a time; the next is called when the first cannot
        return sorted(near, key=lambda person: person.order)[:1]
    return near
