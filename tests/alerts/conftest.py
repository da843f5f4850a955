"""A real alert service's database for these tests: settings, secret and tables made once a session."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

FOLDER = Path(tempfile.mkdtemp(prefix="shouwang-alerts-"))
SETTINGS = """
[service]
base_url = "https://sw.example.cn"
hosts = ["testserver"]
[channels.log]
file = "sent.jsonl"
[channels.sms_twilio]
account = "AC00000000000000000000000000000001"
token = "0123456789abcdef0123456789abcdef"
sender = "+15005550006"
"""


def _setup() -> None:
    path = FOLDER / "alerts.toml"
    path.write_text(SETTINGS)
    os.environ["SHOUWANG_ALERTS"] = str(path)
    os.environ["DJANGO_SETTINGS_MODULE"] = "alerts.settings"
    (FOLDER / "data").mkdir()
    (FOLDER / "secret.key").write_text("a secret of the tests\n")
    import django

    django.setup()


if "DJANGO_SETTINGS_MODULE" not in os.environ or not os.environ.get("SHOUWANG_ALERTS"):
    _setup()  # before any test module imports a model


@pytest.fixture(scope="session", autouse=True)
def tables() -> None:
    """The tables, by the migrations that ship."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


@pytest.fixture
def empty() -> Iterator[None]:
    """An empty database before the test, and closed connections after it."""
    from django.core.management import call_command
    from django.db import connections

    call_command("flush", verbosity=0, interactive=False)
    yield
    connections.close_all()


@pytest.fixture
def now() -> datetime:
    """Noon in Hangzhou on a Saturday."""
    return datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@pytest.fixture
def town(empty: None) -> None:
    """A district with one home, its contact, and somebody for every rung."""
    from alerts.registry import seed

    path = FOLDER / "town.toml"
    path.write_text(TOWN)
    seed.seed(seed.read(path))


TOWN = """
[[area]]
id = "district"
name = "上城区"
level = "district"
[[area]]
id = "street"
name = "清波街道"
level = "street"
parent = "district"
[[area]]
id = "community"
name = "劳动路社区"
level = "community"
parent = "street"
[[area]]
id = "grid"
name = "第一网格"
level = "grid"
parent = "community"

[[gateway]]
id = "gw-1"
key = "1111111111111111111111111111111111111111111111111111111111111111"
[[gateway]]
id = "gw-2"
key = "2222222222222222222222222222222222222222222222222222222222222222"

[[home]]
id = "h-1"
area = "grid"
gateway = "gw-1"
address = "劳动路12号"
door = "3幢402"
[[home.resident]]
name = "王秀英"
born = 1941
[[home.contact]]
order = 1
name = "王芳"
phone = "+8613900000001"
keyholder = true
[[home.device]]
id = "d1"
room = "bedroom"
[[home]]
id = "h-2"
area = "grid"
gateway = "gw-2"
address = "劳动路12号"
door = "3幢403"

[[worker]]
name = "李明"
phone = "+8613800000001"
[[worker.post]]
area = "grid"
role = "grid_worker"
[[worker]]
name = "陈强"
phone = "+8613800000002"
[[worker.post]]
area = "community"
role = "grid_leader"
[[worker]]
name = "赵敏"
phone = "+8613800000003"
[[worker.post]]
area = "community"
role = "community_desk"
[[worker]]
name = "Sun Wei"
phone = "+8613800000004"
language = "en"
[[worker.post]]
area = "street"
role = "street_centre"
"""
