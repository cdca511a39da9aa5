"""What a check has found: that something is right, that it is wrong and what mends it, or that it cannot be seen."""

from dataclasses import dataclass

OK, WRONG, UNSEEN = "ok", "wrong", "not seen"


@dataclass(frozen=True)
class Finding:
    """One line of `bartizan doctor`."""

    subject: str
    standing: str
    says: str
    mend: str = ""
    """The command that mends it, or what to do; empty where there is nothing to mend."""


def right(subject: str, says: str) -> Finding:
    """It is as it should be."""
    return Finding(subject, OK, says)


def wrong(subject: str, says: str, *, mend: str) -> Finding:
    """It is not as it should be."""
    return Finding(subject, WRONG, says, mend)


def unseen(subject: str, says: str, *, mend: str = "") -> Finding:
    """It could not be looked at; `mend` is what would let it."""
    return Finding(subject, UNSEEN, says, mend)
