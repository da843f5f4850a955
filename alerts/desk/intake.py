"""Takes in what the gateways send: checks it, stores it in one transaction, and only then acknowledges it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from alerts.conf import conf
from alerts.desk import desk, herald, models, modes
from alerts.desk.watch import SILENT
from alerts.registry import places
from alerts.registry.models import Gateway, Home
from alerts.timeline.sql import SqlTimeline
from rules.model import Clear, Decision, HomeId, ModeSet, Raise, Reading, Swapped
from rules.record import BadRecordError, Record
from rules.wire import ROOT, Ack, ForgedError, Head, Lane, sender, unbatch

LARGEST = 1_048_576  # bytes; a gateway sends 900,000 at most
AHEAD = timedelta(minutes=2)  # a gateway's clock may be this much before ours


class RefusedError(Exception):
    """A batch that is not stored and not acknowledged. `reason` is the word under which it is counted."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Stored:
    """What to acknowledge now, and how many records were left out, by reason."""

    home: str
    key: bytes
    ack: Ack
    fresh: int
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Batch:
    home: Home
    key: bytes
    lane: Lane
    head: Head
    records: tuple[Record, ...]


def receive(topic: str, payload: bytes, now: datetime) -> Stored:
    """Store a batch. Raises RefusedError for what no gateway of ours would send to this topic."""
    batch = _checked(topic, payload)
    with transaction.atomic():
        return _store(batch, now)


def _checked(topic: str, payload: bytes) -> _Batch:
    if len(payload) > LARGEST:
        raise RefusedError("oversize", f"{len(payload)} bytes on {topic}")
    home_id, lane = _address(topic)
    try:
        gateway = _gateway(sender(payload))
        key = bytes.fromhex(gateway.key)
        head, records = unbatch(key, topic, payload)
    except ForgedError as error:
        raise RefusedError("forged", str(error)) from error
    except (BadRecordError, ValueError) as error:
        raise RefusedError("garbage", str(error)) from error
    return _Batch(_home(home_id, gateway), key, lane, head, records)


def _address(topic: str) -> tuple[str, Lane]:
    match topic.removeprefix(f"{ROOT}/").split("/"):
        case [home, "up", lane] if lane in tuple(Lane):
            return home, Lane(lane)
    raise RefusedError("topic", f"{topic[:200]} is no home's lane")


def _gateway(head: Head) -> Gateway:
    gateway = Gateway.objects.filter(pk=head.gateway).first()
    if gateway is None:
        raise RefusedError("unknown gateway", head.gateway)
    return gateway


def _home(id_: str, gateway: Gateway) -> Home:
    home = Home.objects.filter(pk=id_).first()
    if home is None:
        raise RefusedError("unknown home", f"{id_[:64]} of gateway {gateway.pk}")
    if home.gateway_id != gateway.pk:
        raise RefusedError("foreign home", f"{id_} is not in the care of gateway {gateway.pk}")
    return home


def _store(batch: _Batch, now: datetime) -> Stored:
    home, lane, journal = batch.home.pk, batch.lane, batch.head.journal
    cursor, _ = models.Cursor.objects.get_or_create(home_id=home, lane=lane.value, journal=journal)
    fresh = [record for record in batch.records if record.seq > cursor.seq]
    ignored = _take(home, lane, fresh, now)
    if fresh:
        cursor.seq = fresh[-1].seq
        cursor.save(update_fields=["seq"])
    _heard(batch, now)
    herald.compare(home, batch.head.down)
    return Stored(home, batch.key, Ack(lane, journal, cursor.seq), len(fresh), ignored)


def _take(home: str, lane: Lane, records: Sequence[Record], now: datetime) -> tuple[str, ...]:
    """Readings to the timeline, findings to the desk; what is left out, by reason."""
    ignored: list[str] = []
    readings: list[Reading] = []
    for record in records:
        match record.item:
            case Reading() as reading if lane is Lane.TELEMETRY:
                readings.append(reading)
            case Raise() | Clear() as decision if lane is Lane.ALARM:
                ignored += _decided(home, decision, now)
            case Swapped() as swap if lane is Lane.ALARM:
                ignored += _swapped(home, swap)
            case ModeSet() as mode if lane is Lane.ALARM:
                modes.heard(home, mode, now)
            case Reading() | Raise() | Clear() | Swapped() | ModeSet():
                ignored.append("wrong lane")
    past = [reading for reading in readings if reading.at <= now + AHEAD]
    if past:
        SqlTimeline().append(HomeId(home), past)
    return (*ignored, *["future reading"] * (len(readings) - len(past)))


def _swapped(home: str, swap: Swapped) -> list[str]:
    """The place keeps its history, whichever sensor stands there."""
    if refused := places.swapped(home, swap):
        return [refused]
    SqlTimeline().move(HomeId(home), swap.old, swap.new)
    return []


def _decided(home: str, decision: Decision, now: datetime) -> list[str]:
    """An alarm is never refused for its clock: a finding of the future is taken as of now."""
    match decision:
        case Raise():
            desk.open_or_worsen(home, replace(decision, at=min(decision.at, now)), now)
        case Clear():
            desk.clear(home, decision, now)
    return ["future finding, taken as of now"] if decision.at > now + AHEAD else []


def _heard(batch: _Batch, now: datetime) -> None:
    home = batch.home.pk
    was = models.Pulse.objects.filter(pk=home).first()
    told = {"heard_at": now, "sent_at": batch.head.sent, "due": now + conf().watch.silent}
    models.Pulse.objects.update_or_create(home_id=home, defaults=told)
    if was is not None and was.due is None:
        desk.clear(home, Clear(SILENT, now), now)
