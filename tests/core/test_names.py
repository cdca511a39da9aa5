"""Names and e-mail addresses: what is taken, and how it is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emails import email_norm, taken_email
from core.errors import FieldEmpty, FieldRefused
from core.names import taken_name

UNSEEN = [
    "a\tb",
    "a\nb",
    "\x1b[2J",
    "a\0b",
    "\x7f",
    "\x9b31m",
    "\u202etxet",
    "a\u200bb",
    "\ufeff",
    "\udc80",
    "a\u2028b",
    "a\u00a0b",
]


@pytest.mark.parametrize(
    "name", ["Olga", "O'Hara", "名前", "Zoë", "[/foo]", "[@click=app.quit]x", "A. B-C", "x" * 100, "🦊"]
)
def test_a_name_is_kept_as_it_was_typed(name: str) -> None:
    assert taken_name(name, field="Name") == name


def test_a_name_is_normalised_and_its_spaces_made_one() -> None:
    assert taken_name("  Zoe\u0308   van  Dam ", field="Name") == "Zo\u00eb van Dam"


@pytest.mark.parametrize("name", UNSEEN)
def test_a_name_with_characters_that_cannot_be_seen_is_refused(name: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        taken_name(name, field="Contract")

    assert refused.value.field == "Contract"


@pytest.mark.parametrize("name", ["x" * 101, "x" * 10_000, "x" + " " * 10_000 + "y"])
def test_a_name_that_is_too_long_is_refused(name: str) -> None:
    with pytest.raises(FieldRefused):
        taken_name(name, field="Name")


@pytest.mark.parametrize("nothing", ["", " ", "   "])
def test_a_name_or_address_must_be_there(nothing: str) -> None:
    with pytest.raises(FieldEmpty):
        taken_name(nothing, field="Name")
    with pytest.raises(FieldEmpty):
        taken_email(nothing)


@pytest.mark.parametrize(
    "address", ["a@b", "jane.doe+x@example.com", "o'hara@example.co.uk", "jörg@example.com", "x" * 64 + "@example.com"]
)
def test_an_address_is_taken_as_it_was_typed(address: str) -> None:
    assert taken_email(f" {address} ") == address


@pytest.mark.parametrize(
    "address",
    [
        "olga",
        "@example.com",
        "olga@",
        "a@b@c",
        "a b@c",
        "a@-b",
        "a@b..c",
        "a@b.",
        "<a@b>",
        "[/foo]@b",
        "a:b@c",
        "x" * 65 + "@b",
        "a@" + "b" * 300,
        "a@b" + "\u00e9",
        *[f"{name}@b" for name in UNSEEN if name != "\ufeff"],
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(FieldRefused):
        taken_email(address)


def test_an_address_is_found_whatever_its_case_or_normal_form() -> None:
    assert email_norm(" J\u00d6RG@Example.COM") == email_norm("jo\u0308rg@example.com ")


@given(st.text(st.characters(), max_size=600))
def test_what_is_looked_up_can_be_asked_of_any_database(typed: str) -> None:
    norm = email_norm(typed)

    assert norm.isprintable()
    norm.encode()


@given(st.text(st.characters(), max_size=600))
def test_what_is_taken_as_an_address_is_found_again(typed: str) -> None:
    try:
        address = taken_email(f"{typed}@example.com")
    except FieldRefused:
        return

    assert email_norm(address) != ""
