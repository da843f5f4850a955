"""An adapter for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ports import Adapter


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[Adapter]:
    """A serial adapter that is plugged in."""
    found = Adapter(tmp_path / "usb-radar-if00")
    yield found
    found.pull()
