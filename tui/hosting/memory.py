"""Keeps what is in memory out of files and of other processes' reach."""

import resource

_PR_SET_DUMPABLE = 4


def forbid_core_files() -> None:
    """No core file holds a password."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forbid_reading() -> None:
    """No process of the same user attaches to this one or reads its memory; a core handler gets nothing either.

    Costs the import of ctypes, 5 ms: to be called after the first paint.
    """
    import ctypes

    libc = ctypes.CDLL(None)
    prctl = getattr(libc, "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
