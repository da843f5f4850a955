"""Alarm panels over SIA DC-09: SIA-DCS, ADM-CID (Contact-ID) and NULL supervision messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from devices.codecs.sia_codes import contact_id, sia
from devices.codecs.sia_panels import Panels
from devices.codecs.stream import NOISE, Cut, Stream, recorded, tell
from devices.told import Told
from rules.model import Origin

LONGEST: Final = 1024  # bytes of a message; DC-09 allows 400 and texts beside it
PAUSE: Final = timedelta(seconds=20)  # within a message: a mobile network may send its second half anew
_LF, _CR = 0x0A, 0x0D
_CRC = re.compile(r"([0-9A-F]{4})([0-9A-F]{4})(?=\")", re.IGNORECASE)
_MESSAGE = re.compile(
    r'"(?P<star>\*?)(?P<sort>SIA-DCS|ADM-CID|NULL)"(?P<number>\d{4})(?P<path>(?:R[0-9A-F]{1,6})?L[0-9A-F]{1,6})'
    r"(?:#(?P<account>[0-9A-F]{3,16}))?\[(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_OVER_LINE = re.compile(r"SR\d{4}L\d{4}\s+(\w{3,16})\s+\[ID\w+\]")  # a receiver's own "I am here"
_CONTENT = re.compile(r"(?:#(?P<account>[0-9A-F]{3,16})\|)?\|?(?P<data>[^\[\]]*)\]", re.IGNORECASE)
_CONTACT_ID = re.compile(r"([1-6])(\d{3})\s+[0-9A-F]{2}\s+([0-9A-F]{3})", re.IGNORECASE)
_NEW = re.compile(r"^[NO](?=ti|id|pi|ri|[A-Z]{2}(?:\d|[|/^]|$))")  # "new" or "old": told now, either way
_TEXT = re.compile(r"\^[^^]*\^?|\*.*")  # what people called the zone
_CODE = re.compile(r"(?:(?:ti|id|pi|ri)[\d:]*)*([A-Z]{2})(\d*)")  # some panels leave the slash out before it


_CALLS: Final = frozenset({"sos", "smoke", "heat", "gas", "co", "water", "fall"})  # who takes these, acts


def _table() -> Sequence[int]:
    """CRC-16 with polynomial 8005 reflected, of each byte."""
    crcs = []
    for crc in range(256):
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
        crcs.append(crc)
    return crcs


_CRCS: Final = _table()


def crc16(data: bytes) -> int:
    """The checksum (from 0) of a message from its first quote on."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _CRCS[(crc ^ byte) & 0xFF]
    return crc


def framed(body: str) -> bytes:
    """A message as it goes over the line: both ways look alike."""
    data = body.encode("ascii", "replace")
    return b"\n%04X%04X%b\r" % (crc16(data), len(data), data)


class SiaDc09:
    """One line or connection. Messages are owed an answer; `ask` gives those owed, and is to be called when
    what was told is stored. `strict`: the checksum must be right."""

    every: timedelta | None = timedelta(seconds=0.5)

    def __init__(
        self, strict: bool = True, panels: Panels | None = None, refused: Counter[str] | None = None
    ) -> None:
        self.refused: Counter[str] = Counter() if refused is None else refused
        self.stream = Stream(_checked if strict else _measure, self.refused, PAUSE)
        self._panels = panels or Panels()
        self._owed: list[bytes] = []

    def enrol(self, addresses: Collection[str]) -> None:
        """Take messages of these accounts and zones only."""
        self._panels = Panels(addresses)

    def line(self) -> SiaDc09:
        """One more line of this receiver."""
        return SiaDc09(True, self._panels, self.refused)

    def ask(self) -> bytes:
        """The answers that panels wait for."""
        owed, self._owed = self._owed, []
        return b"".join(owed)

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What the messages tell that these bytes complete. A copy is a replay."""
        told = []
        for frame in self.stream.feed(data, at):
            text = frame.decode("latin-1").strip()
            copied = self._copied(text, at)
            told += [replace(one, origin=Origin.REPLAY) if copied else one for one in self._message(text)]
        return told

    def _copied(self, text: str, at: datetime) -> bool:
        """NULL messages and those without a number are never copies."""
        return '"NULL"' not in text and '"' in text and self._panels.copied(text, at)

    def _message(self, text: str) -> Sequence[Told]:
        line = _OVER_LINE.search(text)
        if line is not None:
            return self._answered("0000L0", line[1], [_beat(line[1])])
        message = _MESSAGE.search(text)
        if message is None:
            self.refused["no message of DC-09"] += 1
            return ()
        account, told = _told(message)
        if told is None:
            self.refused["encrypted" if message["star"] else "contents unknown"] += 1
        header = f"#{message['account']}" if message["account"] else ""
        return self._answered(f"{message['number']}{message['path']}{header}", account, told)

    def _answered(self, number: str, account: str, told: Sequence[Told] | None) -> Sequence[Told]:
        """ACK says that somebody acts upon it. What nobody can read, or nobody is called for, is answered
        DUH: then the panel says so where it stands, and tries its second way."""
        known = self._panels.knows(account)
        if not known:
            self.refused["account not enrolled"] += 1
        calls = [one for one in told or () if one.role in _CALLS and one.value]
        deaf = known and not all(self._panels.minds(one.who) for one in calls)
        if deaf:
            self.refused["zone not enrolled"] += 1
        word = "ACK" if known and told is not None and not deaf else "DUH"
        self._owed.append(framed(f'"{word}"{number}[]'))
        return [heard for one in told or () for heard in self._heard(one)]

    def _heard(self, told: Told) -> Sequence[Told]:
        """A panel's sign of life is that of its zones as well: they have no other way to give one."""
        if told.role == "device_online":
            self._panels.lose(told.who, told.value is False)
        if told.role != "heartbeat" or "/" in told.who:
            return (told,)
        return [replace(told, who=who) for who in self._panels.alive(told.who)]


