"""Tells systemd that the service is ready, and that it still moves."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


def notify(state: str) -> None:
    """Send READY=1, WATCHDOG=1, STATUS=… or STOPPING=1. Without systemd this does nothing, and where systemd
    does not listen for a moment it neither waits nor fails: the watchdog will tell."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, suppress(OSError):
        sock.setblocking(False)
        sock.sendto(state.encode(), address)
