"""An independent load: Zigbee2MQTT payloads at QoS 1, as fast as findings come back, or at a rate.

    python benchmarks/load.py PORT --homes 40 --devices 50 --messages 200000          # closed loop
    python benchmarks/load.py PORT --homes 40 --devices 50 --messages 20000 --rate 1000

Each message says something new (battery), so that each must leave a record; a device changes its state every
125th message, so that no sensor looks broken. In the closed loop every 2,000 messages end
with a smoke alarm of a sensor of its own; at most two such groups are on their way. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import time
from collections.abc import Iterator
from itertools import islice

from mqtt_wire import Reader, connect, message, puback, publish, subscribe

GROUP = 2000
TICK = 0.002  # seconds
SORTS = ("motion", "contact", "presence", "motion", "contact")
EPOCH_MS = 1_790_000_000_000


def name(home: int, device: int) -> str:
    return f"home-{home:03d}/d{device:03d}"


def marker(group: int) -> str:
    return f"home-000/smoke{group:03d}"


def payload(sort: str, on: bool, n: int, battery: int) -> bytes:
    state: dict[str, object] = {
        "battery": battery,
        "last_seen": EPOCH_MS + n,
        "linkquality": 40 + n % 180,
        "voltage": 2985,
    }
    match sort:
        case "motion":
            state |= {"occupancy": on, "illuminance": n % 400}
        case "contact":
            state |= {"contact": not on}
        case "presence":
            state |= {"presence": on, "target_distance": n % 600 / 100}
    return json.dumps(state).encode()


def packets(homes: int, devices: int, messages: int, base: str) -> Iterator[bytes]:
    topics = [(f"{base}/{name(h, d)}", SORTS[d % len(SORTS)]) for d in range(devices) for h in range(homes)]
    for n in range(messages):
        topic, sort = topics[n % len(topics)]
        on = (n // len(topics) // 125 + n % len(topics)) % 2 == 0
        yield publish(topic, payload(sort, on, n, n // len(topics) % 100), n % 60_000 + 1)


def groups(homes: int, devices: int, messages: int, base: str) -> list[bytes]:
    stream = packets(homes, devices, messages, base)
    out = []
    for g in range(messages // GROUP):
        body = b"".join(next(stream) for _ in range(GROUP - 1))
        smoke = json.dumps(
            {"smoke": True, "battery": 100, "last_seen": EPOCH_MS + g, "linkquality": 99}
        ).encode()
        out.append(body + publish(f"{base}/{marker(g)}", smoke, 60_000 + g % 5000))
    return out


class Findings:
    """Counts what comes back on the alarm lane of home-000."""

    def __init__(self, port: int) -> None:
        self._sock = connect("127.0.0.1", port, "load-findings")
        self._sock.sendall(subscribe("shouwang/1/home-000/up/alarm"))
        self._reader = Reader()
        self.seen: set[int] = set()

    def wait(self, count: int) -> None:
        end = time.monotonic() + 60
        while len(self.seen) < count:
            if not select.select([self._sock], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError(f"{len(self.seen)} of {count} findings came back")
            for first, body in self._reader.feed(self._sock.recv(1 << 16)):
                if first >> 4 == 3:
                    _, content, mid = message(first, body)
                    self._sock.sendall(puback(mid))
                    lines = content.split(b"\n")[1:]
                    self.seen |= {
                        json.loads(line)["seq"] for line in lines if b'"raise":{"key":"smoke' in line
                    }


def drain(sock: socket.socket) -> None:
    sock.setblocking(False)
    try:
        while sock.recv(1 << 20):
            pass
    except BlockingIOError:
        sock.setblocking(True)


def closed(sock: socket.socket, blobs: list[bytes], findings: Findings) -> float:
    began = time.monotonic()
    for i, blob in enumerate(blobs):
        findings.wait(i - 1)
        sock.sendall(blob)
        drain(sock)
    findings.wait(len(blobs))
    return time.monotonic() - began


def paced(sock: socket.socket, stream: Iterator[bytes], rate: int) -> float:
    """Every 2 ms what is due by then: a load that costs little leaves the broker its core."""
    began = time.monotonic()
    sent = 0
    while due := list(islice(stream, max(1, int((time.monotonic() - began) * rate) - sent))):
        sock.sendall(b"".join(due))
        sent += len(due)
        drain(sock)
        time.sleep(max(TICK, began + sent / rate - time.monotonic()))
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--homes", type=int, default=40)
    parser.add_argument("--devices", type=int, default=50)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--base", default="zigbee2mqtt")
    args = parser.parse_args()
    sock = connect("127.0.0.1", args.port, f"load-{args.rate}")
    if args.rate:
        seconds = paced(sock, packets(args.homes, args.devices, args.messages, args.base), args.rate)
    else:
        blobs = groups(args.homes, args.devices, args.messages, args.base)
        seconds = closed(sock, blobs, Findings(args.port))
    print(json.dumps({"messages": args.messages, "seconds": seconds, "per_second": args.messages / seconds}))


if __name__ == "__main__":
    main()
