"""Sets up the service's log: one line an event on stderr, without what would open a resident's card."""

from __future__ import annotations

import logging
import re
import sys

_LINK = re.compile(r"(/w/)[0-9A-Za-z]{12}\b")


class Veiled(logging.Formatter):
    """Whoever reads the log must not be able to open a worker's link, nor to answer for her."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, its trace too, with the tokens of links left out."""
        return _LINK.sub(r"\1…", super().format(record))


def set_up() -> None:
    """For the whole process."""
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(Veiled("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[out])
    logging.getLogger("twilio").setLevel(logging.WARNING)  # else eight lines for each text
