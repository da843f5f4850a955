"""The first fold: a home's state over its ordered events. Replay is the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rules.model import (
    AnyRule,
    AnyTrust,
    ClockStepped,
    Decision,
    Event,
    Kind,
    Mode,
    ModeSet,
    Origin,
    Raise,
    Reading,
    Swapped,
    Tick,
    Unheard,
)
from rules.shift import shifted

_EVENT = Origin.EVENT  # looking an enum's member up costs as much as building a tuple
_MODE = ""  # among the dues, the end of the mode: no rule has this name


@dataclass(frozen=True, slots=True)
class HomeState:
    """All that the rules remember of one home. `now` never moves backwards, but by ClockStepped."""

    now: datetime
    rules: Mapping[str, Any]
    dues: Mapping[str, datetime]  # only rules that wait for an instant
    due: datetime | None  # the earliest of `dues`
    mode: ModeSet | None = None  # what was said last; HOME from its end on. None: nothing was ever said


class Engine:
    """A set of rules, run as one. `trust`, if there is one, is the first of them."""

    def __init__(self, rules: Sequence[AnyRule], trust: AnyTrust | None = None) -> None:
        rules = rules if trust is None else (trust, *rules)
        self._trust = trust
        self._rules = {rule.name: rule for rule in rules}
        if len(self._rules) != len(rules):
            raise ValueError("two rules share a name; name each rule differently in the profile")
        self._by_kind: dict[Kind, tuple[AnyRule, ...]] = {
            kind: tuple(rule for rule in rules if kind in rule.kinds) for kind in Kind
        }

    @property
    def rules(self) -> Mapping[str, AnyRule]:
        """The rules by name, in the profile's order."""
        return self._rules

    def start(self, now: datetime) -> HomeState:
        """The state of a home that is taken over at `now`."""
        return self.resume(now, {})

    def resume(self, now: datetime, states: Mapping[str, Any], mode: ModeSet | None = None) -> HomeState:
        """The state at `now` from remembered rule states; a rule without one starts afresh, and is told that
        nobody is at home where that was said before it began."""
        rules = {n: states[n] if n in states else _begun(rule, now, mode) for n, rule in self._rules.items()}
        dues = {n: due for n, rule in self._rules.items() if (due := rule.due(rules[n])) is not None}
        return _said(HomeState(now, rules, dues, min(dues.values(), default=None)), mode)

    def due(self, state: HomeState) -> datetime | None:
        """The next instant at which time alone may change a judgement."""
        return state.due

    def step(self, state: HomeState, event: Event, now: datetime) -> tuple[HomeState, tuple[Decision, ...]]:
        """Fire every deadline up to `now`, each at its own instant, then take the event. Of a time in which
        nothing could be heard, the rules are told before the deadlines in it fire."""
        if isinstance(event, ClockStepped):
            return self._clock(state, event), ()
        if now < state.now:
            now = state.now
        decisions: tuple[Decision, ...] = ()
        heard = event.since if isinstance(event, Unheard) else now
        if state.due is not None and state.due <= heard:
            state, decisions = self._fire(state, heard)
        match event:
            case Reading():
                state, more = self._tell(state, self._by_kind[event.kind], event, now)
            case ModeSet():
                state, more = self._say(state, event, now)
            case Swapped():
                state, more = self._tell(state, tuple(self._rules.values()), event, now)
            case Unheard():
                state, more = self._deaf(state, Unheard(min(event.since, now), min(event.at, now)), now)
            case Tick():
                state, more = self._tell(state, (), event, now)
        return state, decisions + more if decisions else more

    def _fire(self, state: HomeState, now: datetime) -> tuple[HomeState, tuple[Decision, ...]]:
        decisions: list[Decision] = []
        while state.due is not None and state.due <= now:
            due = state.due
            # in the profile's order: that of `dues` depends on what happened, and a restart forgets it
            late = tuple(r for n, r in self._rules.items() if n in state.dues and state.dues[n] <= due)
            state, more = self._tell(state, late, Tick(due), max(due, state.now))
            decisions += more
            if (over := ended(state.mode, due)) is not None:
                state, more = self._say(state, over, max(due, state.now))
                decisions += more
            if state.due is not None and state.due <= due:
                stuck = [n for n, at in state.dues.items() if at <= due]
                raise RuntimeError(
                    f"rules {stuck} are still due at {due} after Tick: their due() must move on"
                )
        return state, tuple(decisions)

    def _deaf(self, state: HomeState, gap: Unheard, now: datetime) -> tuple[HomeState, tuple[Decision, ...]]:
        """The rules hear of the gap before any deadline in it fires: nobody waited meanwhile."""
        state, decisions = self._tell(state, tuple(self._rules.values()), gap, now)
        if state.due is None or state.due > now:
            return state, decisions
        state, more = self._fire(state, now)
        return state, decisions + more

    def _say(self, state: HomeState, mode: ModeSet, now: datetime) -> tuple[HomeState, tuple[Decision, ...]]:
        return self._tell(_said(state, mode), tuple(self._rules.values()), mode, now)

    def _tell(
        self, state: HomeState, rules: tuple[AnyRule, ...], event: Event, now: datetime
    ) -> tuple[HomeState, tuple[Decision, ...]]:
        states, dues, due, mode = dict(state.rules), dict(state.dues), state.due, state.mode
        decisions: tuple[Decision, ...] = ()
        trust, changed, moved = self._trust, False, False
        for rule in rules:
            name = rule.name
            old = states[name]
            new, more = rule.step(old, event, now)
            if more:
                decisions = (*decisions, *more)
            if new is not old:
                changed = True
                states[name] = new
                at = rule.due(new)
                if at is not dues.get(name):
                    moved = True
                    if at is None:
                        del dues[name]
                    else:
                        dues[name] = at
            if rule is trust:
                event = self._weighed(new, event)
        if decisions and mode is not None and mode.mode is Mode.TEST:
            decisions = tuple(_tried(decision) for decision in decisions)
        if moved:  # once for all rules: every reading passes here
            due = min(dues.values(), default=None)
        return HomeState(now, states if changed else state.rules, dues, due, mode), decisions

    def _weighed(self, state: Any, event: Event) -> Event:
        """What a sensor that lies says is no event to the rules after trust."""
        if self._trust is None or not isinstance(event, Reading) or event.origin is not _EVENT:
            return event
        return event if self._trust.believes(state, event) else replace(event, origin=Origin.SYNTHETIC)

    def _clock(self, state: HomeState, step: ClockStepped) -> HomeState:
        rules = {n: shifted(s, step.by) for n, s in state.rules.items()}
        return self.resume(state.now + step.by, rules, shifted(state.mode, step.by))


