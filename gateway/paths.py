"""Where the data that ships with the program lies: beside the packages, in a checkout as when installed."""

from __future__ import annotations

from pathlib import Path


def config_dir() -> Path:
    """The folder `config`: rule profiles, device families, ladders, messages, broker drop-ins."""
    return Path(__file__).resolve().parent.parent / "config"
