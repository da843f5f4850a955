"""`shouwang devices explain`."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from gateway.commands.devices import devices


def test_each_model_is_a_line_and_what_is_none_is_named(tmp_path: Path) -> None:
    exposes = [
        {"type": "binary", "property": "water_leak", "access": 1, "value_on": True, "value_off": False}
    ]
    path = tmp_path / "models.jsonl"
    path.write_text(json.dumps({"vendor": "V", "model": "M", "exposes": exposes}) + "\n\n{}\nx\n")
    result = CliRunner().invoke(devices, ["explain", str(path)])
    assert result.exit_code == 1
    role = {
        "property": "water_leak",
        "role": "water",
        "active": [True],
        "inactive": [False],
        "confirm": False,
    }
    assert json.loads(result.stdout) == {"vendor": "V", "model": "M", "roles": [role]}
    assert f"{path}:3: no model" in result.stderr
    assert f"{path}:4: no model" in result.stderr
