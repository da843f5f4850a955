"""What devices say of themselves: opened or torn off, without mains, hardly to be heard, broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Final

from rules.facts import minutes, place
from rules.home import Home
from rules.model import (
    AnyRule,
    Clear,
    Decision,
    DeviceId,
    Event,
    Kind,
    Origin,
    Raise,
    Reading,
    Severity,
    Swapped,
    Tick,
)
from rules.strict import Range, Span

_KINDS: Final = frozenset({Kind.TAMPER, Kind.MAINS, Kind.LINK, Kind.FAULT})
_LINK: Final = Kind.LINK
_AT_ONCE: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Part:
    """How long a trouble has to last. Opened or torn off, or broken, is told at once."""

    mains: Span = timedelta(minutes=5)  # our choice: a fuse that is put back, a flicker
    link: Annotated[float, Range(1.0, 254.0)] = 20.0  # our choice: of 255; adapters count differently
    weak: Span = timedelta(days=1)  # our choice: a door that is shut, a person in between, pass
    calm: Span = timedelta(hours=1)  # our choice: the sieve looks at a chattering device every 5 min


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong with a device: since when, and since when it no longer is."""

    device: DeviceId
    kind: Kind
    since: datetime
    value: float
    why: str = ""
    told: bool = False
    over: datetime | None = None


@dataclass(frozen=True, slots=True)
class Troubles:
    """By "<kind>:<device>", the finding's key. `check` is when to look next."""

    open: Mapping[str, Trouble] = field(default_factory=dict)
    check: datetime | None = None


@dataclass(frozen=True, slots=True)
class Equipment:
    """Raises tamper, mains, link and fault, each with its device; clears when the device says it is over."""

    part: Part
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default="equipment", init=False)
    kinds: frozenset[Kind] = field(default=_KINDS, init=False)

    def start(self, now: datetime) -> Troubles:
        """All is well, as far as is known."""
        return Troubles()

    def step(self, state: Troubles, event: Event, now: datetime) -> tuple[Troubles, Sequence[Decision]]:
        """Take what a device says of itself, or look what has lasted."""
        if isinstance(event, Reading):
            return self._hear(state, event, now)
        if isinstance(event, Tick) and state.check is not None and state.check <= now:
            return self._look(state, now)
        if isinstance(event, Swapped):
            return self._swap(state, event)
        return state, ()

    def due(self, state: Troubles) -> datetime | None:
        """When the next trouble has lasted for long enough, or has been over for long enough."""
        return state.check

    def _hear(self, state: Troubles, event: Reading, now: datetime) -> tuple[Troubles, Sequence[Decision]]:
        kind = event.kind
        if kind is _LINK and event.value > self.part.link and not state.open:  # nearly always
            return state, ()
        bad = self._bad(event)
        if (
            bad is None
            or event.origin is Origin.REPLAY
            or kind not in _KINDS
            or event.device not in self.rooms
        ):
            return state, ()
        key, at = f"{kind}:{event.device}", min(event.at, now)
        old = state.open.get(key)
        if old is None:
            new = _begun(event, at) if bad else None
        else:
            new = replace(old, over=None if bad else (old.over or max(at, old.since)))
        if new == old:
            return state, ()
        return self._look(Troubles({**state.open, key: new} if new else state.open), now)

    def _bad(self, event: Reading) -> bool | None:
        """Whether something is wrong; None if that is not clear."""
        match event.kind:
            case Kind.LINK:
                between = self.part.link < event.value < 2 * self.part.link
                return None if between else event.value <= self.part.link
            case Kind.MAINS:
                return event.value <= 0
        return event.value > 0

    def _look(self, state: Troubles, now: datetime) -> tuple[Troubles, Sequence[Decision]]:
        kept, found = dict[str, Trouble](), list[Decision]()
        for key, trouble in state.open.items():
            if trouble.over is not None and (not trouble.told or trouble.over + self._calm(trouble) <= now):
                found += [Clear(key, now)] if trouble.told else []
                continue
            kept[key] = trouble
            if not trouble.told and trouble.since + self._wait(trouble) <= now:
                kept[key] = replace(trouble, told=True)
                found.append(self._finding(key, trouble, now))
        return Troubles(kept, min(self._ends(kept), default=None)), found

    def _ends(self, troubles: Mapping[str, Trouble]) -> Iterator[datetime]:
        for trouble in troubles.values():
            if not trouble.told:
                yield trouble.since + self._wait(trouble)
            elif trouble.over is not None:
                yield trouble.over + self._calm(trouble)

    def _wait(self, trouble: Trouble) -> timedelta:
        match trouble.kind:
            case Kind.MAINS:
                return self.part.mains
            case Kind.LINK:
                return self.part.weak
        return _AT_ONCE

    def _calm(self, trouble: Trouble) -> timedelta:
        return self.part.calm if trouble.kind is Kind.FAULT else _AT_ONCE

    def _swap(self, state: Troubles, swap: Swapped) -> tuple[Troubles, Sequence[Decision]]:
        gone = {key: trouble for key, trouble in state.open.items() if trouble.device == swap.old}
        if not gone:
            return state, ()
        kept = {key: trouble for key, trouble in state.open.items() if key not in gone}
        over = tuple(Clear(key, swap.at) for key, trouble in gone.items() if trouble.told)
        return Troubles(kept, min(self._ends(kept), default=None)), over

    def _finding(self, key: str, trouble: Trouble, at: datetime) -> Raise:
        facts = place(self.rooms, trouble.device) | {
            "since": trouble.since.isoformat(),
            "minutes": minutes(trouble.since, at),
            "value": trouble.value,
        }
        if trouble.why:
            facts["why"] = trouble.why
        return Raise(key, Severity.TROUBLE, at, facts)


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule for a home: any of its devices may speak of itself."""
    if home.devices:
        yield Equipment(part, home.rooms())


def _begun(event: Reading, at: datetime) -> Trouble:
    why = ""
    if event.kind is Kind.FAULT:
        why = "chatter" if event.origin is Origin.SYNTHETIC else "device"
    return Trouble(event.device, event.kind, at, event.value, why)
