"""The service's log keeps secrets."""

from __future__ import annotations

import logging

from alerts.logs import Veiled


def test_no_line_of_the_log_opens_a_link() -> None:
    line = "Forbidden (CSRF cookie not set.): %s"
    record = logging.LogRecord("x", logging.WARNING, "", 0, line, ("/w/0aB9cD8eF7gH/going",), None)
    assert Veiled("%(message)s").format(record) == "Forbidden (CSRF cookie not set.): /w/…/going"
