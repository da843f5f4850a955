"""Short messages as a modem takes and gives them (3GPP TS 23.040): a text to send, a delivery report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 70  # UTF-16 units of one message in UCS-2
VALID: Final = 0x0B  # (11 + 1) × 5 min: a call for help that arrives later than in an hour misleads
_SUBMIT: Final = 0x31  # SMS-SUBMIT, relative validity, a delivery report is wanted
_UCS2: Final = 0x08


class BadTextError(ValueError):
    """A text or a number that no modem can send; the message says why."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the message `reference`: `status` as TP-ST, 0 is "received"."""

    reference: int
    status: int

    @property
    def delivered(self) -> bool | None:
        """Whether the phone has it; None while the network still tries, or does not know."""
        if self.status == 0:
            return True
        return False if self.status & 0x40 else None


def submit(number: str, text: str) -> tuple[int, str]:
    """The length that AT+CMGS takes, and the PDU. Raises BadTextError."""
    if not re.fullmatch(r"\+?[0-9]{3,20}", number):
        raise BadTextError(f'"{number}" is no phone number; write +8613800000001')
    body = text.encode("utf-16-be", "replace")
    if not text or len(body) > LONGEST * 2:
        raise BadTextError(f"{len(body) // 2} letters do not fit into one message; 1 to {LONGEST} do")
    digits = number.removeprefix("+")
    kind = 0x91 if number.startswith("+") else 0x81
    head = bytes((_SUBMIT, 0, len(digits), kind)) + _swapped(digits)
    pdu = head + bytes((0, _UCS2, VALID, len(body))) + body
    return len(pdu), f"00{pdu.hex().upper()}"


def report(pdu: str) -> Report | None:
    """The delivery report in a PDU; None if it is an incoming text, or broken. ZTE modems give a service
    centre that is too short: what follows is read all the same."""
    try:
        data = bytes.fromhex(pdu)
    except ValueError:
        return None
    start = data[0] + 1 if data else 0
    if len(data) < start + 4 or data[start] & 0x03 != 2:  # SMS-STATUS-REPORT
        return None
    status = start + 4 + (data[start + 2] + 1) // 2 + 14  # after the number and its two times
    return Report(data[start + 1], data[status]) if status < len(data) else None


def _swapped(digits: str) -> bytes:
    """Digits as semi-octets, low half first, filled up with F."""
    even = digits + "F" * (len(digits) % 2)
    return bytes.fromhex("".join(even[i + 1] + even[i] for i in range(0, len(even), 2)))
