"""The people of a contract, as the User Manager lists them."""

import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import searching
from core.errors import NotAllowed, Refusal, WrongCredentials
from core.listing import COUNT_UP_TO, Key, Page, Stretch, Way
from core.login_steps import Session
from core.names import folded
from core.people import Filter, Order, PeopleView, PersonRow, RoleAdoption
from core.services import Services
from data.tables import ADMINISTRATOR
from tests.core.actors import SetClock, Someone, new_person
from tests.core.crowds import OWNER_NAME, Crowd, Named

ADA = Named("Ada", "Lovelace", "countess@byron.example")
LETTERS = st.sampled_from([*string.ascii_letters, *"ßẞİıſÅåéΣσςд名前李중عمر🙂🚢ﬁǅ-'. \"%_\\[]"])
NAMES = st.builds(
    Named,
    st.text(LETTERS, min_size=1, max_size=6).map(str.strip).filter(bool),
    st.text(LETTERS, min_size=1, max_size=6).map(str.strip).filter(bool),
    st.just(""),
)
quickly = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def crowd(services: Services, clock: SetClock) -> Crowd:
    return Crowd(services, clock)


def found(crowd: Crowd, search: str = "", **view: Any) -> list[str]:
    """The names that one page shows, in its order."""
    return [row.name for row in page(crowd, PeopleView(search, **view), Stretch()).rows]


def page(crowd: Crowd, view: PeopleView, stretch: Stretch) -> Page[PersonRow]:
    return crowd.services.people.page(crowd.session, view, stretch)


def forward(crowd: Crowd, view: PeopleView, rows: int) -> list[PersonRow]:
    """Everybody, page after page from the beginning."""
    met: list[PersonRow] = []
    stretch = Stretch(Way.FIRST, rows=rows)
    while True:
        shown = page(crowd, view, stretch)
        met += shown.rows
        if shown.after is None:
            return met
        stretch = Stretch(Way.AFTER, shown.after, rows)


def backward(crowd: Crowd, view: PeopleView, rows: int) -> list[PersonRow]:
    """Everybody, page before page from the end."""
    met: list[PersonRow] = []
    stretch = Stretch(Way.LAST, rows=rows)
    while True:
        shown = page(crowd, view, stretch)
        met = [*shown.rows, *met]
        if shown.before is None:
            return met
        stretch = Stretch(Way.BEFORE, shown.before, rows)


def test_a_row_says_who_it_is_and_how_he_stands(crowd: Crowd) -> None:
    [ada_id] = crowd.add([ADA], sec_auth_active=True, sec_auth_forced=True, active=False, last_sign_in_at=crowd.clock())

    [row] = page(crowd, PeopleView("lovelace"), Stretch()).rows

    assert (row.id, row.name, row.email, row.role) == (ada_id, "Lovelace, Ada", ADA.email, "user")
    assert (row.active, row.invited, row.second_factor, row.forced) == (False, False, True, True)
    assert (row.last_sign_in_at, row.locked_until) == (crowd.clock(), None)


def test_people_are_sorted_by_family_name_without_regard_to_case_or_by_e_mail(crowd: Crowd) -> None:
    crowd.add([Named("B", "berg", "1@x.y"), Named("a", "Berg", "2@x.y"), Named("Z", "Adler", "3@x.y")])

    assert found(crowd) == ["Adler, Z", "Berg, a", "berg, B", "Ohm, Olga"]
    assert found(crowd, order=Order.EMAIL)[:3] == ["berg, B", "Berg, a", "Adler, Z"]


def test_people_of_other_contracts_are_never_listed_found_or_counted(crowd: Crowd, clock: SetClock) -> None:
    Crowd(crowd.services, clock).add([ADA])

    assert found(crowd) == [OWNER_NAME.shown]
    assert found(crowd, "lovelace") == found(crowd, "lo") == []
    assert crowd.services.people.count(crowd.session, PeopleView("lovelace")).rows == 0


