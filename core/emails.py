"""E-mail addresses: what is taken, and the form by which they are found."""

import re
import unicodedata

from core.errors import FieldEmpty, FieldRefused

MAX_CHARACTERS = 254
_ADDRESS = re.compile(
    r"[^\s@\"(),:;<>\[\\\]]{1,64}@[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)


def email_norm(typed: str) -> str:
    """The form of an address by which it is unique and is looked up; empty for what can be nobody's.

    Control characters and halves of surrogate pairs are nobody's, and no database takes them in a question.
    """
    norm = unicodedata.normalize("NFC", typed[: 2 * MAX_CHARACTERS]).strip().casefold()
    return norm if norm.isprintable() else ""


def taken_email(typed: str) -> str:
    """An address that can be an account's, as it will be shown.

    Raises:
        FieldEmpty, FieldRefused: it is none.
    """
    address = unicodedata.normalize("NFC", typed[: 2 * MAX_CHARACTERS]).strip()
    if not address:
        raise FieldEmpty("E-mail")
    if (
        len(typed) > 2 * MAX_CHARACTERS
        or len(address) > MAX_CHARACTERS
        or not address.isprintable()
        or not _ADDRESS.fullmatch(email_norm(address))
    ):
        raise FieldRefused("E-mail", "be an address such as jane.doe@example.com")
    return address


def is_address(typed: str) -> bool:
    """Whether this could be an account's address as far as its form goes."""
    return (
        len(typed) <= MAX_CHARACTERS
        and _ADDRESS.fullmatch(email_norm(typed)) is not None
        and "." in typed.rpartition("@")[2]
    )


def masked_email(email: str) -> str:
    """An address of which whoever knows it recognises it, and nobody else learns it: j***@e***.com."""
    local, _, domain = email.rpartition("@")
    name, dot, ending = domain.rpartition(".")
    return f"{local[:1]}***@{name[:1]}***{dot}{ending}" if dot else f"{local[:1]}***@{domain[:1]}***"
