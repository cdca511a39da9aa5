"""What a password must be: the contract's policy, nothing that is easily guessed, and no word of the person's own.

Default as in the source text, "Changing your password": at least eight characters and a mixture of upper and
lowercase letters and special characters. The fields are those of the IONOS password policy.
"""

import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

MAX_CHARACTERS = 256
NO_NAME = "no name of yours"
"""The words of the one rule that depends on who the person is."""

_SCORED_CHARACTERS = 32
_TOO_WEAK = 1
_OUR_WORDS = ("bartizan",)
# A guesser tries shorter ones too, but a password that holds "ann" by chance is no worse for it.
_SHORTEST_PERSONAL_WORD = 3
_SHORTEST_FORBIDDEN_WORD = 4

# zxcvbn keeps a person's words where every thread finds them.
_one_at_a_time = threading.Lock()


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
    text, words = normalised(password), tuple(personal)
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
    found.append(Rule("not easily guessed", met=bool(text) and not _is_easily_guessed(text, words)))
    found.append(Rule(NO_NAME, met=bool(text) and not _holds_personal_word(text, words)))
    return found


def strength(password: str, *, personal: Iterable[str] = ()) -> int:
    """How well a password stands up to guessing by one who knows the person's words, 0 to 4 (zxcvbn)."""
    if not password:
        return 0
    from zxcvbn import zxcvbn

    text = normalised(password)[:_SCORED_CHARACTERS]
    with _one_at_a_time:
        return int(zxcvbn(text, user_inputs=[*personal, *_OUR_WORDS])["score"])


def personal_words(*texts: str) -> tuple[str, ...]:
    """The words of names and addresses, three letters and longer: a guesser tries them, and a password that holds
    one of four or more is refused.
    """
    apart = "".join(char if char.isalnum() else " " for char in " ".join(texts).casefold())
    return tuple(dict.fromkeys(word for word in apart.split() if len(word) >= _SHORTEST_PERSONAL_WORD))


def _is_special(char: str) -> bool:
    return char.isprintable() and not char.isalnum() and not char.isspace()


@cache
def _common_passwords() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def _is_easily_guessed(text: str, personal: Iterable[str]) -> bool:
    return _is_common(text) or strength(text, personal=personal) <= _TOO_WEAK


def _is_common(text: str) -> bool:
    folded = text.casefold()
    stem = folded.strip("0123456789!?$%&/()=+-_.,;:#'*@\"§^°<>|~ ")
    common = _common_passwords()
    return folded in common or (stem in common and len(stem) * 2 >= len(folded))


def _holds_personal_word(text: str, personal: Iterable[str]) -> bool:
    folded = text.casefold()
    return any(word in folded for word in personal if len(word) >= _SHORTEST_FORBIDDEN_WORD)
