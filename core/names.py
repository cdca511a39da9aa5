"""Names of people and contracts: what is taken."""

import unicodedata

from core.errors import FieldEmpty, FieldRefused

MAX_CHARACTERS = 100


def taken_name(typed: str, *, field: str) -> str:
    """A name as it will be shown: NFC, without space around it, and one space where there were several.

    Raises:
        FieldEmpty, FieldRefused: nothing is left, too long, or characters in it cannot be seen.
    """
    name = " ".join(filter(None, unicodedata.normalize("NFC", typed[: 4 * MAX_CHARACTERS]).strip().split(" ")))
    if not name:
        raise FieldEmpty(field)
    if len(typed) > 4 * MAX_CHARACTERS or len(name) > MAX_CHARACTERS:
        raise FieldRefused(field, f"have at most {MAX_CHARACTERS} characters")
    if not name.isprintable():
        raise FieldRefused(field, "have visible characters only")
    return name
