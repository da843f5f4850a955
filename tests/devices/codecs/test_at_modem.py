"""A modem that echoes, interrupts, falls silent, stores reports: texts go out, and what became of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.at_lines import End, Info, read, registration
from devices.codecs.at_modem import PATIENCE, PATIENCE_SEND, ROUND, AtModem
from devices.codecs.sms_pdu import BadTextError, Report, report, submit
from devices.told import Told

T = datetime(2026, 11, 21, tzinfo=UTC)
ZTE_REPORT = "0297F1061C0F910B487228297020F5317062419272803170624192138000"  # python-gsmmodem, test_modem.py
INCOMING = "06917228195339040A9110325476980000313080512061800CC8329BFD06DDDF72363904"  # the same


class Sim:
    """The other end of the line: answers as modems do, with an echo, and keeps what it was given."""

    def __init__(self, *, cnmi: bool = True, mishap: str = "") -> None:
        self.heard: list[str] = []
        self.texts: list[str] = []
        self._cnmi = cnmi
        self._mishap = mishap

    def answers(self, data: bytes) -> bytes:
        if data.endswith(b"\x1a"):
            self.texts.append(data[:-1].decode())
            return data[:-1] + b'\r\n+ZDONR: "MTN",655,1,"CS_ONLY"\r\n+CMGS: 142\r\n\r\nOK\r\n'
        out = b""
        for line in data.decode().replace("\x1b", "").split("\r")[:-1]:
            self.heard.append(line)
            out += f"{line}\r\r\n{self._answer(line)}".encode()
        return out

    def _answer(self, line: str) -> str:
        if line.startswith("AT+CMGS="):
            return self._mishap or '+ZPASR: "UMTS"\r\n> '
        if line.startswith("AT+CNMI=2,1,0,2") and not self._cnmi:
            return "COMMAND NOT SUPPORT\r\n"
        told = {
            "AT+CPIN?": "+CPIN: READY\r\n\r\n",
            "AT+CREG?": "+CREG: 0,2\r\n\r\n",
            "AT+CEREG?": "+CEREG: 0,5\r\n\r\n",
            "AT+CSQ": "+CSQ:4,0\r\n\r\n",
            "AT+CMGR=3": f"+CMGR: ,,27\r\n{ZTE_REPORT}\r\n\r\n",
        }
        return told.get(line, "") + "OK\r\n"


def turn(modem: AtModem, sim: Sim, cut: int = 1000) -> list[Told]:
    """One turn, and the whole exchange that it starts; the modem's bytes come `cut` at a time."""
    told: list[Told] = []
    out = modem.ask()
    while out:
        back = sim.answers(out)
        out = b""
        for i in range(0, len(back), cut):
            told += modem.feed(back[i : i + cut], T)
            out += modem.reply()
    return told


def values(told: list[Told]) -> list[tuple[str, object, str]]:
    return [(one.role, one.value, one.who) for one in told]


@pytest.mark.parametrize("cut", [1, 2, 7, 1000])
def test_a_text_goes_out_through_echoes_and_interruptions(cut: int) -> None:
    modem, sim = AtModem(), Sim()
    modem.send("notice-7", "+8613800000001", "陈阿婆按了求助按钮")
    told = values(turn(modem, sim, cut))
    assert sim.texts == [submit("+8613800000001", "陈阿婆按了求助按钮")[1]]
    assert ("sms_sent", 142, "notice-7") in told
    assert sim.heard[2] == "AT+CMGF=0"
    assert sim.heard[-1] == "AT+CMGS=33"
    assert not modem.refused


def test_the_first_turn_sets_the_modem_up_and_looks_around() -> None:
    modem, sim = AtModem(), Sim(cnmi=False)
    told = values(turn(modem, sim))
    assert sim.heard[:5] == ["ATE0", "AT+CMEE=1", "AT+CMGF=0", "AT+CNMI=2,1,0,2,0", "AT+CNMI=2,1,0,1,0"]
    assert told == [("modem_registered", False, ""), ("modem_registered", True, ""), ("modem_rssi", 4, "")]
    sim.heard.clear()
    for _ in range(ROUND):
        turn(modem, sim)
    assert sim.heard == ["AT+CPIN?", "AT+CREG?", "AT+CEREG?", "AT+CSQ"]


