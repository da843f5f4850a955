"""From a button that was pressed to the signal the desk understands. Pure."""

from __future__ import annotations

from alerts.core.alert import Arrived, Cause, Closed, Declined, HelpNeeded, Signal, Taken

CAUSES = (Cause.HELPED, Cause.WELL, Cause.FAULTY, Cause.TEST, Cause.OTHER)
_LONGEST_NOTE = 500  # characters


class UnknownActionError(ValueError):
    """No such button, or a closing without a cause."""


def signal(action: str, by: str, cause: str = "", note: str = "") -> Signal:
    """The signal of a button that `by` pressed. Raises UnknownActionError."""
    match action:
        case "take" | "going":
            return Taken(by)
        case "cannot":
            return Declined(by)
        case "arrived":
            return Arrived(by)
        case "help":
            return HelpNeeded(by)
        case "close" if cause in CAUSES:
            return Closed(by, Cause(cause), note.strip()[:_LONGEST_NOTE])
        case "close":
            raise UnknownActionError("a closing names its cause: 51, 52, 53, 54 or 55")
        case _:
            raise UnknownActionError("actions are take, going, cannot, arrived, help and close")
