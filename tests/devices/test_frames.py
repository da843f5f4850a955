"""`shouwang devices decode`: a line of a corpus in, a line of readings out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.commands.devices import devices

SOS = {"topic": "zigbee2mqtt/<HS1EB>", "payload": '{"action":"single"}'}
KEYPAD = {"topic": "zigbee2mqtt/<ZS130000078>", "payload": '{"smoke":true,"tamper":false}'}
DOOR = {"topic": "home/door", "payload": '{"contact":false,"battery":"97.00"}'}
OFFLINE = {"topic": "zigbee2mqtt/bridge/state", "payload": "offline"}
MODEL = {
    "vendor": "Heiman",
    "model": "HS1EB/HS1EB-E",
    "description": "Smart emergency button",
    "exposes": [{"property": "action", "type": "enum", "access": 1, "values": ["single", "double", "hold"]}],
}


def decode(
    folder: Path, raw: object, family: str = "zigbee2mqtt", encoding: str = "mqtt"
) -> dict[str, object]:
    file = folder / "frames.jsonl"
    file.write_text(json.dumps({"id": "x-1", "family": family, "encoding": encoding, "raw": raw}))
    outcome = CliRunner().invoke(devices, ["decode", str(file)])
    assert outcome.exit_code == 0, outcome.output
    answer: dict[str, object] = json.loads(outcome.output)
    return answer


@pytest.mark.parametrize(
    ("raw", "readings"),
    [
        (DOOR, [{"role": "battery", "value": 97.0}, {"role": "contact_open", "value": True}]),
        (OFFLINE, [{"role": "bridge_online", "value": False}]),
        (KEYPAD, [{"role": "tamper", "value": False}]),
        (SOS, [{"role": "button", "value": "single"}]),
    ],
)
def test_a_message_means_what_its_keys_say(tmp_path: Path, raw: object, readings: object) -> None:
    answer = decode(tmp_path, raw)
    assert sorted(answer.pop("readings"), key=lambda row: row["role"]) == readings  # type: ignore[call-overload]
    assert answer == {"id": "x-1", "rejected": None}


def test_a_device_that_joined_tells_its_model(tmp_path: Path) -> None:
    data = {"friendly_name": "x", "ieee_address": "0x1", "status": "successful"}
    event = {"type": "device_interview", "data": {**data, "definition": {"model": "LED1624G9"}}}
    raw = {"topic": "zigbee2mqtt/bridge/event", "payload": json.dumps(event)}
    assert decode(tmp_path, raw)["readings"] == [{"role": "onboard", "value": "LED1624G9"}]


def test_or_what_its_model_exposes(tmp_path: Path) -> None:
    (tmp_path / "zigbee_models.jsonl").write_text(json.dumps(MODEL))
    file = tmp_path / "f.jsonl"
    file.write_text(json.dumps({"id": "x-1", "family": "z2m-converter", "raw": SOS}))
    outcome = CliRunner().invoke(
        devices, ["decode", str(file), "--models", str(tmp_path / "zigbee_models.jsonl")]
    )
    assert json.loads(outcome.output)["readings"] == [{"role": "sos", "value": True}]


@pytest.mark.parametrize("raw", ["53,59,01,01,00,01,0F,BE,54,43", "0x53 0x59 010100010FBE5443"])
def test_bytes_may_be_written_in_several_ways(tmp_path: Path, raw: str) -> None:
    answer = decode(tmp_path, raw, "r60-radar", "hex")
    assert answer["readings"] == [{"role": "heartbeat", "value": True}]


@pytest.mark.parametrize("raw", ["53 59 0", "53 59 ZZ"])
def test_what_is_no_bytes_is_refused(tmp_path: Path, raw: str) -> None:
    answer = decode(tmp_path, raw, "r60-radar", "hex")
    assert answer == {"id": "x-1", "readings": [], "rejected": "not hexadecimal"}


def test_a_family_that_nobody_speaks_is_said(tmp_path: Path) -> None:
    answer = decode(tmp_path, "00", "zwave")
    assert "no such family" in str(answer["rejected"])


def test_a_line_that_is_no_frame_ends_with_1(tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    file.write_text('{"id": 1}\n{]\n')
    outcome = CliRunner().invoke(devices, ["decode", str(file)])
    assert outcome.exit_code == 1
    assert outcome.output.count("no frame") == 2
