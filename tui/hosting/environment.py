"""What a console may believe of its environment, which the person at the other end can set."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing takes 7 ms to import
if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

# Textual loads code and writes keys into files where its variables say so; Python starts a shell at its end;
# OpenSSL's key log opens TLS; the rest fixes the size of the window or changes the width of characters.
_UNWANTED_BEGIN = ("TEXTUAL", "PYTHON", "TTY_", "JUPYTER")
_UNWANTED = {"SSLKEYLOGFILE", "COLUMNS", "LINES", "UNICODE_VERSION", "FORCE_COLOR"}


def clean(environ: MutableMapping[str, str]) -> None:
    """Forget the variables that run code, write files or break the screen. To be called before Textual is imported."""
    for name in [name for name in environ if name in _UNWANTED or name.startswith(_UNWANTED_BEGIN)]:
        del environ[name]


def speaks_utf8(environ: Mapping[str, str]) -> bool:
    """Does the terminal show UTF-8? Where no locale is set at all it is taken for granted.

    Python itself sets LC_CTYPE to C.UTF-8 in the locale C, so that variable alone proves nothing.
    """
    own = (
        ""
        if environ.get("LC_CTYPE") == "C.UTF-8" and environ.get("LANG") in {"C", "POSIX"}
        else environ.get("LC_CTYPE")
    )
    locale = environ.get("LC_ALL") or own or environ.get("LANG") or "C.UTF-8"
    return "utf8" in locale.lower().replace("-", "")


def why_not_here(environ: Mapping[str, str]) -> str | None:
    """The sentence that refuses to start a full-screen program here, if there is a reason."""
    if sys.flags.inspect:
        return "Bartizan does not start where Python is told to open a shell at its end (PYTHONINSPECT)."
    if not (os.isatty(0) and os.isatty(1)):
        return "Bartizan needs a terminal: standard input and output are not one (with ssh, use -t)."
    if environ.get("TERM", "") in {"", "dumb", "unknown"}:
        return "Bartizan needs a full-screen terminal: TERM is unset or dumb."
    return None
