"""The commands, as processes: init, seed, user, story, and a run that serves and stops."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

REGISTRY = (
    '[[area]]\nid = "a"\nname = "网格"\nlevel = "grid"\n'
    '[[home]]\nid = "h"\narea = "a"\naddress = "路"\ndoor = "1"\n'
)


def call(folder: Path, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the alert service."""
    return subprocess.run(command(folder, verb, *words), capture_output=True, text=True, check=False)


def command(folder: Path, verb: str, *words: str) -> list[str]:
    """Its words."""
    code = "from alerts.cli import alerts; alerts()"
    return [sys.executable, "-c", code, verb, "--config", str(folder / "alerts.toml"), *words]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A service that was set up."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    (tmp_path / "alerts.toml").write_text(f'[service]\nlisten = "127.0.0.1:{port}"\n[broker]\nport = 9\n')
    done = call(tmp_path, "init")
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_init_makes_a_secret_for_its_owner_only_and_keeps_it(folder: Path) -> None:
    secret = folder / "secret.key"
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    before = secret.read_text()
    assert call(folder, "init").returncode == 0
    assert secret.read_text() == before


def test_seed_twice_and_a_bad_registry(folder: Path) -> None:
    (folder / "r.toml").write_text(REGISTRY)
    for _ in range(2):
        done = call(folder, "seed", str(folder / "r.toml"))
        assert done.stdout == "1 homes, 0 workers, 1 areas\n", done.stderr
    (folder / "r.toml").write_text(REGISTRY.replace('area = "a"', 'area = "b"'))
    done = call(folder, "seed", str(folder / "r.toml"))
    assert done.returncode == 1
    assert '"b" is not known' in done.stderr


def test_a_login_from_a_file(folder: Path) -> None:
    (folder / "word").write_text("a long enough word\n")
    assert call(folder, "user", "li", "--password-file", str(folder / "word")).stdout == "made: li\n"
    assert call(folder, "user", "li", "--password", "another word 9").stdout == "changed: li\n"
    assert call(folder, "user", "li").returncode == 2


def test_a_story_of_nothing_and_an_unknown_part(folder: Path) -> None:
    assert "there is no alert 4821" in call(folder, "story", "4821").stderr
    assert "there is no alert nonsense" in call(folder, "story", "nonsense").stderr
    assert "not voice" in call(folder, "run", "--only", "voice").stderr


def test_a_home_s_mode_from_a_script(folder: Path) -> None:
    (folder / "r.toml").write_text(REGISTRY)
    call(folder, "seed", str(folder / "r.toml"))
    assert call(folder, "mode", "h", "hospital", "--by", "王芳").stdout == "h: hospital\n"
    done = call(folder, "mode", "h", "visitor", "--by", "王芳", "--for", "2h")
    assert done.stdout.startswith("h: visitor until 20"), done.stderr
    assert "there is no home g" in call(folder, "mode", "g", "away", "--by", "王芳").stderr
    assert "must end after now" in call(folder, "mode", "h", "test", "--by", "王芳", "--for", "9h").stderr
    assert 'not "soon"' in call(folder, "mode", "h", "away", "--by", "王芳", "--for", "soon").stderr


def test_a_run_says_ready_serves_without_a_broker_and_stops_when_told(folder: Path) -> None:
    listen = (folder / "alerts.toml").read_text().split('"')[1]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(folder / "notify"))
        systemd.settimeout(30)
        env = {**os.environ, "NOTIFY_SOCKET": str(folder / "notify")}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command(folder, "run"), env=env, stderr=log)
        assert systemd.recv(100) == b"READY=1"
        assert systemd.recv(100) == b"WATCHDOG=1"
        with urllib.request.urlopen(f"http://{listen}/health", timeout=10) as answer:
            assert answer.status == 200
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0, (folder / "log").read_text()
        assert time.monotonic() - began < 5
        assert systemd.recv(100) in (b"STOPPING=1", b"WATCHDOG=1")


def test_without_its_secret_the_service_does_not_run(folder: Path) -> None:
    (folder / "secret.key").unlink()
    done = call(folder, "run")
    assert done.returncode == 1
    assert "run `shouwang alerts init` first" in done.stderr
