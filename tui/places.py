"""Where a console is, as the screens tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.origin import Origin


_KEY_LENGTH = 12
"""Characters of a fingerprint, of 43: 72 bits. The whole one stands with the event."""


def place(origin: Origin) -> str:
    """`203.0.113.66, olga on bastion1, key uNiVztksCsDh…`: the far end that SSH reports, the Unix user and the host,
    and the SSH key, as far as known."""
    far_end, key = origin.source.split(" ")[0], short_key(origin)
    here = " on ".join(part for part in (origin.unix_user, origin.host) if part)
    return ", ".join(part for part in (far_end, here, f"key {key}" if key else "") if part) or "unknown"


def short_key(origin: Origin) -> str:
    """The beginning of the SSH key's fingerprint, by which a person knows his own; "" where none is known."""
    fingerprint = origin.key.removeprefix("SHA256:")
    return f"{fingerprint[:_KEY_LENGTH]}…" if fingerprint else ""
