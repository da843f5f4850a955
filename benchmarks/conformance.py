"""How much of a corpus of real sensors is understood: models, payloads of converters, frames.

    python benchmarks/conformance.py --models zigbee_models.jsonl.gz --payloads zigbee_payloads.jsonl.gz \
        --frames frames.jsonl.gz [--bare] [--wrong]

A model is right when every role equals the corpus's `roles`; a payload, when its readings are what `roles`
say of it; a frame, when its readings hold `expect` and no other danger or sign of life, or when it is refused
with a reason where it must be.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from devices.exceptions import Exceptions, parse
from devices.families import FAMILIES
from devices.frames import by_name, read
from devices.role import NAMES, Role
from devices.roles import roles
from devices.told import Value
from rules.model import DeviceId, Reading

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BASE = "zigbee2mqtt"
DEVICE = DeviceId("0x0000000000000001")
CORRECTIONS = Path(__file__).resolve().parent.parent / "config" / "devices" / "zigbee.toml"
KNOWN = parse(CORRECTIONS.read_text(encoding="utf-8"), str(CORRECTIONS))
CARE = frozenset(
    {
        *("smoke", "heat", "gas", "co", "water", "sos", "fall", "alarm", "button"),
        *("contact_open", "motion", "presence", "bed", "vibration", "tilt"),
    }
)
FRAME = ("id", "family", "transport", "encoding", "raw")
SIDE = frozenset({"link", "online"})  # readings that no payload's roles speak of

Verdict = tuple[str, bool, str]  # family, right, what is wrong


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a corpus."""
    with gzip.open(path, "rt", encoding="utf-8") as text:
        for line in text:
            yield json.loads(line)


def told(role: Role) -> tuple[object, ...]:
    """A role, comparable."""
    sides = (tuple(sorted(map(repr, side))) for side in (role.active, role.inactive))
    return role.property, NAMES[role.kind], *sides, role.confirm


def truth(row: Mapping[str, Any]) -> tuple[object, ...]:
    """A role of the corpus, comparable."""
    sides = (tuple(sorted(map(repr, row[side]))) for side in ("active", "inactive"))
    return row["property"], row["role"], *sides, row["level"] == "confirm"


def models(corpus: Mapping[tuple[str, str], Mapping[str, Any]]) -> Iterator[Verdict]:
    """Onboarding: the roles of each model."""
    for (vendor, name), model in corpus.items():
        got = {told(r) for r in roles(model["exposes"], vendor, name, model["description"] or "", KNOWN)}
        want = {truth(row) for row in model["roles"] if row["role"]}
        family = "models with a care role" if model["care"] else "models without"
        yield family, got == want, f"{vendor} {name}: too much {got - want}, missing {want - got}"


def payloads(path: Path, corpus: Mapping[tuple[str, str], Mapping[str, Any]]) -> Iterator[Verdict]:
    """Readings of what the real converters publish."""
    for row in rows(path):
        model = corpus[row["vendor"], row["model"]]
        got = levels(feed(row["payload"], model))
        want = expected(row["payload"], model["roles"])
        yield "payloads", got == want, f"{row['vendor']} {row['model']} {row['payload']}: {got}, not {want}"


def feed(payload: object, model: Mapping[str, Any], known: Exceptions = KNOWN) -> Sequence[Reading]:
    """What a fresh codec reads of one message of this model, with these corrections."""
    definition = {k: model.get(k) for k in ("vendor", "model", "description", "exposes")}
    device = {"ieee_address": DEVICE, "friendly_name": "x", "type": "EndDevice", "definition": definition}
    codec = Zigbee2Mqtt(BASE, [DEVICE], exceptions=known)
    codec.feed(f"{BASE}/bridge/devices", json.dumps([device]).encode(), AT)
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return codec.feed(f"{BASE}/x", text.encode(), AT)


def levels(readings: Sequence[Reading]) -> dict[str, float]:
    """Value by role."""
    found = {NAMES[r.kind]: r.value for r in readings}
    return {role: value for role, value in found.items() if role not in SIDE}


def expected(payload: Mapping[str, Any], truths: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """What the corpus's roles say of a payload; of several that tell one role, any active counts."""
    want: dict[str, float] = {}
    for row in truths:
        value = payload.get(row["property"])
        if value is None or not row["role"]:
            continue
        if row["role"] in ("battery", "co_level", "smoke_level"):
            want[row["role"]] = float(value)
        elif value in row["active"] or value in row["inactive"]:
            want[row["role"]] = max(want.get(row["role"], 0.0), float(value in row["active"]))
    return want


def frames(path: Path, models: Path, bare: bool) -> Iterator[Verdict]:
    """Every family's frames; one whose family has no codec is wrong. `bare`: the codec sees the frame alone,
    not the description beside it, which stands in for what an installer configures (a model, a code)."""
    with gzip.open(models, "rb") as lines:
        known = by_name(lines)
    for row in rows(path):
        told, rejected = read({k: row[k] for k in FRAME} if bare else row, known, KNOWN)
        got = {one.role: one.value for one in told}
        built = row["family"] in FAMILIES and FAMILIES[row["family"]].built
        right = built and (refused(got, rejected) if row.get("reject") else meant(got, row.get("expect")))
        wanted = row.get("reject") or row.get("expect")
        yield row["family"], right, f"{row['id']}: {got} ({rejected}), not {wanted}"


def refused(got: Mapping[str, Value], rejected: str | None) -> bool:
    """It says nothing, and why."""
    return not got and rejected is not None


def meant(got: Mapping[str, Value], expect: Sequence[Mapping[str, Any]] | None) -> bool:
    """It says all that is expected, and no other danger or sign of life. Of some frames nothing is said."""
    if expect is None:
        return True
    missing = [row for row in expect if not same(got.get(row["role"]), row["value"])]
    wanted = {row["role"] for row in expect}
    return not missing and not [r for r, v in got.items() if r in CARE and v is True and r not in wanted]


def same(value: Value, want: Any) -> bool:
    """Numbers agree to a thousandth."""
    match value, want:
        case (bool(), bool()) | (str(), str()) | (None, None):
            return bool(value == want)
        case (int() | float(), int() | float()):
            return math.isclose(value, want, rel_tol=1e-3)
        case tuple(), list():
            return list(value) == want
    return False


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--payloads", type=Path)
    parser.add_argument("--frames", type=Path)
    parser.add_argument("--bare", action="store_true", help="hide the frames' descriptions from the codecs")
    parser.add_argument("--wrong", action="store_true", help="print what is wrong")
    options = parser.parse_args()
    corpus = {(row["vendor"], row["model"]): row for row in rows(options.models)}
    verdicts = list(models(corpus))
    verdicts += payloads(options.payloads, corpus) if options.payloads else ()
    verdicts += frames(options.frames, options.models, options.bare) if options.frames else ()
    count = Counter((family, right) for family, right, _ in verdicts)
    table = Table("family", "all", "right", "wrong")
    for family in dict.fromkeys(family for family, _, _ in verdicts):
        right, wrong = count[family, True], count[family, False]
        built = family not in FAMILIES or FAMILIES[family].built
        table.add_row(
            family if built else f"{family} (no codec yet)", *map(str, (right + wrong, right, wrong))
        )
    Console().print(table)
    if options.wrong:
        for _, right, what in verdicts:
            if not right and what:
                print(what)


if __name__ == "__main__":
    main()
