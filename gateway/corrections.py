"""The shipped corrections of Zigbee models whose `exposes` say something else than they mean."""

from __future__ import annotations

from devices.exceptions import Exceptions, parse
from gateway.paths import config_dir


def corrections() -> Exceptions:
    """Those of config/devices/zigbee.toml. Raises devices.exceptions.BadExceptionsError, OSError."""
    path = config_dir() / "devices" / "zigbee.toml"
    return parse(path.read_text(encoding="utf-8"), str(path))
