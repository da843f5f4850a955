"""Finds the sensors on which a home may not depend alone: those that nobody would miss if they were dead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.notes import Notes
from rules.home import Device
from rules.model import Kind

VITAL: Final = {Kind.SMOKE: "smoke", Kind.SOS: "SOS"}


def lone(devices: Sequence[tuple[str, Device]], notes: Notes) -> None:
    """Note each sensor without supervision (EV1527 and the like) that has to do a vital duty of the home
    without a supervised one beside it. `devices`: those of one home, each with its key in the file."""
    for kind, word in VITAL.items():
        able = [(key, device) for key, device in devices if kind in device.kinds]
        if any(device.supervision for _, device in able):
            continue
        for key, device in able:
            what = f'"{device.id}" cannot be supervised, and this home has no {word} sensor that can'
            remedy = f'add one that sends a heartbeat, with kinds = ["{kind}"]; this one may stay beside it'
            notes.add(key, what, remedy)
