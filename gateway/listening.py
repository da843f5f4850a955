"""A source that senders call: where the gateway listens for alarm panels, and whom it lets in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Annotated, Final, Literal, TypeAlias

from devices.sources.callers import Network
from devices.sources.tcp import Place
from gateway.notes import Notes
from gateway.trust import Host
from rules.strict import Form, Range

_Name = Annotated[str, Form(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", "letters, digits, - and _, 64 at most")]
_Port = Annotated[int, Range(1024, 65535)]  # the service may not have those below
_Options: TypeAlias = Mapping[str, str]

PANEL: Final = re.compile(r"[0-9A-Fa-f]{3,16}(/\w{1,8})?")


@dataclass(frozen=True, slots=True)
class ListenTable:
    """`[[source]]` that senders call."""

    name: _Name
    type: str
    port: _Port
    listen: Host = "0.0.0.0"  # noqa: S104  panels are other machines; `allow` says which
    transport: Literal["both", "tcp", "udp"] = "both"
    allow: tuple[str, ...] = ()
    options: _Options = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListenPart:
    """A port at which senders call."""

    name: str
    type: str
    listen: Place
    allow: tuple[Network, ...] = ()
    options: _Options = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it is."""
        return f"{self.listen.host}:{self.listen.port}"

    @property
    def where(self) -> str:
        """Where it is, and how it is read."""
        ways = " and ".join(w for w, on in (("TCP", self.listen.tcp), ("UDP", self.listen.udp)) if on)
        whom = ", ".join(map(str, self.allow)) or "everybody"
        return f"{self.place}, listening on {ways} to {whom}"


def listening(row: ListenTable, key: str, notes: Notes) -> ListenPart:
    """The source of one table."""
    place = Place(row.listen, row.port, row.transport != "udp", row.transport != "tcp")
    networks = []
    for text in row.allow:
        try:
            networks.append(ip_network(text))
        except ValueError as error:
            notes.add(f"{key}.allow", str(error), 'write addresses or networks, such as "192.168.1.0/24"')
    return ListenPart(row.name, row.type, place, tuple(networks), row.options)


def addressed(device: Mapping[str, object], key: str, notes: Notes) -> None:
    """Note a device that no panel can mean: panels name their account and zone."""
    named = "id" if device.get("address") is None else "address"
    if not PANEL.fullmatch(str(device.get(named))):
        what = f'"{device.get(named)}" is no account of a panel'
        notes.add(f"{key}.{named}", what, 'write the account and the zone, such as address = "12345A/129"')
