"""What each MQTT codec must stand: any bytes on any of its topics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from devices.families import MqttCodec
from devices.told import Told, Value
from rules.model import Origin

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    """An instant after AT."""
    return AT + timedelta(seconds=seconds)


def says(
    codec: MqttCodec, topic: str, payload: str, seconds: float = 0, retained: bool = False
) -> Sequence[Told]:
    """What one message says."""
    return codec.feed(topic, payload.encode(), after(seconds), retained)


def roles(told: Sequence[Told]) -> list[tuple[str, Value]]:
    """Roles and values alone."""
    return [(one.role, one.value) for one in told]


def stands_noise(codec: MqttCodec, topics: Sequence[str], noise: bytes, retained: bool = False) -> None:
    """Whatever comes, it answers; what is retained is never news."""
    for topic in topics:
        for told in codec.feed(topic, noise, AT, retained):
            assert not retained or told.origin is Origin.REPLAY
