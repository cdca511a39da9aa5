"""Recovery codes: ten single-use codes of 80 bits that stand in for the app once (ASVS 6.5.1, 6.5.2)."""

import secrets

HOW_MANY = 10
WARN_BELOW = 4
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_GROUPS = 4
_GROUP_CHARS = 4


def new_set() -> tuple[str, ...]:
    """Ten fresh codes, in groups, as they are shown."""
    return tuple(new_code(_GROUPS) for _ in range(HOW_MANY))


def cleaned(typed: str) -> str:
    """What was typed, as it is hashed: without separators, in upper case."""
    return "".join(char for char in typed[:64].upper() if char.isalnum())


def new_code(groups: int) -> str:
    """A fresh code of so many groups of 20 bits."""
    return "-".join(_group(secrets.token_bytes(_GROUP_CHARS)) for _ in range(groups))


def _group(drawn: bytes) -> str:
    """A byte has eight times as many values as there are characters: each is as likely as any other."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in drawn)
