"""Towns with many buttons, and the seed that every random moment comes from."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from town import Town, town

FULL = "SHOUWANG_KILLS" in os.environ  # then everything runs on both brokers
EACH = [pytest.param("mosquitto", marks=pytest.mark.mosquitto), "embedded"]


@pytest.fixture(scope="session")
def seed() -> int:
    """Of all random moments; repeat a run with SHOUWANG_SEED."""
    return int(os.environ.get("SHOUWANG_SEED") or random.SystemRandom().randrange(10**6))


@pytest.fixture
def dice(seed: int) -> random.Random:
    print(f"\nSHOUWANG_SEED={seed}")
    return random.Random(seed)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The kills always run on both brokers, the rest only in the full run."""
    if "here" in metafunc.fixturenames:
        both = FULL or getattr(metafunc.module, "BOTH", False)
        metafunc.parametrize("here", EACH if both else ["embedded"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town with enough buttons that each is pressed once."""
    with town(
        request.param, tmp_path_factory.mktemp(request.param), each=request.module.BUTTONS
    ) as open_town:
        yield open_town
