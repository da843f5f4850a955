"""Holds the Twilio stand-in against Twilio's own OpenAPI description: `python -m benchmarks.twilio_contract`.

Needs node and, once, npm: @stoplight/prism-cli proxies our requests to the stand-in and compares each request
and each answer with twilio_api_v2010.json, which @twilio/cli-core carries. Exits 1 on a violation. Twilio
describes no answer but success: of a refusal only the request is compared, and prism notes that its status is
not described.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from gateway.broker import free_port
from gateway.demo.provider import Faults, Provider
from gateway.demo.sms import SENDER

PACKAGES = ("@stoplight/prism-cli@5", "@twilio/cli-core@8")
SPEC = "node_modules/@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json"
NOTED = "sl-violations"  # prism's response header
MISSING = "Request body must have required property 'To'"
RELATIVE = tuple(  # Twilio sends paths here, its description asks for whole addresses: we do as Twilio does
    f'Response body property {name} must match format "uri"' for name in ("first_page_uri", "uri")
)
UNDESCRIBED = "Unable to match the returned status code with those defined in the document: 201"


@dataclass(frozen=True, slots=True)
class Call:
    """One request through prism, and what must come of it."""

    what: str
    method: str
    path: str
    form: dict[str, str]
    status: int
    faults: Faults = field(default_factory=Faults)
    token: str = ""
    noted: tuple[str, ...] = ()


def main(arguments: list[str]) -> int:
    """Install what is missing into a folder, run every call, print a line for each."""
    folder = Path(arguments[0] if arguments else tempfile.mkdtemp(prefix="twilio-contract-"))
    install(folder)
    with Provider() as provider, prism(folder, provider.api) as address:
        violations = [run(provider, address, call) for call in calls(provider)]
    print(f"{sum(violations)} violations in {len(violations)} calls")
    return 1 if any(violations) else 0


def install(folder: Path) -> None:
    """Put prism and the description there, unless they are. Raises SystemExit when npm cannot."""
    if (folder / SPEC).exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is missing; install node and npm first")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}')
    subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES], cwd=folder, check=True
    )


@contextmanager
def prism(folder: Path, upstream: str) -> Iterator[str]:
    """`prism proxy` before the stand-in; yields its address."""
    port = free_port()
    program = folder / "node_modules/.bin/prism"
    command = [str(program), "proxy", str(folder / SPEC), upstream, "--port", str(port)]
    with (folder / "prism.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as child:
        try:
            address = f"http://127.0.0.1:{port}"
            wait(address, child)
            yield address
        finally:
            child.terminate()


def wait(address: str, child: subprocess.Popen[bytes]) -> None:
    """Until prism answers anything; it reads a description of 1.4 MB first."""
    for _ in range(240):
        if child.poll() is not None:
            raise SystemExit("prism ended at once; see prism.log")
        try:
            httpx.get(address)
        except httpx.HTTPError:
            time.sleep(0.25)
        else:
            return
    raise SystemExit("prism did not answer within a minute")


def calls(provider: Provider) -> tuple[Call, ...]:
    """Everything the alert service does with Twilio, and the ways it can fail."""
    path = f"/2010-04-01/Accounts/{provider.account}/Messages.json"
    form = {
        "To": "+8613800000001",
        "From": SENDER,
        "Body": "【守望】SOS 王秀英 3幢402 12:00 码4821",
        "StatusCallback": "http://127.0.0.1:9/hooks/twilio/status",
    }
    return (
        Call("a text", "POST", path, form, 201),
        Call("a long text", "POST", path, form | {"Body": "守望" * 60}, 201),
        Call(
            "without a callback", "POST", path, {k: v for k, v in form.items() if k != "StatusCallback"}, 201
        ),
        Call("an unreachable phone", "POST", path, form, 201, Faults(deliver=False)),
        Call("an overloaded provider", "POST", path, form, 429, Faults(refuse=429), noted=(UNDESCRIBED,)),
        Call("a broken provider", "POST", path, form, 500, Faults(refuse=500), noted=(UNDESCRIBED,)),
        Call("a wrong token", "POST", path, form, 401, token="wrong", noted=(UNDESCRIBED,)),
        Call("reading it back", "GET", "", {}, 200),
        Call("all of one phone", "GET", path + "?To=%2B8613800000001&PageSize=50", {}, 200, noted=RELATIVE),
        Call(
            "a control: prism must notice", "POST", path, {"From": SENDER}, 400, noted=(MISSING, UNDESCRIBED)
        ),
    )


def run(provider: Provider, address: str, call: Call) -> bool:
    """True if prism or the status disagrees."""
    provider.faults = call.faults
    path = call.path or f"/2010-04-01/Accounts/{provider.account}/Messages/{provider.texts[-1].sid}.json"
    auth = (provider.account, call.token or provider.token)
    answer = httpx.request(call.method, address + path, data=call.form or None, auth=auth)
    noted = tuple(note["message"] for note in json.loads(answer.headers.get(NOTED, "[]")))
    wrong = answer.status_code != call.status or noted != call.noted
    print(f"{'WRONG' if wrong else 'ok':5}  {answer.status_code}  {call.what}")
    for note in noted:
        print(f"       {note}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
