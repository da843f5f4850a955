"""How much of a corpus of real sensors is understood: models, payloads of converters, frames.

    python benchmarks/conformance.py --models zigbee_models.jsonl.gz --payloads zigbee_payloads.jsonl.gz \
        --frames frames.jsonl.gz [--wrong]

A model is right when every role equals the corpus's `roles`; a payload, when its readings are what `roles`
say of it; a frame, when its readings hold `expect`, or are none where it must be rejected.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from devices.exceptions import parse
from devices.role import NAMES, Role
from devices.roles import roles
from rules.model import DeviceId, Reading

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BASE = "zigbee2mqtt"
DEVICE = DeviceId("0x0000000000000001")
CORRECTIONS = Path(__file__).resolve().parent.parent / "config" / "devices" / "zigbee.toml"
KNOWN = parse(CORRECTIONS.read_text(encoding="utf-8"), str(CORRECTIONS))
SAME = {"contact_open": "contact", "bed_raw": "bed", "device_online": "online"}
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


def feed(payload: object, model: Mapping[str, Any], topic: str = "x") -> Sequence[Reading]:
    """What a fresh codec reads of one message of this model."""
    definition = {k: model.get(k) for k in ("vendor", "model", "description", "exposes")}
    device = {"ieee_address": DEVICE, "friendly_name": "x", "type": "EndDevice", "definition": definition}
    codec = Zigbee2Mqtt(BASE, [DEVICE], exceptions=KNOWN)
    codec.feed(f"{BASE}/bridge/devices", json.dumps([device]).encode(), AT)
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return codec.feed(f"{BASE}/{topic}", text.encode(), AT)


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


def frames(path: Path, corpus: Mapping[tuple[str, str], Mapping[str, Any]]) -> Iterator[Verdict]:
    """The frames of the families that have a codec; the others are counted as not built."""
    by_name = {part: model for (_, name), model in corpus.items() for part in (name, *name.split("/"))}
    for row in rows(path):
        family = row["family"]
        named = re.search(r"/<([A-Z][^>]+)>$", row["raw"]["topic"]) if "z2m" in family else None
        if named and named[1] not in by_name:
            yield f"{family} (model not in --models)", False, f"{row['id']}: {named[1]}"
            continue
        if family not in ("zigbee2mqtt", "z2m-converter"):
            yield f"{family} (no codec yet)", False, ""
            continue
        got, want = (
            frame(row["raw"], row, by_name),
            {SAME.get(e["role"], e["role"]): e["value"] for e in row["expect"]},
        )
        want = {role: 1.0 if isinstance(value, str) else float(value) for role, value in want.items()}
        right = not got if row.get("reject") else all(got.get(r) == v for r, v in want.items())
        extra = {r: v for r, v in got.items() if r not in want and v and r not in SIDE}
        yield family, right and not extra, f"{row['id']}: {got}, not {want}"


def frame(raw: Mapping[str, str], row: Mapping[str, Any], by_name: Mapping[str, Any]) -> dict[str, float]:
    """Readings of one frame: with the model that its topic or meaning names, or what its payload shows."""
    topic, payload = raw["topic"], raw["payload"]
    if "/bridge/" in topic:
        return bridge(topic, payload)
    if topic.endswith("/availability"):
        return {
            r.kind.value: r.value
            for r in feed(payload, {"vendor": "", "model": "", "exposes": []}, "x/availability")
        }
    words = re.findall(r"<([^>]+)>|([\w./-]+)", topic + " " + row["meaning"])
    model = next((by_name[w] for pair in words for w in pair if w in by_name and len(w) > 4), None)
    side = "x/action" if topic.endswith("/action") else "x"
    return levels(feed(payload, model or shown(payload, row["meaning"]), side))


def bridge(topic: str, payload: str) -> dict[str, float]:
    """What the bridge says of itself and of a device."""
    codec = Zigbee2Mqtt(BASE, [DeviceId("bulb")])
    device = {"ieee_address": "0x000b57fffec6a5b2", "friendly_name": "bulb", "type": "Router"}
    codec.feed(f"{BASE}/bridge/devices", json.dumps([device]).encode(), AT)
    readings = codec.feed(topic, payload.encode(), AT)
    said = {r.kind.value: r.value for r in readings}
    return said if codec.bridge_online is None else {"bridge_online": float(codec.bridge_online)}


def shown(payload: str, meaning: str) -> dict[str, Any]:
    """A stand-in for a model that the frame does not name: its payload's own keys as exposes."""
    try:
        state = json.loads(payload)
    except ValueError:
        state = {"action": payload}
    sorts = {
        k: "binary" if isinstance(v, bool) else "enum" if k == "action" else "numeric"
        for k, v in state.items()
    }
    exposes = [
        {"property": k, "type": sorts[k], "access": 1, "value_on": True, "value_off": False, "values": [v]}
        for k, v in state.items()
        if v not in (None, "")
    ]
    return {"vendor": "", "model": "", "description": "", "exposes": exposes}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--payloads", type=Path)
    parser.add_argument("--frames", type=Path)
    parser.add_argument("--wrong", action="store_true", help="print what is wrong")
    options = parser.parse_args()
    corpus = {(row["vendor"], row["model"]): row for row in rows(options.models)}
    verdicts = list(models(corpus))
    verdicts += payloads(options.payloads, corpus) if options.payloads else ()
    verdicts += frames(options.frames, corpus) if options.frames else ()
    count = Counter((family, right) for family, right, _ in verdicts)
    table = Table("family", "all", "right", "wrong")
    for family in dict.fromkeys(family for family, _, _ in verdicts):
        right, wrong = count[family, True], count[family, False]
        table.add_row(family, str(right + wrong), str(right), str(wrong))
    Console().print(table)
    if options.wrong:
        for _, right, what in verdicts:
            if not right and what:
                print(what)


if __name__ == "__main__":
    main()
