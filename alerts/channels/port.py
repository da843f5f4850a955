"""The plug of a channel: it carries one notice to one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one person by one channel. `id` is the same however often it is tried."""

    id: UUID
    alert: UUID
    person: str
    channel: str
    address: str
    text: str
    token: str  # of the link in the text; no other notice holds it
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider has taken it over; `id` is the provider's name for it, empty where it has none."""

    id: str = ""


class RejectedError(Exception):
    """This channel will never carry this notice. Any other error means: try again later."""


class Channel(Protocol):
    """One way to people. A send may be repeated after a crash; `seek` finds what went out before it."""

    @property
    def name(self) -> str:
        """As notices name it."""

    async def send(self, notice: Notice) -> Receipt:
        """Hand it to the provider. Raises RejectedError, or whatever broke."""

    async def seek(self, notice: Notice) -> Receipt | None:
        """The receipt of an earlier try that was cut short, if the provider knows of one."""
