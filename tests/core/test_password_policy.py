"""What a password must be: "at least eight characters and a mixture of upper and lowercase letters and special
characters", nothing that is easily guessed, and no name of one's own."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.password_policy import MAX_CHARACTERS, PasswordPolicy, personal_words, rules, strength

DEFAULT = PasswordPolicy()


def _unmet(password: str, policy: PasswordPolicy = DEFAULT, personal: tuple[str, ...] = ()) -> list[str]:
    return [rule.words for rule in rules(policy, password, personal=personal) if not rule.met]


def test_the_default_is_that_of_the_source() -> None:
    assert PasswordPolicy(8, 1, 1, 0, 1) == DEFAULT


@pytest.mark.parametrize(
    "password", ["Quiet-Ferry", "Füße-über-Öl", "名前Aa!名前名前", "Aa \u00b6xyzw", "Quiet-Ferry-" + "a!" * 100]
)
def test_a_mixture_of_eight_or_more_is_taken(password: str) -> None:
    assert _unmet(password) == []


@pytest.mark.parametrize(
    ("password", "unmet"),
    [
        ("aB!xyzw", "8 characters"),
        ("quiet-ferry", "1 upper-case"),
        ("QUIET-FERRY", "1 lower-case"),
        ("QuietFerry", "1 special !?$…"),
        ("Quiet Ferry", "1 special !?$…"),
        ("Quiet\u200bFerry", "1 special !?$…"),
        ("aB!" + "x" * MAX_CHARACTERS, "at most 256 characters"),
        ("aB!xyzw" + "e\u0301" * 3 + "\u0301" * 10_000, "at most 256 characters"),
    ],
)
def test_each_rule_that_is_unmet_is_named(password: str, unmet: str) -> None:
    assert unmet in _unmet(password)


def test_an_empty_password_meets_no_rule() -> None:
    assert not any(rule.met for rule in rules(DEFAULT, ""))


@pytest.mark.parametrize("password", ["Password!", "P@ssw0rd", "Qwertyuiop!", "!!Password1!!", "Sunshine#1"])
def test_common_passwords_are_refused_with_decoration_too(password: str) -> None:
    assert "not easily guessed" in _unmet(password)


@pytest.mark.parametrize(
    "password",
    [
        "P@ssword",
        "Aa!aaaaa",
        "Aa!11111",
        "Abcd123!",
        "January1!",
        "!Password!Password",
        "Ohm!Ohm!",
        "Bartizan1!",
        "Bartizan!Bartizan!",
        "Welcome1!",
        "aB!aB!xy",
    ],
)
def test_what_is_guessed_in_a_day_is_refused(password: str) -> None:
    """A hundred guesses a day, best first: the rules of the mixture let these through."""
    words = personal_words("Olga", "Ohm", "olga@example.com", "Harbour Works")

    assert "not easily guessed" in _unmet(password, personal=words)


def test_a_name_of_three_letters_counts_for_a_guesser_but_is_not_forbidden() -> None:
    assert strength("OhmOhm!!Ohm#x", personal=("ohm",)) < strength("OhmOhm!!Ohm#x")
    assert _unmet("Planning-42-boats", personal=("ann",)) == []


def test_two_persons_who_type_at_once_are_judged_by_their_own_words() -> None:
    """The words of whoever typed last counted for everybody, in all consoles of a process."""
    with ThreadPoolExecutor(2) as typing:
        hers = typing.submit(lambda: {strength("Zoltkov1!", personal=("zoltkov",)) for _ in range(200)})
        his = typing.submit(lambda: {strength("Zoltkov1!", personal=("ulf",)) for _ in range(200)})

    assert (hers.result(), his.result()) == ({1}, {3})


def test_the_persons_and_the_contracts_names_are_refused_in_any_case() -> None:
    words = personal_words("Olga", "Ohm", "olga@example.com", "Harbour Works")

    assert words == ("olga", "ohm", "example", "com", "harbour", "works")
    assert _unmet("My-HARBOUR-17", personal=words) == ["no name of yours"]
    assert _unmet("xx-Olga-xx", personal=words) == ["no name of yours"]
    assert _unmet("Ohm-sweet-Ohm!", personal=words) == []


def test_lengths_count_code_points_after_normalisation() -> None:
    decomposed = "E\u0301a!" * 2

    assert "8 characters" in _unmet(decomposed)


@pytest.mark.parametrize(
    ("policy", "password", "unmet"),
    [
        (PasswordPolicy(12, 1, 1, 0, 1), "Quiet-Ferry", ["12 characters"]),
        (PasswordPolicy(8, 1, 1, 2, 1), "Quiet-Ferry1", ["2 number"]),
        (PasswordPolicy(8, 3, 1, 0, 1), "Quiet-Ferry", ["3 upper-case"]),
        (PasswordPolicy(8, 0, 0, 0, 0), "quietferries", []),
    ],
)
def test_a_contracts_own_policy_counts(policy: PasswordPolicy, password: str, unmet: list[str]) -> None:
    assert _unmet(password, policy) == unmet


@given(st.text(st.characters(), max_size=2000))
def test_whatever_is_typed_gets_an_answer(password: str) -> None:
    assert 0 <= strength(password[:100]) <= 4
    assert rules(DEFAULT, password, personal=("name",))


def test_strength_tells_a_weak_password_from_a_strong_one() -> None:
    assert strength("") == 0
    assert strength("password1") < 2
    assert strength("Quiet-Ferry,42 boats") == 4
