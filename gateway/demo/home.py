"""The simulated home as Zigbee2MQTT publishes it: a day's real payloads from a seed, a pure generator."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import merge
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.demo.routine import Act, routine
from gateway.demo.sensors import HOME, MOTION, SMOKE, SOS, Json, Sensor, sensor

BASE = "zigbee2mqtt"
CLEAR = timedelta(seconds=90)  # Zigbee2MQTT's own timer after the last motion of an RTCGQ11LM
_EPOCH = date(2026, 1, 1)  # the batteries were new


class Message(NamedTuple):
    """What is published, and when. Not retained: Zigbee2MQTT does not retain states by default."""

    at: datetime
    topic: str
    payload: bytes


def day(seed: int, date: date, zone: ZoneInfo) -> Iterator[Message]:
    """Every message of one day, in order: about 380 activations, their ends, and hourly repeats of states."""
    return played(routine(seed, date, zone), seed, date, zone)


def played(acts: Iterable[Act], seed: int, date: date, zone: ZoneInfo) -> Iterator[Message]:
    """The messages of a day on which this happens. `acts` are in order."""
    random = Random(f"air {seed} {date.isoformat()}")  # noqa: S311  a simulation
    start = datetime.combine(date, time(), zone)
    beats = sorted((beat for one in HOME for beat in _beats(random, one, start)), key=lambda act: act.at)
    air = _Air(random, _charge(date))
    for act in merge(_cleared(acts), beats, key=lambda act: act.at):
        yield from air.messages(act)


def happening(act: Act) -> Iterator[Message]:
    """The messages of something that happens out of the routine."""
    return _Air(Random(act.sensor), _charge(act.at.date())).messages(act)  # noqa: S311


def _charge(date: date) -> float:
    """What is left of the batteries, in per cent: they last three years."""
    return max(5.0, 100 - (date - _EPOCH).days / 11)


def _beats(random: Random, one: Sensor, start: datetime) -> Iterator[Act]:
    at = start + timedelta(seconds=random.uniform(0, one.beat))
    while at < start + timedelta(days=1):
        yield Act(at, one.name, _BEAT)
        at += timedelta(seconds=one.beat + random.uniform(-30, 30))


_BEAT = "…"  # stands for "say again what you said last"


def _cleared(acts: Iterable[Act]) -> list[Act]:
    """The acts, and the end of each motion."""
    whole: list[Act] = []
    last: dict[str, datetime] = {}
    for act in acts:
        if sensor(act.sensor).model is MOTION:
            before = last.get(act.sensor)
            if before is not None and act.at - before > CLEAR:
                whole.append(Act(before + CLEAR, act.sensor, False))
            last[act.sensor] = act.at
        whole.append(act)
    whole += [Act(at + CLEAR, name, False) for name, at in last.items()]
    return sorted(whole, key=lambda act: act.at)


@dataclass(slots=True)
class _Air:
    """Zigbee2MQTT's cache of states: every message holds the whole state of its sensor."""

    random: Random
    charge: float
    states: dict[str, dict[str, Json]] = field(default_factory=dict)

    def messages(self, act: Act) -> Iterator[Message]:
        one = sensor(act.sensor)
        state = self.states.setdefault(one.name, dict(one.model.rest))
        if act.value != _BEAT:
            state[one.model.says] = act.value
            if "trigger_count" in state and act.value is False:
                state["trigger_count"] = int(str(state["trigger_count"])) + 1
        yield self._message(act.at, one, state)
        if one.model is SOS and state["action"]:  # the legacy reset right after a press
            state["action"] = ""
            yield self._message(act.at + timedelta(milliseconds=80), one, state)
            state["action"] = None

    def _message(self, at: datetime, one: Sensor, state: dict[str, Json]) -> Message:
        link = self.random.randint(70, 180)
        whole = state | {"battery": round(self.charge), "linkquality": link, "last_seen": at.isoformat()}
        if one.model is not SMOKE:
            whole["voltage"] = 2700 + round(self.charge * 4)
        return Message(at, f"{BASE}/{one.name}", json.dumps(whole, sort_keys=True).encode())