def _begun(rule: AnyRule, now: datetime, mode: ModeSet | None) -> Any:
    """A rule's first state. Nothing is open in it, so that nothing can come of the mode."""
    state = rule.start(now)
    return state if mode is None or mode.mode is Mode.HOME else rule.step(state, mode, now)[0]


def _said(state: HomeState, mode: ModeSet | None) -> HomeState:
    """The state in this mode, which ends by itself if somebody said until when."""
    until = None if mode is None or mode.mode is Mode.HOME else mode.until
    dues = {name: at for name, at in {**state.dues, _MODE: until}.items() if at is not None}
    return HomeState(state.now, state.rules, dues, min(dues.values(), default=None), mode)


def ended(mode: ModeSet | None, now: datetime) -> ModeSet | None:
    """What the rules are told at the end of a mode, if that has come."""
    if mode is None or mode.until is None or mode.until > now or mode.mode is Mode.HOME:
        return None
    return ModeSet(Mode.HOME, mode.until, mode.by, None, mode.order)


def _tried(decision: Decision) -> Decision:
    """A finding while somebody tries the sensors says so."""
    if isinstance(decision, Raise):
        return replace(decision, facts={**decision.facts, "test": 1.0})
    return decision


def replay(
    engine: Engine, state: HomeState, events: Iterable[tuple[Event, datetime]]
) -> Iterator[tuple[HomeState, tuple[Decision, ...]]]:
    """Fold recorded events, each taken at its own `now`, and yield what came of each."""
    for event, now in events:
        state, decisions = engine.step(state, event, now)
        yield state, decisions
