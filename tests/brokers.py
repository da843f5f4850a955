"""The real brokers of the tests: Debian's Mosquitto with the edge's drop-in, and the embedded one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateway.broker import Broker
from gateway.paths import config_dir

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"  # where Debian puts daemons; not on everybody's PATH


class Killable(Protocol):
    """A broker that runs as a child process."""

    port: int

    def start(self) -> None: ...
    def kill(self) -> None: ...
    def stop(self) -> None: ...


def program(name: str) -> str | None:
    """Where a program of the system lies."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SBIN}")


@dataclass(slots=True)
class Mosquitto:
    """Debian's Mosquitto with the edge's drop-in, as a child process that may be killed."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    host: str = "127.0.0.1"

    def start(self) -> None:
        """Run it, and return when it listens."""
        binary = program("mosquitto")
        assert binary
        command = [binary, "-c", str(self.folder / "mosquitto.conf")]
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self._listening(time.monotonic() + 10)

    def kill(self) -> None:
        """`kill -9`."""
        self._end("kill")

    def stop(self) -> None:
        """As systemd would stop it."""
        self._end("terminate")

    def restart(self) -> None:
        """Kill it if it runs, and run it again on the same port and store."""
        self.kill()
        self.start()

    def _end(self, how: str) -> None:
        if self.process is not None:
            getattr(self.process, how)()
            self.process.wait(10)
            self.process = None

    def _listening(self, until: float) -> None:
        while True:
            try:
                socket.create_connection((self.host, self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > until or (self.process and self.process.poll() is not None):
                    raise RuntimeError((self.folder / "mosquitto.log").read_text()) from None
                time.sleep(0.02)


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def mosquitto(folder: Path) -> Mosquitto:
    """Debian's over this folder, with the edge's drop-in; not started."""
    folder.mkdir(exist_ok=True)
    broker = Mosquitto(folder, free_port())
    own = [
        f"listener {broker.port} 127.0.0.1",
        "allow_anonymous true",
        f"persistence_location {folder}/",
        "user root" if os.geteuid() == 0 else "",
    ]
    drop_in = (config_dir() / "broker" / "mosquitto-edge.conf").read_text("utf-8")
    (folder / "mosquitto.conf").write_text("\n".join([drop_in, *own, ""]), "utf-8")
    return broker


BROKERS: Mapping[str, Callable[[Path], Killable]] = {"mosquitto": mosquitto, "embedded": Broker}
