"""A GSM or LTE modem spoken to by AT commands: texts out, their delivery, signal and registration."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from devices.codecs.at_lines import (
    BOOTED,
    CALLS,
    NO_NETWORK,
    SIM_TROUBLE,
    End,
    Info,
    Line,
    Other,
    read,
    registration,
)
from devices.codecs.sms_pdu import report, submit
from devices.told import Told
from rules.model import Origin

TURN: Final = timedelta(seconds=1)
ROUND: Final = 30  # turns between two looks at SIM, network and signal: supervision.toml counts on 30 s
PATIENCE: Final = 5  # turns until a command without an answer is given up …
PATIENCE_SEND: Final = 60  # … and a text, for which networks take up to a minute
LONGEST: Final = 1024  # letters of a line; a PDU has 350
SENT: Final = 64  # texts whose report is awaited
TODO: Final = 96  # commands that may wait; a report to be fetched is three
SETUP: Final = ("ATE0", "AT+CMEE=1", "AT+CMGF=0", "AT+CNMI=2,1,0,2,0")
LOOK: Final = ("AT+CPIN?", "AT+CREG?", "AT+CEREG?", "AT+CSQ")
_ROUTED: Final = "AT+CNMI=2,1,0,1,0"  # reports given at once, where they cannot be stored
_ANY: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Command:
    """A line to say; with `pdu`, the text that follows at the prompt. `tag` is the sender's name of it."""

    line: str
    pdu: str = ""
    tag: str = ""


