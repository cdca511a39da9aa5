"""Names: what is taken, how lists are sorted by them, and how they are searched."""

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


def folded(text: str) -> str:
    """A text as it is sorted and searched: without regard to case, NFC."""
    return unicodedata.normalize("NFC", text.casefold())


def sort_name(given_name: str, family_name: str) -> str:
    """What lists of people are sorted by: the family name first."""
    return f"{folded(family_name)} {folded(given_name)}"


def search_text(given_name: str, family_name: str, email_norm: str) -> str:
    """What a search looks for its words in: the name either way round, and the address."""
    given, family = folded(given_name), folded(family_name)
    return f"{given} {family} {given}\n{email_norm}"


def searched_words(typed: str) -> tuple[str, ...]:
    """The words of a search; what cannot be in any name separates them, as space and comma do."""
    cleaned = "".join(char if char.isprintable() and char != "," else " " for char in typed[:MAX_CHARACTERS])
    return tuple(folded(cleaned).split())
