"""Recorded frames, a JSON object a line: what each says, for the installer and for measuring the codecs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from devices.exceptions import Exceptions
from devices.families import NoCodecError, find
from devices.told import Told

Models: TypeAlias = Mapping[str, Mapping[str, Any]]
_SPARE: Final = re.compile(r"0x|[\s,:-]")  # what stands between the digits of a recording
_PAIRS: Final = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class BadFrameError(ValueError):
    """A line that is no frame; the message says why."""


def decoded(line: bytes, models: Models, exceptions: Exceptions) -> bytes:
    """One frame's answer: id, readings, rejected. Raises BadFrameError."""
    try:
        frame = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrameError(str(error)) from error
    if "id" not in frame or "family" not in frame:
        raise BadFrameError("it needs id and family")
    told, rejected = read(frame, models, exceptions)
    readings = [{"role": one.role, "value": one.value} for one in told]
    return msgspec.json.encode({"id": frame["id"], "readings": readings, "rejected": rejected})


def read(
    frame: Mapping[str, Any], models: Models, exceptions: Exceptions
) -> tuple[Sequence[Told], str | None]:
    """What a frame says, or why it is refused. A Zigbee2MQTT topic may name its model as <MODEL>."""
    match frame.get("raw"):
        case {"topic": str(topic)} if named := re.search(r"<([^>]+)>$", topic):
            frame = {**frame, "definition": models.get(named[1])}
        case str(digits) if frame.get("encoding") == "hex":
            frame = {**frame, "raw": (pairs := _SPARE.sub("", digits))}
            if not _PAIRS.fullmatch(pairs):
                return (), "not hexadecimal"
    frame = {**frame, "exceptions": exceptions}
    try:
        told, rejected = find(str(frame["family"])).decode(frame)
    except NoCodecError as error:
        return (), str(error)
    return told, None if told else rejected


def by_name(lines: Iterable[bytes]) -> Models:
    """Models by each of their names: "HS1EB/HS1EB-E" is three. Raises BadFrameError."""
    try:
        models = [_decode(line) for line in lines]
        return {part: model for model in models for part in (model["model"], *model["model"].split("/"))}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError) as error:
        raise BadFrameError(f"no model: {error}") from error