class AtModem:
    """A serial codec (devices.families) that also sends. One command is open at a time.

    `ask` is called every `every`, and `reply` after each `feed` by who wants a text to go at once: both give
    what to write now. Roles:
    sms_sent (the modem's reference), sms_delivered and sms_undelivered (that reference; the only proof),
    sms_failed (the +CMS ERROR, or None), sms_report and sms_received (where one is stored),
    modem_registered, modem_rssi (0–31), fault (the SIM). `who` is the tag of the text.
    """

    every: timedelta | None = TURN

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self._todo: deque[Command] = deque()
        self._open: Command | None = None
        self._waited = 0
        self._turn = 0
        self._ready = False
        self._out = b""
        self._buffer = ""
        self._pdu_next = False
        self._networks: dict[str, bool] = {}
        self._faulty = False
        self._sent: dict[int, str] = {}
        self._late: list[Told] = []

    def send(self, tag: str, number: str, text: str) -> None:
        """Queue a text of at most 70 letters. Raises sms_pdu.BadTextError."""
        length, pdu = submit(number, text)
        self._todo.append(Command(f"AT+CMGS={length}", pdu, tag))

    def turn(self) -> None:
        """A turn of `every` went by: give up what is not answered, look at the network now and then."""
        if self._open is not None:
            self._waited += 1
            if self._waited >= (PATIENCE_SEND if self._open.pdu else PATIENCE):
                self._give_up(self._open)
        elif self._turn >= ROUND or not self._ready:
            self._todo.extendleft(map(Command, reversed(LOOK if self._ready else SETUP + LOOK)))
            self._ready, self._turn = True, 0
        self._turn += 1

    def ask(self) -> bytes:
        """A turn, and what to write now."""
        self.turn()
        return self.reply()

    def reply(self) -> bytes:
        """What to write now, in answer to what was fed: a text at its prompt, or the next command."""
        out, self._out = self._out, b""
        if self._open is None and self._todo:
            self._open, self._waited = self._todo.popleft(), 0
            out += f"{self._open.line}\r".encode()
        return out

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What these bytes complete."""
        told, self._late = self._late, []
        self._buffer += data.decode("latin-1").replace("\r", "\n")
        while "\n" in self._buffer:
            line, _, self._buffer = self._buffer.partition("\n")
            if text := line.strip().removeprefix("> "):
                told += self._line(read(text), text)
        if self._buffer.startswith(">"):  # the prompt has no end of line
            self._prompt()
        if len(self._buffer) > LONGEST:
            self._refuse("line too long")
            self._buffer = ""
        return told

    def _prompt(self) -> None:
        self._buffer = self._buffer[1:].lstrip(" ")
        if self._open is not None and self._open.pdu:
            self._out = f"{self._open.pdu}\x1a".encode()

    def _line(self, line: Line, text: str) -> Sequence[Told]:
        if self._pdu_next and isinstance(line, Other):
            self._pdu_next = False
            return self._reported(text)
        match line:
            case End():
                self._pdu_next = False
                return self._ended(line)
            case Info():
                return self._informed(line)
        if text in BOOTED:
            self._ready = False
        elif (
            text not in CALLS and not text.startswith("AT") and (self._open is None or text != self._open.pdu)
        ):
            self._refuse("line not understood")
        return ()

    def _ended(self, end: End) -> Sequence[Told]:
        command, self._open = self._open, None
        if end.good:
            return ()
        told = self._sim(end) if end.error == "CME" else []
        if command is not None and command.line == SETUP[-1]:
            self._todo.appendleft(Command(_ROUTED))
        if (command is not None and command.pdu) or (command is None and end.error == "CMS"):
            tag, code = command.tag if command else "", end.number if end.error == "CMS" else None
            return [*told, Told("sms_failed", code, tag)]
        if command is not None:
            self._refuse(f"{command.line.partition('=')[0]} failed")
        return told

    def _sim(self, end: End) -> list[Told]:
        """What +CME ERROR tells beside that a command failed."""
        if end.number in NO_NETWORK:
            self._networks.clear()
            return [Told("modem_registered", False, origin=Origin.HEARTBEAT)]
        self._faulty = self._faulty or end.number in SIM_TROUBLE
        return [Told("fault", True)] if end.number in SIM_TROUBLE else []

    def _informed(self, info: Info) -> Sequence[Told]:
        match info.name:
            case "CMGS":
                return self._accepted(info)
            case "CREG" | "CEREG" | "CGREG":
                return self._registered(info)
            case "CSQ":
                rssi = info.number(0)
                known = rssi is not None and 0 <= rssi <= 31
                return (Told("modem_rssi", rssi, origin=Origin.HEARTBEAT),) if known else ()
            case "CPIN":
                return self._unlocked(info)
            case "CMTI" | "CDSI":
                return self._stored(info)
            case "CMGR" | "CDS":
                return self._read(info)
            case "CFUN" if info.fields == ("1",) and self._open is None:
                self._ready = False  # it has started anew: nothing of what it was told is left
        return ()

    def _accepted(self, info: Info) -> Sequence[Told]:
        reference = info.number(0)
        if reference is None:
            self._refuse("+CMGS without a reference")
            return ()
        tag = self._open.tag if self._open else ""
        self._sent.pop(reference, None)  # references come round again after 255
        self._sent[reference] = tag
        while len(self._sent) > SENT:
            del self._sent[next(iter(self._sent))]
        return (Told("sms_sent", reference, tag),)

    def _registered(self, info: Info) -> Sequence[Told]:
        """Any of the networks will do: a SIM for data only never registers for calls."""
        state = registration(info)
        if state is None:
            self._refuse("registration not understood")
            return ()
        self._networks[info.name] = state
        return (Told("modem_registered", any(self._networks.values()), origin=Origin.HEARTBEAT),)

    def _unlocked(self, info: Info) -> Sequence[Told]:
        locked, before = info.fields != ("READY",), self._faulty
        self._faulty = locked
        return (Told("fault", locked),) if locked or before else ()

    def _stored(self, info: Info) -> Sequence[Told]:
        index = info.number(1)
        if index is None:
            self._refuse(f"+{info.name} without a place")
            return ()
        if info.name == "CMTI":
            return (Told("sms_received", index),)
        if len(self._todo) > TODO:  # a modem that babbles
            self._refuse("too many reports")
            return ()
        place = info.fields[0]
        self._todo.extend(
            Command(line) for line in (f'AT+CPMS="{place}"', f"AT+CMGR={index}", f"AT+CMGD={index}")
        )
        return (Told("sms_report", index),)

    def _read(self, info: Info) -> Sequence[Told]:
        """A PDU follows, but in text mode: there the reference and the status stand in the line itself."""
        start = 1 if info.name == "CMGR" else 0
        if len(info.fields) < start + 7:
            self._pdu_next = True
            return ()
        reference, status = info.number(start + 1), info.number(-1)
        if reference is None or status is None:
            return ()
        return self._outcome(reference, True if status == 0 else False if status & 0x40 else None)

    def _reported(self, pdu: str) -> Sequence[Told]:
        found = report(pdu)
        if found is None:
            self._refuse("PDU that is no delivery report")
            return ()
        return self._outcome(found.reference, found.delivered)

    def _outcome(self, reference: int, delivered: bool | None) -> Sequence[Told]:
        if delivered is None:
            return ()
        role = "sms_delivered" if delivered else "sms_undelivered"
        return (Told(role, reference, self._sent.pop(reference, "")),)

    def _give_up(self, command: Command) -> None:
        self._refuse(f"no answer to {command.line.partition('=')[0]}")
        self._open, self._buffer, self._pdu_next = None, "", False
        if command.pdu:
            self._out = b"\x1b"  # leave the entry of a text
            self._late.append(Told("sms_failed", None, command.tag))

    def _refuse(self, reason: str) -> None:
        self.refused[reason] += 1


def make(options: Mapping[str, str]) -> AtModem:
    """The codec of a source; it has no options."""
    return AtModem()


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What one recorded piece of the dialogue says."""
    modem = AtModem()
    raw = str(frame.get("raw", "")).encode("latin-1", "replace")
    told = [*modem.feed(raw, _ANY), *modem.feed(b"\r\n", _ANY)]
    return told, None if told else next(iter(modem.refused), None)
