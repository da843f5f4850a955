"""An independent centre and finger: acknowledges every batch, presses SOS, and times the alarm lane.

    python benchmarks/probe.py PORT KEY --homes 40 --presses 500 --every 0.02

One press is one Zigbee2MQTT payload at QoS 1; its latency ends when the alarm lane's batch arrives here.
Prints one JSON object at the end of its presses; with --presses 0 it is a centre only, until told to stop.
"""

from __future__ import annotations

import argparse
import json
import select
import sys
import time
from datetime import UTC, datetime

from mqtt_wire import Reader, connect, message, puback, publish, subscribe

from rules.wire import MAC, Ack, Lane, down_topic, say


class Centre:
    """Acknowledges; hands on what the alarm lane raised."""

    def __init__(self, port: int, key: bytes) -> None:
        self._sock = connect("127.0.0.1", port, "probe-centre", 1 << 22)
        self._sock.sendall(subscribe("shouwang/1/+/up/+"))
        self._reader = Reader()
        self._key = key
        self._mid = 0
        self.raised: dict[str, list[float]] = {}

    def serve(self, until: float) -> None:
        """Answer what comes until the monotonic clock shows `until`."""
        while (left := until - time.monotonic()) > 0:
            if select.select([self._sock], [], [], left)[0]:
                self.take()

    def take(self) -> None:
        """Answer what has come."""
        data = self._sock.recv(1 << 20)
        now = time.monotonic()
        answers = bytearray()
        for first, body in self._reader.feed(data):
            if first >> 4 == 3:
                answers += self._batch(*message(first, body), now)
        if answers:
            self._sock.sendall(answers)

    def _batch(self, topic: str, content: bytes, mid: int, now: float) -> bytes:
        home, lane = topic.split("/")[2], topic.rsplit("/", 1)[1]
        head, *lines = content[MAC + 1 :].split(b"\n")
        if lane == "alarm":
            for line in lines:
                if b'"raise":{"key":"sos' in line:
                    self.raised.setdefault(home, []).append(now)
        seq = json.loads(lines[-1])["seq"] if lines else 0
        ack = say(self._key, home, Ack(Lane(lane), json.loads(head)["journal"], seq))
        self._mid = self._mid % 60_000 + 1
        return puback(mid) + publish(down_topic(home), ack, self._mid)


def press(home: int, n: int) -> bytes:
    """One press of a home's SOS button."""
    at = datetime.now(UTC).isoformat()
    state = {"action": "emergency", "battery": 100, "last_seen": at, "linkquality": 20 + n % 200}
    return publish(f"zigbee2mqtt/home-{home:03d}/sos", json.dumps(state).encode(), n % 60_000 + 1)


def latencies(centre: Centre, port: int, homes: int, presses: int, every: float) -> list[float]:
    """Seconds from publish to alarm lane of each press; infinite where none came within 5 s."""
    finger = connect("127.0.0.1", port, "probe-finger")
    centre.serve(time.monotonic() + 1.5)  # presses less than a second apart are one press
    out = []
    for n in range(presses):
        home = f"home-{n % homes:03d}"
        centre.raised.pop(home, None)
        began = time.monotonic()
        finger.sendall(press(n % homes, n))
        while home not in centre.raised and time.monotonic() < began + 5:
            centre.serve(min(began + 5, time.monotonic() + 0.0005))
        out.append(centre.raised[home][0] - began if home in centre.raised else float("inf"))
        centre.serve(began + every)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("key")
    parser.add_argument("--homes", type=int, default=40)
    parser.add_argument("--presses", type=int, default=500)
    parser.add_argument("--every", type=float, default=0.03)
    args = parser.parse_args()
    centre = Centre(args.port, bytes.fromhex(args.key))
    print("ready", flush=True)
    if not args.presses:
        centre.serve(time.monotonic() + 600)
        return
    found = sorted(latencies(centre, args.port, args.homes, args.presses, args.every))
    pick = {f"p{p}_ms": found[min(len(found) - 1, int(len(found) * p / 100))] * 1000 for p in (50, 95, 99)}
    missing = sum(1 for value in found if value == float("inf"))
    json.dump({"presses": len(found), "missing": missing, "max_ms": found[-1] * 1000, **pick}, sys.stdout)
    print(flush=True)


if __name__ == "__main__":
    main()
