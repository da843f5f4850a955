"""Each codec has its part in docs/devices.md."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CODECS = sorted((ROOT / "devices" / "codecs").glob("[!_]*.py"))
PAGE = (ROOT / "docs" / "devices.md").read_text("utf-8")


@pytest.mark.parametrize(
    "codec", [path for path in CODECS if "Codec" in path.read_text("utf-8")], ids=lambda p: p.stem
)
def test_each_codec_is_described(codec: Path) -> None:
    assert f"codec `devices/codecs/{codec.name}`" in PAGE