@pytest.mark.parametrize(
    ("shown", "facts"),
    [
        (Filter.NO_SECOND_FACTOR, {}),
        (Filter.NOT_ENROLLED, {"sec_auth_forced": True}),
        (Filter.INVITED, {"password_hash": None}),
        (Filter.INACTIVE, {"active": False}),
        (Filter.ADMINISTRATORS, {"role": ADMINISTRATOR}),
    ],
)
@pytest.mark.parametrize("order", Order)
def test_each_filter_shows_those_that_it_names_in_either_order_and_with_a_search(
    crowd: Crowd, shown: Filter, facts: dict[str, Any], order: Order
) -> None:
    crowd.add([Named("Not", "Loved")], sec_auth_active=True)
    crowd.add([ADA], **facts)

    listed = found(crowd, filter=shown, order=order)
    searched = [found(crowd, search, filter=shown, order=order) for search in ("love", "lo")]

    assert set(listed) - {OWNER_NAME.shown} == {ADA.shown}
    assert searched == [[ADA.shown]] * 2
    assert crowd.services.people.count(crowd.session, PeopleView("love", shown, order)).rows == 1


def test_whoever_gave_six_wrong_passwords_is_shown_as_locked_until_the_wait_is_over(
    services: Services, session: Session, owner: Someone, clock: SetClock
) -> None:
    user = new_person(services, clock, email="ulf@example.com")
    guesser = Someone(services, clock, user.email, "wrong")
    for _ in range(6):
        with pytest.raises(WrongCredentials):
            guesser.gives_password()

    def locked() -> list[PersonRow]:
        return list(services.people.page(session, PeopleView(filter=Filter.LOCKED), Stretch()).rows)

    [row] = locked()
    assert row.email == user.email
    assert row.locked_until is not None
    assert row.locked_until > clock()
    clock.advance(seconds=(row.locked_until - clock()).total_seconds())
    assert locked() == []


def test_a_wrong_password_takes_nobody_from_the_locked_whose_codes_are_held(
    services: Services, owner: Someone, clock: SetClock
) -> None:
    """The attack: whoever has guessed at somebody's codes hides it from the administrators by one wrong password."""
    user = new_person(services, clock, email="ulf@example.com")
    user.enrols(user.signs_in())
    owed = user.owes_code()
    for _ in range(6):
        with pytest.raises(Refusal):
            services.login.give_code(owed, user.phone.wrong_code(clock()))

    with pytest.raises(WrongCredentials):
        Someone(services, clock, user.email, "wrong").gives_password()

    assert services.people.count(owner.signs_in(), PeopleView(filter=Filter.LOCKED)).rows == 1


def test_whoever_signed_in_after_a_wait_is_no_longer_locked(
    services: Services, session: Session, owner: Someone, clock: SetClock
) -> None:
    user = new_person(services, clock, email="ulf@example.com")
    guesser = Someone(services, clock, user.email, "wrong")
    for _ in range(6):
        with pytest.raises(WrongCredentials):
            guesser.gives_password()
    clock.advance(minutes=2)

    user.signs_in()

    [row] = services.people.page(session, PeopleView("ulf@"), Stretch()).rows
    assert row.locked_until is None
    assert services.people.count(session, PeopleView(filter=Filter.LOCKED)).rows == 0


@pytest.mark.parametrize(
    "search",
    [
        *("ada", "love", "LOVELACE, Ada", "ada lovelace", "velac", "lo", "l", "co", "countess@b", "byron.example love"),
        *("ad love", "  love  ", "love\x00ada", "love\u202eada"),
    ],
)
def test_a_search_finds_pieces_of_names_and_addresses(crowd: Crowd, search: str) -> None:
    crowd.add([ADA])

    assert found(crowd, search) == [ADA.shown]


@pytest.mark.parametrize(
    "search",
    [
        *("loveless", "love ulf", "love zz", "ve", "%", "_", "l%e", "love_ace", "\\", "'", '"', '""', '"love"'),
        *("love*", "love OR ulf", "lovelace AND", "NOT ulf", "-ulf", "^love", "words : love", "love\\", "love'--"),
        *("(", ",,", "\x00", "\ud800", "\u202e"),
    ],
)
def test_a_search_finds_nobody_in_whom_not_every_word_stands(crowd: Crowd, search: str) -> None:
    crowd.add([ADA])

    assert found(crowd, search) == []
    assert crowd.services.people.count(crowd.session, PeopleView(search)).rows == 0


