"""Where a step of the assistant leads."""

from enum import Enum


class Move(Enum):
    """To the step after, to the step before, or out of the assistant."""

    NEXT = "next"
    BACK = "back"
    CANCEL = "cancel"