def test_a_stored_report_is_fetched_and_names_the_text() -> None:
    modem, sim = AtModem(), Sim()
    turn(modem, sim)
    modem.send("n-1", "+8613800000001", "x")
    turn(modem, sim)
    assert values(list(modem.feed(b"+CMGS: 28\r\n", T))) == [("sms_sent", 28, "")]
    sim.heard.clear()
    told = [*modem.feed(b'+CDSI: "SR",3\r\n', T), *turn(modem, sim)]
    assert sim.heard[:3] == ['AT+CPMS="SR"', "AT+CMGR=3", "AT+CMGD=3"]
    assert values(told) == [("sms_report", 3, ""), ("sms_delivered", 28, "")]


def test_a_report_that_is_given_at_once_names_the_text() -> None:
    modem, sim = AtModem(), Sim()
    modem.send("n-1", "10086", "x")
    turn(modem, sim)
    pdu = bytes([0, 6, 142, 5, 0x81, 1, 0x80, 0xF6, *range(14), 0]).hex()
    assert values(list(modem.feed(f"+CDS: 25\r\n{pdu}\r\n".encode(), T))) == [("sms_delivered", 142, "n-1")]
    lost = pdu[:-2] + "46"
    assert values(list(modem.feed(f"+CDS: 25\r\n{lost}\r\n".encode(), T))) == [("sms_undelivered", 142, "")]
    trying = pdu[:-2] + "30"
    assert modem.feed(f"+CDS: 25\r\n{trying}\r\n".encode(), T) == []


def test_a_report_in_text_mode() -> None:
    line = (
        b'+CMGR: "REC UNREAD",6,28,"+8613800000001",145,"26/11/21,12:00:00+32","26/11/21,12:00:05+32",0\r\n'
    )
    assert values(list(AtModem().feed(line, T))) == [("sms_delivered", 28, "")]


@pytest.mark.parametrize(
    ("mishap", "code"),
    [
        ("+CMS ERROR: 330\r\n", 330),
        ("+CMS ERROR:\r\n", None),  # SIM7000, TinyGSM#470
        ("ERROR\r\n", None),
        ("COMMAND NOT SUPPORT\r\n", None),
        ("+CME ERROR: 22\r\n", None),
    ],
)
def test_a_text_that_fails_says_so_and_the_next_one_goes(mishap: str, code: int | None) -> None:
    modem, sim = AtModem(), Sim(mishap=mishap)
    turn(modem, sim)
    modem.send("n-1", "10086", "x")
    assert values(turn(modem, sim)) == [("sms_failed", code, "n-1")]
    sim._mishap = ""
    modem.send("n-2", "10086", "x")
    assert values(turn(modem, sim)) == [("sms_sent", 142, "n-2")]


def test_no_network_is_told_by_an_error_too() -> None:
    modem = AtModem()
    modem.feed(b"+CREG: 0,1\r\n", T)
    assert [one.value for one in modem.feed(b"+CME ERROR: 30\r\n", T)] == [False]


@pytest.mark.parametrize(("word", "broken"), [("SIM not inserted", True), ("SIM busy", False), ("13", True)])
def test_a_modem_without_its_sim_is_a_fault_in_words_too(word: str, broken: bool) -> None:
    told = AtModem().feed(f"+CME ERROR: {word}\r\n".encode(), T)
    assert [(one.role, one.value) for one in told] == [("fault", True)] * broken


def test_a_modem_that_says_nothing_is_given_up_and_asked_again() -> None:
    modem = AtModem()
    turn(modem, Sim())
    modem.send("n-1", "10086", "x")
    assert modem.ask().startswith(b"AT+CMGS=")
    modem.feed(b"\r\n> ", T)
    assert modem.reply().endswith(b"\x1a")
    out = [modem.ask() for _ in range(PATIENCE_SEND)]
    assert out[-1] == b"\x1b"
    assert not any(out[:-1])
    assert values(list(modem.feed(b"", T))) == [("sms_failed", None, "n-1")]
    assert [modem.ask() for _ in range(PATIENCE + 1)] == [
        b"AT+CPIN?\r",
        *[b""] * (PATIENCE - 1),
        b"AT+CREG?\r",
    ]
    assert modem.refused == {"no answer to AT+CMGS": 1, "no answer to AT+CPIN?": 1}


