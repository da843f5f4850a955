"""How a gateway comes in at a broker: the user, the password, and whom it believes."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated, Protocol

from gateway import secret
from gateway.notes import Notes
from rules.strict import Form, Range, Secret

Port = Annotated[int, Range(1, 65535)]
Host = Annotated[str, Form(r"[^\s/]+", "a host's name or address, without a port")]
Hidden = Annotated[str, Secret()]


class Guarded(Protocol):
    """A table of the settings with a broker's keys."""

    @property
    def username(self) -> str:
        """Empty where the broker asks for none."""

    @property
    def password(self) -> str | None:
        """The password itself."""

    @property
    def password_file(self) -> Path | None:
        """Where it stands alone."""

    @property
    def tls(self) -> bool:
        """Whether to encrypt."""

    @property
    def ca_file(self) -> Path | None:
        """The CA that signed the broker's certificate; None for the system's."""


def trust(row: Guarded, key: str, notes: Notes) -> tuple[str, Path | None]:
    """The password and the CA file of a connection."""
    at, plain = f"{key}.password_file", f"{key}.password"
    password = secret.chosen(row.password, row.password_file, at, plain, notes) or ""
    if password and not row.username:
        notes.add(f"{key}.username", "is missing beside a password", "add the user's name")
    if row.ca_file is None:
        return password, None
    ca_file = notes.inside(row.ca_file)
    if not row.tls:
        notes.add(f"{key}.ca_file", "has no effect without tls", "add tls = true, or remove it")
    elif not ca_file.is_file():
        notes.add(f"{key}.ca_file", f"there is no file {ca_file}", "copy the broker's CA certificate there")
    else:
        _certificate(ca_file, f"{key}.ca_file", notes)
    return password, ca_file


def _certificate(file: Path, key: str, notes: Notes) -> None:
    try:
        ssl.create_default_context(cafile=file)
    except OSError as error:  # an ssl.SSLError is one
        what = f"{file} is no CA certificate: {error.strerror or error}"
        notes.add(key, what, "copy the broker's CA certificate there, in PEM, for the service's user to read")
