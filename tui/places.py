"""Where a console is, as the screens tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.origin import Origin


def place(origin: Origin) -> str:
    """`203.0.113.66, olga on bastion1`: the far end that SSH reports, the Unix user and the host, as far as known."""
    far_end = origin.source.split(" ")[0]
    here = " on ".join(part for part in (origin.unix_user, origin.host) if part)
    return ", ".join(part for part in (far_end, here) if part) or "unknown"
