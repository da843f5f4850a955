"""Towns with many buttons, and the seed that every random moment comes from."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from town import Town, town

KILLS = int(os.environ.get("SHOUWANG_KILLS", "3"))  # of each program
EACH = [pytest.param("mosquitto", marks=pytest.mark.mosquitto), "embedded"]


@pytest.fixture(scope="session")
def seed() -> int:
    """Of all random moments; repeat a run with SHOUWANG_SEED."""
    return int(os.environ.get("SHOUWANG_SEED") or random.SystemRandom().randrange(10**6))


@pytest.fixture
def dice(seed: int) -> random.Random:
    print(f"\nSHOUWANG_SEED={seed} SHOUWANG_KILLS={KILLS}")
    return random.Random(seed)


@pytest.fixture(scope="module", params=EACH)
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town with enough buttons that each is pressed once."""
    with town(
        request.param, tmp_path_factory.mktemp(request.param), each=request.module.BUTTONS
    ) as open_town:
        yield open_town
