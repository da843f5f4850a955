"""Blood pressure cuffs with a serial or USB port."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from devices.codecs.cuff_records import CUFFS, Record, plausible
from devices.codecs.stream import Stream, recorded, tell
from devices.told import Told
from rules.model import Origin

_USUAL: Final = "raycome-rbp"  # the one that speaks by itself when it measures
_NAMES: Final = {  # what a recording calls a model
    "omron 790it": "omron-790it",
    "omron eeprom": "omron-ble",
    "beurer": "beurer-bm65",
    "raycome": "raycome-rbp",
    "maibobo": "raycome-rbp",
    "visomat": "visomat",
}
_CHECKED: Final = ("omron-790it", "omron-ble", "raycome-rbp")


class BloodPressure:
    """One cuff. Most only tell what they have in memory: the newest record counts, and is news when it has
    come since the last look. `who` is the memory's number where the cuff has several."""

    def __init__(self, model: str) -> None:
        self.refused: Counter[str] = Counter()
        self._cuff = CUFFS[model]
        self.every: timedelta | None = timedelta(minutes=1) if self._cuff.ask else None
        self.stream = Stream(self._cuff.measure, self.refused)
        self._newest: dict[str, Record] = {}

    def ask(self) -> bytes:
        """What have you measured?"""
        return self._cuff.ask

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What these bytes tell."""
        return [told for frame in self.stream.feed(data, at) for told in self._frame(frame)]

    def _frame(self, frame: bytes) -> Sequence[Told]:
        told: list[Told] = []
        for record in {record.memory: record for record in self._cuff.read(frame)}.values():
            if not plausible(record.figures):
                self.refused["no blood pressure"] += 1
                continue
            known = self._newest.get(record.memory)
            self._newest[record.memory] = record
            if self._cuff.live or record != known:
                told += _told(record, Origin.EVENT if self._cuff.live or known else Origin.REPLAY)
        return told


def make(options: Mapping[str, str]) -> BloodPressure:
    """The codec for a source; `model` is one of CUFFS. Raises ValueError."""
    model = options.get("model", _USUAL)
    if model not in CUFFS:
        raise ValueError(f"model: {model}: write one of {', '.join(CUFFS)}")
    return BloodPressure(model)


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What a recording says; its transport or description names the model, as an installer would. Where none
    is named, what keeps a checksum is believed."""
    about = " ".join(str(frame.get(key, "")) for key in ("transport", "meaning", "source")).lower()
    model = next((model for name, model in _NAMES.items() if name in about), None)
    data = recorded(frame)
    if model == "visomat" and not data.startswith(b"\x02"):
        data = b"\x02" + data + b"\x03"  # a text shows no control characters
    if model is not None:
        return tell(BloodPressure(model), data)
    tried = (tell(BloodPressure(checked), data)[0] for checked in _CHECKED)
    return next(filter(None, tried), ()), None


def _told(record: Record, origin: Origin) -> Sequence[Told]:
    roles = zip(("sys", "dia", "heart_rate"), record.figures, strict=True)
    return [Told(role, value, record.memory, origin) for role, value in roles]
