"""One measurement of a body out of what a device says within a minute: its median, so that no single sample
of a stream counts, and no value that no body has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rules.model import DeviceId, Kind, Origin, Reading

TOGETHER: Final = timedelta(minutes=1)  # samples within this are one measurement: a radar, an oximeter's clip
_EVENT: Final = Origin.EVENT
_MOST: Final = 64  # samples of a measurement; more say nothing more
POSSIBLE: Final[Mapping[Kind, tuple[float, float]]] = {
    # As wide as the sieve's, for a rehearsal has no sieve; a clinical thermometer ends at 42 °C
    # (ISO 80601-2-56), and above 42.5 °C a thermometer in the sun is more likely than a body.
    Kind.HEART_RATE: (15, 300),
    Kind.RESPIRATION: (2, 80),
    Kind.SPO2: (30, 100),
    Kind.SYSTOLIC: (40, 300),
    Kind.DIASTOLIC: (20, 200),
    Kind.BODY_TEMPERATURE: (25, 42.5),
    Kind.WEIGHT: (1, 400),
}


@dataclass(frozen=True, slots=True)
class Taking:
    """What one device says of one kind: the samples of the measurement that it takes, none between two."""

    kind: Kind
    device: DeviceId
    since: datetime  # the measurement's first sample
    last: datetime  # the newest sample
    values: tuple[float, ...] = ()

    @property
    def closes(self) -> datetime | None:
        """When the measurement is whole; None while there is none."""
        return self.since + TOGETHER if self.values else None

    @property
    def value(self) -> float:
        """The measurement: the median of its samples, in the kind's unit."""
        ordered = sorted(self.values)
        half = len(ordered) // 2
        return (ordered[half] + ordered[~half]) / 2


def possible(reading: Reading) -> bool:
    """Whether it is a measurement made just now that a body can have. What is cached, said again or doubted
    is none, and NaN is no number."""
    low, high = POSSIBLE[reading.kind]
    return reading.origin is _EVENT and low <= reading.value <= high


def taken(taking: Taking | None, reading: Reading, now: datetime) -> Taking | None:
    """The measurement with one more sample; None for a sample that is no newer than the last."""
    at = reading.at
    if at > now:
        at = now
    if taking is None or not taking.values:
        if taking is not None and at <= taking.last:
            return None
        return Taking(reading.kind, reading.device, at, at, (reading.value,))
    if at <= taking.last:
        return None
    values = taking.values if len(taking.values) == _MOST else (*taking.values, reading.value)
    return Taking(taking.kind, taking.device, taking.since, at, values)  # a radar passes here all night


def done(taking: Taking) -> Taking:
    """The device after its measurement: the next sample begins another."""
    return Taking(taking.kind, taking.device, taking.since, taking.last)


def whole(takings: Mapping[str, Taking], now: datetime) -> list[str]:
    """The names of those whose measurement is whole by now, in the order in which they were."""
    ends = {name: end for name, one in takings.items() if (end := one.closes) is not None and end <= now}
    return sorted(ends, key=ends.__getitem__)


def twin(taking: Taking) -> str | None:
    """The name `<kind>:<device>` of the other half of a cuff's measurement; None for what has none."""
    other = {Kind.SYSTOLIC: Kind.DIASTOLIC, Kind.DIASTOLIC: Kind.SYSTOLIC}.get(taking.kind)
    return f"{other}:{taking.device}" if other else None


def contradicted(taking: Taking, other: Taking | None) -> bool:
    """Whether a cuff failed: the lower pressure it gives is not below the upper one of the same minute."""
    if other is None or not other.values or abs(other.since - taking.since) > TOGETHER:
        return False
    upper, lower = (taking, other) if taking.kind is Kind.SYSTOLIC else (other, taking)
    return lower.value >= upper.value
