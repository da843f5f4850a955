"""What one MOTION reading costs the engine with the default profile and ten supervised devices, in µs."""

from __future__ import annotations

import statistics
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from rules.catalogue import build, parse
from rules.engine import Engine, HomeState
from rules.home import Device, Home, Supervision
from rules.model import DeviceId, HomeId, Kind, Reading

ROOT = Path(__file__).resolve().parent.parent
BAR = 30.0  # µs: what a whole engine with every rule on may cost
COUNT, ROUNDS = 20_000, 7
HOURS = {"by day": 3, "in the evening": 12, "by night": 18}  # UTC: 11:00, 20:00 and 2:00 in Shanghai


def engine() -> Engine:
    """Ten devices of a family that is supervised, the default profile."""
    window = Supervision(timedelta(hours=12), timedelta(hours=26))
    devices = tuple(Device(DeviceId(f"0x{i:016x}"), f"room {i}", "", i == 0, window) for i in range(10))
    profile = parse((ROOT / "config" / "rules" / "default.toml").read_text("utf-8"))
    return build(profile, Home(HomeId("h"), ZoneInfo("Asia/Shanghai"), devices))


def motions(start: datetime) -> list[Reading]:
    """Motions of all ten devices in turn, 0.1 s apart."""
    gap = timedelta(milliseconds=100)
    return [Reading(DeviceId(f"0x{i % 10:016x}"), Kind.MOTION, 1.0, start + i * gap) for i in range(COUNT)]


def cost(engine: Engine, state: HomeState, readings: list[Reading]) -> float:
    """µs a reading."""
    began = perf_counter()
    for reading in readings:
        state, _ = engine.step(state, reading, reading.at)
    return (perf_counter() - began) / len(readings) * 1e6


def main() -> int:
    """Print the cost at three hours of the day, the median of several rounds; 1 if one is over the bar."""
    rules, worst = engine(), 0.0
    for name, hour in HOURS.items():
        start = datetime(2026, 11, 21, hour, tzinfo=UTC)
        readings = motions(start)
        median = statistics.median(cost(rules, rules.start(start), readings) for _ in range(ROUNDS))
        print(f"engine.step, motion {name}: {median:.2f} µs (bar {BAR:.0f})")
        worst = max(worst, median)
    return int(worst > BAR)


if __name__ == "__main__":
    sys.exit(main())