@pytest.mark.parametrize(
    ("search", "names"), [("berg", ["Berg, B", "Berg, C"]), ("ber c@", ["Berg, C"]), ("lo", ["Lovelace, Ada"])]
)
def test_a_search_that_many_meet_is_walked_and_finds_the_same(
    crowd: Crowd, search: str, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd.add([Named("C", "Berg", "c@x.y"), ADA, Named("B", "Berg", "b@x.y")])
    monkeypatch.setattr(searching, "SORTED_UP_TO", 0)

    assert found(crowd, search) == names


@pytest.mark.parametrize("name", ["100%", "a_b", "back\\slash", 'O"Hara "Bo"', "O'Neil", "[/foo]", "x*y", "NEAR(a b)"])
def test_what_is_special_to_a_database_is_found_as_it_stands(crowd: Crowd, name: str) -> None:
    crowd.add([Named("Ada", name), Named("Not", "100x axb back/slash")])

    assert found(crowd, name) == [f"{name}, Ada"]


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("Straße", "STRASSE"),
        ("STRASSE", "straße"),
        ("İstanbul", "İSTANBUL"),
        ("Café", "CAFE\u0301"),
        ("ΔΡΌΜΟΣ", "δρόμος"),
        ("名前", "名"),
        ("アリス中村", "リス中"),
        ("محمد", "محم"),
        ("🙂🚢🙂", "🙂🚢🙂"),
    ],
)
def test_a_search_folds_case_and_composition_in_every_script(crowd: Crowd, name: str, search: str) -> None:
    crowd.add([Named("Ada", name)])

    assert found(crowd, search) == [f"{name}, Ada"]


@quickly
@given(people=st.lists(NAMES, max_size=12), rows=st.integers(1, 5), order=st.sampled_from(Order))
def test_paging_either_way_meets_everybody_exactly_once_in_order(
    services: Services, clock: SetClock, people: list[Named], rows: int, order: Order
) -> None:
    crowd = Crowd(services, clock)
    crowd.add(people)
    view = PeopleView(order=order)

    met = forward(crowd, view, rows)

    assert sorted(row.name for row in met) == sorted([OWNER_NAME.shown, *(each.shown for each in people)])
    assert [row.key for row in met] == sorted(row.key for row in met)
    assert backward(crowd, view, rows) == met
    assert page(crowd, view, Stretch(Way.FROM, met[-1].key, rows)).rows == tuple(met[-1:])


@quickly
@given(people=st.lists(NAMES, min_size=1, max_size=8), picked=st.data())
def test_a_search_finds_whoever_has_its_words_and_nobody_else(
    services: Services, clock: SetClock, people: list[Named], picked: st.DataObject
) -> None:
    crowd = Crowd(services, clock)
    crowd.add([each._replace(email=f"{number}@{crowd.contract_id}.z") for number, each in enumerate(people)])
    name = picked.draw(st.sampled_from([word for each in people for word in folded(each.shown).split()]))
    search = name.strip(",") or "x"

    met = {row.name for row in forward(crowd, PeopleView(search), 3)}

    words = folded(search).replace(",", " ").split()
    holding = {each.shown for each in people if all(word in _text(each) for word in words)}
    starting = {each.shown for each in people if folded(f"{each.family} {each.given}").startswith(" ".join(words))}
    expected = holding if any(len(word) >= 3 for word in words) else starting
    assert {each for each in met if each != OWNER_NAME.shown} == {each for each in expected if words}


def _text(named: Named) -> str:
    return folded(f"{named.given} {named.family} {named.given}")


def test_a_count_stops_at_ten_thousand(crowd: Crowd) -> None:
    crowd.add(Named("Ada", f"Number {number}") for number in range(COUNT_UP_TO))
    count = crowd.services.people.count(crowd.session, PeopleView())

    assert count.is_more
    assert str(count) == "10,000+"