def test_a_modem_that_starts_anew_is_set_up_anew() -> None:
    modem, sim = AtModem(), Sim()
    turn(modem, sim)
    sim.heard.clear()
    modem.feed(b"\r\nRDY\r\n+CFUN: 1\r\n", T)
    turn(modem, sim)
    assert sim.heard[0] == "ATE0"


def test_a_locked_sim_is_a_fault_until_it_is_ready() -> None:
    modem = AtModem()
    told = [
        *modem.feed(b"+CPIN: READY\r\n", T),
        *modem.feed(b"+CPIN: SIM PIN\r\n", T),
        *modem.feed(b"+CPIN: READY\r\n+CPIN: READY\r\n", T),
        *modem.feed(b"+CME ERROR: 10\r\n", T),
    ]
    assert values(told) == [("fault", True, ""), ("fault", False, ""), ("fault", True, "")]


@pytest.mark.parametrize(
    ("line", "good"),
    [
        ("+CREG: 0,1", True),
        ("+CREG: 0,5", True),
        ("+CREG: 0,2", False),
        ("+CREG: 0,3", False),
        ("+CREG: 1", True),  # told of its own accord
        ("+CREG: 2", False),
        ('+CREG: 2,1,"00C3","7D02"', True),
        ('+CREG: 1,"00C3","7D02"', True),
        ('+CEREG: 2,"1A2B","0D1C2B3A",7', False),
        ("+CREG: x", None),
        ("+CREG:", None),
    ],
)
def test_registration_asked_for_or_not(line: str, good: bool | None) -> None:
    info = read(line)
    assert isinstance(info, Info)
    assert registration(info) is good


def test_lines_that_calls_and_texts_make_say_nothing() -> None:
    modem = AtModem()
    quiet = b'RING\r\n+CLIP: "+27821231234",145,,,,0\r\n+CRING: VOICE\r\n+CSQ: 99,99\r\n> AT+CMGF=1\r'
    assert modem.feed(quiet, T) == []
    assert not modem.refused
    assert read("+CMS ERROR: 310") == End(False, "CMS", 310)


def test_an_incoming_text_and_broken_pdus_are_no_reports() -> None:
    for pdu in (INCOMING, "", "00", "0G", ZTE_REPORT[:-2], ZTE_REPORT[:20], "FF06"):
        assert report(pdu) is None
    assert report(ZTE_REPORT) == Report(28, 0)


def test_a_text_as_the_network_wants_it() -> None:
    length, pdu = submit("+8613800000001", "守望")
    assert pdu == "0031000D91683108000000F100080B04" + "守望".encode("utf-16-be").hex().upper()
    assert length == len(pdu) // 2 - 1


@pytest.mark.parametrize(("number", "text"), [("", "x"), ("13-8", "x"), ("10086", ""), ("10086", "字" * 71)])
def test_what_no_modem_can_send_is_refused(number: str, text: str) -> None:
    with pytest.raises(BadTextError):
        AtModem().send("n", number, text)


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_noise_never_raises_and_leaves_a_working_modem(noise: list[bytes]) -> None:
    modem = AtModem()
    for piece in noise:
        modem.ask()
        modem.feed(piece, T)
        modem.reply()
    modem.feed(b"\r\n" + b"x" * 5000, T)
    modem.feed(b"\r\n", T)
    assert Told("modem_rssi", 21) in [Told(t.role, t.value) for t in modem.feed(b"+CSQ: 21,0\r\nOK\r\n", T)]


@given(st.text(alphabet='0123456789ABCDEFabcdef,":+CMGRDSI ERO\r\n>', max_size=300))
def test_almost_modem_talk_never_raises(talk: str) -> None:
    modem = AtModem()
    modem.ask()
    modem.feed(talk.encode(), T)
    assert len(modem.reply()) < 500


def test_a_modem_that_tells_of_reports_without_end_fills_no_memory_and_keeps_no_text_waiting() -> None:
    modem = AtModem()
    for _ in range(2_000):
        modem.feed(b'\r\n+CDSI: "SM",3\r\n', T)
    assert modem.refused["too many reports"] > 1_900
    modem.send("n", "+8613800000001", "x")
    asked = b""
    for _ in range(200):
        asked += modem.reply()
        modem.feed(b"\r\nOK\r\n", T)
        if b"AT+CMGS" in asked:
            break
    assert asked.count(b"\r") < 120