def make(_options: Mapping[str, str]) -> SiaDc09:
    """The codec for a source."""
    return SiaDc09()


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What a recorded message says, whatever its checksum: published ones have their accounts masked."""
    told, why = tell(SiaDc09(strict=False), b"\n" + recorded(frame).strip() + b"\r")
    return told, None if why == "encrypted" else why


def _measure(held: bytearray, start: int) -> Cut:
    """LF … CR."""
    if held[start] != _LF:
        return NOISE
    end, again = held.find(_CR, start), held.find(_LF, start + 1)
    if 0 <= again < (end if end >= 0 else len(held)):
        return "cut short"
    if end >= 0:
        return end + 1 - start if end - start <= LONGEST else "too long"
    return 0 if len(held) - start <= LONGEST else "too long"


def _checked(held: bytearray, start: int) -> Cut:
    """LF, checksum, length, message, CR; the receiver's own line has neither of the two.

    The length is not looked at: some panels write it in decimal (pysiaalarm's samples), and the checksum is
    over all of the message.
    """
    cut = _measure(held, start)
    if isinstance(cut, str) or cut == 0:
        return cut
    text = bytes(held[start + 1 : start + cut - 1])
    if _OVER_LINE.fullmatch(text.decode("latin-1")):
        return cut
    head, body = _CRC.match(text.decode("latin-1")), text[8:]
    if head is None:
        return "no message of DC-09"
    return cut if int(head[1], 16) == crc16(body) else "crc"


def _told(message: re.Match[str]) -> tuple[str, Sequence[Told] | None]:
    """Whose message it is, and what is inside, or None where that cannot be read."""
    account = message["account"] or ""
    if message["sort"].upper() == "NULL":
        return account, [_beat(account)]
    content = None if message["star"] else _CONTENT.match(message["rest"])
    if content is None:
        return account, None
    account = account or content["account"] or ""
    events = _contact_id if message["sort"].upper() == "ADM-CID" else _sia
    return account, list(events(content["data"], account))


def _beat(account: str) -> Told:
    return Told("heartbeat", True, account, Origin.HEARTBEAT)


def _contact_id(data: str, account: str) -> Iterator[Told]:
    event = _CONTACT_ID.fullmatch(data.strip())
    if event is None:
        return
    origin = Origin.HEARTBEAT if event[1] == "6" else Origin.EVENT
    for role, value in contact_id(event[1], int(event[2])):
        yield Told(role, value, f"{account}/{event[3]}", origin)


def _sia(data: str, account: str) -> Iterator[Told]:
    """Parts between slashes: time, user, area, or a code with the number of its zone."""
    for part in _NEW.sub("", _TEXT.sub("", data)).split("/"):
        code = _CODE.match(part)
        if code is not None:
            for role, value in sia(code[1]):
                yield Told(role, value, f"{account}/{code[2]}")
