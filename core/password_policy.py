"""What a password must be: the contract's policy, common passwords, and the person's own words.

Default as in the source text, "Changing your password": at least eight characters and a mixture of upper and
lowercase letters and special characters. The fields are those of the IONOS password policy.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

MAX_CHARACTERS = 256
_SCORED_CHARACTERS = 64
_SHORTEST_PERSONAL_WORD = 4


@dataclass(frozen=True)
class PasswordPolicy:
    """How many characters of which kind a password needs at least."""

    min_length: int = 8
    min_upper_chars: int = 1
    min_lower_chars: int = 1
    min_number_chars: int = 0
    min_special_chars: int = 1


@dataclass(frozen=True)
class Rule:
    """One rule, in words that complete “The password needs …”, and whether a password meets it."""

    words: str
    met: bool


def normalised(password: str) -> str:
    """NFC, so that the same password typed on another keyboard is the same (NIST SP 800-63B §3.1.1.2)."""
    return unicodedata.normalize("NFC", password[: 4 * MAX_CHARACTERS])


def rules(policy: PasswordPolicy, password: str, *, personal: Iterable[str] = ()) -> list[Rule]:
    """Every rule of the policy, each with whether `password` meets it; lengths count code points."""
    text = normalised(password)
    counted = [
        (policy.min_length, len(text), "characters"),
        (policy.min_upper_chars, sum(char.isupper() for char in text), "upper-case"),
        (policy.min_lower_chars, sum(char.islower() for char in text), "lower-case"),
        (policy.min_number_chars, sum(char.isdecimal() for char in text), "number"),
        (policy.min_special_chars, sum(_is_special(char) for char in text), "special !?$…"),
    ]
    found = [Rule(f"{wanted} {kind}", have >= wanted) for wanted, have, kind in counted if wanted]
    if len(text) > MAX_CHARACTERS or len(password) > 4 * MAX_CHARACTERS:
        found.append(Rule(f"at most {MAX_CHARACTERS} characters", met=False))
    found.append(Rule("no common password", met=bool(text) and not _is_common(text)))
    found.append(Rule("no name of yours", met=bool(text) and not _holds_personal_word(text, personal)))
    return found


def strength(password: str) -> int:
    """How well a password stands up to guessing, 0 to 4 (zxcvbn)."""
    if not password:
        return 0
    from zxcvbn import zxcvbn

    return int(zxcvbn(normalised(password)[:_SCORED_CHARACTERS])["score"])


def personal_words(*texts: str) -> tuple[str, ...]:
    """The words of names and addresses that a password must not hold: four letters and longer."""
    apart = "".join(char if char.isalnum() else " " for char in " ".join(texts).casefold())
    return tuple(dict.fromkeys(word for word in apart.split() if len(word) >= _SHORTEST_PERSONAL_WORD))


def _is_special(char: str) -> bool:
    return char.isprintable() and not char.isalnum() and not char.isspace()


@cache
def _common_passwords() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def _is_common(text: str) -> bool:
    folded = text.casefold()
    stem = folded.strip("0123456789!?$%&/()=+-_.,;:#'*@\"§^°<>|~ ")
    common = _common_passwords()
    return folded in common or (stem in common and len(stem) * 2 >= len(folded))


def _holds_personal_word(text: str, personal: Iterable[str]) -> bool:
    folded = text.casefold()
    return any(word in folded for word in personal)