def test_adoption_counts_the_active_people_of_each_role(crowd: Crowd) -> None:
    crowd.add([Named("A", "A")], role=ADMINISTRATOR, sec_auth_active=True)
    crowd.add([Named("B", "B"), Named("C", "C")])
    crowd.add([Named("D", "D")], sec_auth_active=True)
    crowd.add([Named("E", "E")], sec_auth_active=True, active=False)

    assert crowd.services.people.adoption(crowd.session) == (
        RoleAdoption("owner", 1, 0),
        RoleAdoption("administrator", 1, 1),
        RoleAdoption("user", 3, 1),
    )


@pytest.mark.parametrize("question", ["page", "count", "adoption"])
def test_ordinary_users_may_not_list_people(services: Services, owner: Someone, clock: SetClock, question: str) -> None:
    at_work = new_person(services, clock, email="ulf@example.com").signs_in()
    of_view = {"page": (PeopleView(), Stretch()), "count": (PeopleView(),)}

    with pytest.raises(NotAllowed):
        getattr(services.people, question)(at_work, *of_view.get(question, ()))


@pytest.fixture
def everything_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each search had found more than can be sorted for a page."""
    monkeypatch.setattr(searching, "SORTED_UP_TO", 0)


@pytest.mark.usefixtures("everything_is_much")
@quickly
@given(people=st.lists(NAMES, min_size=1, max_size=12), rows=st.integers(1, 5), picked=st.data())
def test_a_search_that_finds_much_meets_each_once_either_way_and_first_whose_beginning_was_typed(
    services: Services, clock: SetClock, people: list[Named], rows: int, picked: st.DataObject
) -> None:
    crowd = Crowd(services, clock)
    crowd.add(people)
    words = [word for each in people for word in folded(each.shown).split()]
    view = PeopleView(picked.draw(st.sampled_from(words)).strip(",") or "x", order=picked.draw(st.sampled_from(Order)))

    met = forward(crowd, view, rows)

    assert len({row.id for row in met}) == len(met) == services.people.count(crowd.session, view).rows
    assert backward(crowd, view, rows) == met
    places = [row.key[0] for row in met]
    assert places == sorted(places)
    begins = [row.key for row in met if row.key[0] == 0]
    assert begins == sorted(begins)
    if met:
        assert page(crowd, view, Stretch(Way.FROM, met[-1].key, rows)).rows == tuple(met[-1:])


@pytest.mark.usefixtures("everything_is_much")
def test_a_search_that_finds_much_reads_on_past_those_who_are_filtered_out(crowd: Crowd) -> None:
    crowd.add([Named(f"A{number}", "Zander", f"z{number}@x.y") for number in range(40)])
    kept = crowd.add([Named("Last", "Dezander", "last@x.y")])
    crowd.services.standing.make_administrator(crowd.session, kept[0])
    view = PeopleView("zander", Filter.ADMINISTRATORS)

    assert [row.name for row in page(crowd, view, Stretch(rows=2)).rows] == ["Dezander, Last"]
    assert [row.name for row in page(crowd, view, Stretch(Way.LAST, rows=2)).rows] == ["Dezander, Last"]


@pytest.mark.usefixtures("everything_is_much")
def test_a_key_of_another_list_leads_to_the_beginning(crowd: Crowd) -> None:
    crowd.add([ADA])
    [row] = page(crowd, PeopleView("love"), Stretch()).rows

    for key in [("lovelace ada", "x"), (7, 1), row.key[1:]]:
        assert page(crowd, PeopleView("love"), Stretch(Way.AFTER, key)).rows == (row,)


@pytest.mark.parametrize("key", [("lovelace ada",), (1, 5), (0, "a", "b"), ()])
@pytest.mark.parametrize("search", ["", "love"])
def test_a_key_of_another_order_or_search_leads_to_the_beginning(crowd: Crowd, key: Key, search: str) -> None:
    crowd.add([ADA])
    view = PeopleView(search)

    assert page(crowd, view, Stretch(Way.AFTER, key)) == page(crowd, view, Stretch())
