"""What all lines of a receiver of alarm panels know: copies, whose accounts these are, lost zones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

COPY: Final = timedelta(minutes=10)  # a panel that got no answer sends the same again, under its number
KEPT: Final = 256  # messages remembered to tell copies


class Panels:
    """The panels that may call. A copy often comes on another line than the message did."""

    def __init__(self, addresses: Collection[str] | None = None) -> None:
        """`addresses`: the accounts and zones that are enrolled (12345A, 12345A/129); None: whoever calls."""
        self._addresses = addresses
        self._heard: dict[str, datetime] = {}  # messages, the oldest first
        self._lost: set[str] = set()

    def copied(self, text: str, at: datetime) -> bool:
        """Whether this message was taken already, within COPY."""
        first = self._heard.pop(text, None)
        copied = first is not None and timedelta() <= at - first < COPY
        self._heard[text] = first if first is not None and copied else at
        if len(self._heard) > KEPT:
            del self._heard[next(iter(self._heard))]
        return copied

    def knows(self, account: str) -> bool:
        """Whether anything of this account is enrolled."""
        return self._addresses is None or bool(self._behind(account))

    def minds(self, zone: str) -> bool:
        """Whether somebody is called for what happens in this zone: it is enrolled, or its whole account."""
        known = self._addresses
        return known is None or zone in known or zone.partition("/")[0] in known

    def alive(self, account: str) -> Sequence[str]:
        """Whose sign of life a supervision message is: the panel's, and its zones', of which it would tell
        that it had lost them."""
        return [one for one in self._behind(account) if one not in self._lost] or [account]

    def lose(self, zone: str, lost: bool) -> None:
        """The panel hears a zone's sensor no more, or again."""
        if lost and self.minds(zone) and len(self._lost) < KEPT:
            self._lost.add(zone)
        elif not lost:
            self._lost.discard(zone)

    def _behind(self, account: str) -> Sequence[str]:
        known = self._addresses or ()
        return [one for one in known if one.partition("/")[0] == account]
