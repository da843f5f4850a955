"""Towns for the tests of the whole path, on the wall's clock and on a faster one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from town import Town, town

SPEED = 120  # the fast town's clock: a minute takes half a second
EACH = [pytest.param("mosquitto", marks=pytest.mark.mosquitto), "embedded"]


@pytest.fixture(scope="module", params=EACH)
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town on the clock on the wall."""
    with town(request.param, tmp_path_factory.mktemp(request.param)) as open_town:
        yield open_town


@pytest.fixture(scope="module", params=EACH)
def fast(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town whose minutes take half a second."""
    with town(request.param, tmp_path_factory.mktemp(request.param), SPEED) as open_town:
        yield open_town
