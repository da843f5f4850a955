"""The steps of docs/install.md, on the examples that ship."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from gateway.paths import config_dir

SHOUWANG = Path(sys.executable).parent / "shouwang"


def shouwang(folder: Path, *words: str) -> str:
    """What a command prints; it must end well."""
    done = subprocess.run([SHOUWANG, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_centre_and_its_gateway(tmp_path: Path) -> None:
    for name in ("alerts", "registry", "gateway"):
        shutil.copy(config_dir() / "examples" / f"{name}.toml", tmp_path)
    (tmp_path / "gateway.key").write_text(secrets.token_hex(32))
    (tmp_path / "password").write_text("correct horse battery staple")
    assert "No mistake found." in shouwang(tmp_path, "gateway", "check", "gateway.toml")
    config = ("--config", "alerts.toml")
    shouwang(tmp_path, "alerts", "init", *config)
    assert "1 homes, 2 workers" in shouwang(tmp_path, "alerts", "seed", *config, "registry.toml")
    shouwang(tmp_path, "alerts", "user", *config, "desk", "--password-file", "password")


def test_help_names_every_command(tmp_path: Path) -> None:
    told = shouwang(tmp_path, "--help")
    for name in ("alerts", "demo", "devices", "gateway", "rules", "standalone"):
        assert name in told
