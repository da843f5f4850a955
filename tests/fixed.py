"""The default profile with a fixed window in place of the learned rule: its deadlines need no four weeks."""

from __future__ import annotations

from typing import Any

from gateway.paths import config_dir
from rules.catalogue import parse

WINDOW = '[[inactivity]]\nstart = 06:00:00\nend = 22:00:00\nlimit = "5h"\n'
DEFAULT = (config_dir() / "rules" / "default.toml").read_text("utf-8")
FIXED = DEFAULT.replace("[learned]\n", WINDOW)


def fixed() -> dict[str, Any]:
    """Its table."""
    assert FIXED != DEFAULT
    return parse(FIXED)
