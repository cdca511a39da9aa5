"""Inviting everybody who stands in a file: tried, as far as it is good, or all of it or nothing."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from sqlmodel import col, select

from core.errors import (
    ColumnMissing,
    ColumnUnknown,
    FieldRefused,
    Refusal,
    WrongPasswordCode,
)
from core.importing import PORTION, Report, Watch
from core.listing import Stretch
from core.login_steps import EnrolmentNeeded, Session
from core.people import PeopleView
from core.records import LONGEST
from core.services import Services
from data.engine import reading, transaction
from data.group_tables import Group, Membership
from data.tables import PasswordCode, Person
from tests.core import files
from tests.core.actors import (
    CONSOLE,
    PASSWORD,
    SetClock,
    everything_unchanged,
    last_event,
    new_person,
    person_of,
    rows,
    stranger,
)
from tests.core.files import PEOPLE, Heard, file, many
from tests.core.sharing import group_of

HOW = ["check", "keep_good", "all_or_nothing"]
UNCLOSED = "The line must have its quotation marks closed and doubled inside a field."
TAKEN = "This address cannot be used here. Ask the person for another."


def people_in(services: Services) -> set[str]:
    with reading(services.engine) as db:
        return set(db.exec(select(Person.email)))


def sets_password(services: Services, email: str, code: str) -> None:
    services.invitations.set_password(email, code, new=PASSWORD, repeated=PASSWORD, origin=CONSOLE)


def groups_of(services: Services, email: str) -> set[str]:
    with reading(services.engine) as db:
        return set(
            db.exec(
                select(Group.name)
                .join(Membership, col(Membership.group_id) == col(Group.id))
                .where(Membership.person_id == person_of(services, email).id)
            )
        )


def kept(services: Services, session: Session, lines: Iterable[bytes]) -> dict[int, str]:
    """Keep what is good; what is said of the rest."""
    heard = Heard()
    services.people_import.keep_good(session, lines, heard.watch())
    return heard.sentences


@pytest.mark.parametrize("how", ["keep_good", "all_or_nothing"])
def test_everybody_in_the_file_is_invited_with_role_groups_and_force(
    services: Services, session: Session, how: str
) -> None:
    for name in ("Ops", "Dev; test"):
        services.groups.create(session, name)
    lines = files.rows(
        PEOPLE,
        'jane.doe@example.com,"Jane ""JD""",Doe,,ops;Dev\\; test,yes',
        "Adam@Example.com,Ádám,Első,administrator,,no",
        "zoe@example.com, Zoë ,名前,user,OPS,",
    )

    report = getattr(services.people_import, how)(session, lines, Watch())

    assert report == Report(lines=3, refused=0, kept=3)
    jane, adam, zoe = (
        person_of(services, email) for email in ("jane.doe@example.com", "Adam@Example.com", "zoe@example.com")
    )
    assert (jane.given_name, jane.role, jane.force_sec_auth, jane.forced_by) == ('Jane "JD"', "user", True, "Olga Ohm")
    assert (adam.email_norm, adam.role, adam.sec_auth_forced, adam.forced_by) == (
        "adam@example.com",
        "administrator",
        False,
        None,
    )
    assert (zoe.given_name, zoe.family_name, zoe.password_hash, zoe.active) == ("Zoë", "名前", None, True)
    assert groups_of(services, jane.email) == {"Ops", "Dev; test"}
    assert groups_of(services, zoe.email) == {"Ops"}
    assert [row.email for row in services.people.page(session, PeopleView(search="zoë"), Stretch()).rows] == [
        "zoe@example.com"
    ]


def test_the_audit_is_told_whom_an_import_made_an_administrator_whom_it_forces_and_which_groups_grew(
    services: Services, session: Session
) -> None:
    """The attack: Adam slips an administrator of his own into a long file; an invitation would have been told."""
    group_of(services, name="ops")

    services.people_import.all_or_nothing(
        session, files.rows(PEOPLE, "a@x.example,A,A,,ops,", "b@x.example,B,B,administrator,,yes"), Watch()
    )

    assert last_event(services, "import people").details == {
        "people": ["a@x.example", "b@x.example"],
        "count": 2,
        "lines": "2 to 3",
        "administrators": ["b@x.example"],
        "forced": ["b@x.example"],
        "groups": ["ops"],
    }


def test_a_group_that_forces_2_factor_forces_it_on_its_new_members(services: Services, session: Session) -> None:
    group_of(services, name="ops", force_sec_auth=True)

    kept(services, session, files.rows(PEOPLE, "jane@example.com,Jane,Doe,,ops,no"))

    assert person_of(services, "jane@example.com").sec_auth_forced


@pytest.mark.parametrize("how", ["keep_good", "all_or_nothing"])
def test_each_new_person_sets_his_password_with_the_code_that_was_handed_out(
    services: Services, session: Session, how: str
) -> None:
    heard = Heard()
    lines = files.rows(PEOPLE, "jane@example.com,Jane,Doe,,,yes", "joe@example.com,Joe,Doe,,,")
    getattr(services.people_import, how)(session, lines, heard.watch(codes=True))

    assert [code.email for code in heard.codes] == ["jane@example.com", "joe@example.com"]
    for_jane, for_joe = heard.codes
    with pytest.raises(WrongPasswordCode):
        sets_password(services, "jane@example.com", for_joe.code)
    sets_password(services, "jane@example.com", for_jane.code)
    assert isinstance(services.login.sign_in("jane@example.com", PASSWORD, origin=CONSOLE), EnrolmentNeeded)


def test_a_code_of_an_import_is_good_for_72_hours(services: Services, session: Session, clock: SetClock) -> None:
    heard = Heard()
    services.people_import.keep_good(session, many(1), heard.watch(codes=True))
    assert heard.codes[0].expires_at == clock() + timedelta(hours=72)

    clock.advance(hours=72)

    with pytest.raises(WrongPasswordCode):
        sets_password(services, "person-0@example.com", heard.codes[0].code)


def test_codes_are_made_only_where_somebody_takes_them_and_inviting_again_makes_one_later(
    services: Services, session: Session
) -> None:
    services.people_import.keep_good(session, many(2), Watch())
    with reading(services.engine) as db:
        assert db.exec(select(PasswordCode)).all() == []

    issued = services.invitations.invite_again(session, person_of(services, "person-1@example.com").id)

    sets_password(services, issued.email, issued.code)


def test_a_code_stands_in_no_table_in_clear_and_in_no_audit_event(services: Services, session: Session) -> None:
    heard = Heard()
    services.people_import.all_or_nothing(session, many(3), heard.watch(codes=True))

    everything = repr(rows(services))
    assert not [code for code in heard.codes if code.code in everything]
    assert heard.codes[0].code not in repr(heard.codes)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",Jane,Doe,,,", "E-mail must be filled in."),
        ("nobody,Jane,Doe,,,", "E-mail must be an address such as jane.doe@example.com."),
        ("jane@example.com,,Doe,,,", "Given name must be filled in."),
        ("jane@example.com,Jane, ,,,", "Family name must be filled in."),
        ("jane@example.com,\x1b]0;x\x07,Doe,,,", "Given name must have visible characters only."),
        ("jane@example.com,Jane,\u202eeoD,,,", "Family name must have visible characters only."),
        ("jane@example.com," + "x" * 101 + ",Doe,,,", "Given name must have at most 100 characters."),
        ("jane@example.com,Jane,Doe,owner,,", "Role must be user or administrator."),
        ("jane@example.com,Jane,Doe,support_agent,,", "Role must be user or administrator."),
        ("jane@example.com,Jane,Doe,,,maybe", "Force must be yes or no."),
        ("jane@example.com,Jane,Doe,,nowhere,", "There is no group “nowhere”. Create it first."),
        ("jane@example.com,Jane,Doe,," + ";".join(f"g{n}" for n in range(101)) + ",", "Groups must be at most 100."),
        ("jane@example.com,Jane,Doe", "The line must have 6 fields."),
        ("jane@example.com,Jane,Doe,,,,", "The line must have 6 fields."),
        ('jane@example.com,"Jane,Doe,,,', UNCLOSED),
        ('jane@example.com,"Jane"x,Doe,,,', UNCLOSED),
        ("jane@example.com,Jane," + "x" * LONGEST + ",,,", "The line must have at most 8192 bytes."),
        ("olga@example.com,Olga,Ohm,,,", TAKEN),
        ("OLGA@example.com,Olga,Ohm,,,", TAKEN),
        ("eve@example.com,Eve,Else,,,", TAKEN),
        ("\x00@example.com,Jane,Doe,,,", "E-mail must be an address such as jane.doe@example.com."),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_by_its_number_and_the_good_ones_are_kept(
    services: Services, session: Session, clock: SetClock, line: str, said: str
) -> None:
    stranger(services, clock, "eve@example.com")
    lines = [PEOPLE, "first@example.com,First,Person,,,", line, "", "last@example.com,Last,Person,,,"]

    bad = kept(services, session, file("\n".join(lines)))

    assert bad == {3: said}
    assert people_in(services) == {"olga@example.com", "eve@example.com", "first@example.com", "last@example.com"}


def test_a_line_that_is_no_utf_8_is_named_and_a_byte_order_mark_is_not_in_the_way(
    services: Services, session: Session
) -> None:
    lines = file(b"\xef\xbb\xbf" + PEOPLE.encode() + b"\njos\xe9@example.com,J,D,,,\njo@example.com,J,D,,,")

    assert kept(services, session, lines) == {2: "The line must be UTF-8."}
    assert "jo@example.com" in people_in(services)


def test_an_address_that_is_twice_in_the_file_is_taken_once_and_named_with_its_first_line(
    services: Services, session: Session
) -> None:
    crowd = [f"person-{number}@example.com,G,F,,," for number in range(PORTION)]
    lines = files.rows(
        PEOPLE, "jane@example.com,Jane,,,,", "Jane@example.com,Jane,Doe,,,", *crowd, "JANE@example.com,J,D,,,"
    )

    assert kept(services, session, lines) == {
        2: "Family name must be filled in.",
        PORTION + 4: "This address stands in line 3 already.",
    }


@pytest.mark.parametrize(
    ("content", "refusal", "named"),
    [
        (PEOPLE + ",shoe_size\n", ColumnUnknown, "shoe_size"),
        (PEOPLE + ",email\n", ColumnUnknown, "email"),
        ("email,given_name\n", ColumnMissing, "family_name"),
        ("jane@example.com,Jane,Doe\n", ColumnUnknown, "jane@example.com"),
        ("\n\n", ColumnMissing, "email"),
        ("", ColumnMissing, "email"),
        (b"\x00\xff\xfe\n", FieldRefused, None),
        ('"email,given_name\n', FieldRefused, None),
        ("x" * 3 * LONGEST, FieldRefused, None),
    ],
)  # fmt: skip
def test_a_file_whose_first_line_is_no_header_is_refused_as_a_whole(
    services: Services, session: Session, content: str | bytes, refusal: type[Refusal], named: str | None
) -> None:
    for how in HOW:
        with everything_unchanged(services), pytest.raises(refusal) as refused:
            getattr(services.people_import, how)(session, file(content), Watch())
        assert getattr(refused.value, "column", None) == named


def test_a_trial_says_what_the_import_would_say_and_changes_nothing(services: Services, session: Session) -> None:
    def lines() -> Iterable[bytes]:
        return files.rows(
            PEOPLE, "a@example.com,A,A,,,", "nobody,B,B,,,", "a@example.com,C,C,,,", "d@example.com,D,D,,,"
        )

    tried, done = Heard(), Heard()
    with everything_unchanged(services):
        trial = services.people_import.check(session, lines(), tried.watch(codes=True))

    report = services.people_import.keep_good(session, lines(), done.watch())
    assert (trial.lines, trial.refused, trial.good, trial.kept) == (4, 2, 2, 0)
    assert (report.lines, report.refused, report.kept) == (4, 2, 2)
    assert tried.sentences == done.sentences
    assert tried.codes == []


def test_all_or_nothing_keeps_nobody_where_one_line_is_bad(services: Services, session: Session) -> None:
    heard = Heard()
    lines = files.rows(PEOPLE, *(f"p{n}@example.com,G,F,,," for n in range(PORTION + 5)), "nobody,G,F,,,")

    with everything_unchanged(services):
        report = services.people_import.all_or_nothing(session, lines, heard.watch())

    assert (report.lines, report.refused, report.kept) == (PORTION + 6, 1, 0)
    assert list(heard.sentences) == [PORTION + 7]


def during(step: Callable[[], object], lines: Iterable[bytes]) -> Iterable[bytes]:
    """A file behind whose last line something happens elsewhere."""
    yield from lines
    step()


def test_all_or_nothing_keeps_nobody_where_an_address_was_taken_meanwhile(
    services: Services, session: Session, clock: SetClock
) -> None:
    """The step comes once the first portion has been judged, and found good."""
    heard = Heard()

    def taken() -> None:
        new_person(services, clock, email="person-3@example.com")

    report = services.people_import.all_or_nothing(session, during(taken, many(PORTION)), heard.watch())

    assert (report.lines, report.refused, report.kept) == (PORTION, 1, 0)
    assert heard.sentences == {5: TAKEN}
    assert people_in(services) == {"olga@example.com", "person-3@example.com"}


@pytest.mark.parametrize("how", ["keep_good", "all_or_nothing"])
def test_a_group_that_is_deleted_meanwhile_is_named(services: Services, session: Session, how: str) -> None:
    heard, ops = Heard(), group_of(services, name="ops")
    lines = during(lambda: services.groups.delete(session, ops), many(PORTION, groups="ops"))

    report = getattr(services.people_import, how)(session, lines, heard.watch())

    # What is kept a portion at a time was in before the file had ended.
    assert report.kept == (PORTION if how == "keep_good" else 0)
    assert set(heard.sentences.values()) <= {"This group is not there, or not any more."}
    assert len(heard.bad) == PORTION - report.kept


def test_a_fault_in_the_one_transaction_leaves_nothing(services: Services, session: Session) -> None:
    with transaction(services.engine) as db:
        name = "raise_it" if services.engine.dialect.name == "sqlite" else None
        if name:
            db.connection().exec_driver_sql(
                "CREATE TRIGGER raise_it BEFORE INSERT ON membership BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        else:
            db.connection().exec_driver_sql(
                "ALTER TABLE membership ADD CONSTRAINT none CHECK (group_id IS NULL) NOT VALID"
            )
    group_of(services, name="ops")

    with everything_unchanged(services), pytest.raises(Exception, match=r"IntegrityError|no|none"):
        services.people_import.all_or_nothing(session, many(3, groups="ops"), Watch())


def test_an_import_that_is_stopped_keeps_what_was_kept_and_says_so(services: Services, session: Session) -> None:
    heard = Heard(stop_after=2 * PORTION)

    report = services.people_import.keep_good(session, many(3 * PORTION), heard.watch())

    assert heard.read == [PORTION, 2 * PORTION]
    assert report == Report(lines=2 * PORTION, refused=0, kept=2 * PORTION, stopped=True)
    assert len(people_in(services)) == 2 * PORTION + 1


def test_all_or_nothing_that_is_stopped_keeps_nothing(services: Services, session: Session) -> None:
    with everything_unchanged(services):
        report = services.people_import.all_or_nothing(session, many(3 * PORTION), Heard(stop_after=1).watch())

    assert (report.kept, report.stopped) == (0, True)


def test_json_lines_and_a_json_array_are_taken_too(services: Services, session: Session) -> None:
    group_of(services, name="a;b")
    one = '{"email": "one@example.com", "given_name": "One", "family_name": "=1", "groups": ["a;b"], "force": true}'
    two = '{"email": "two@example.com", "given_name": "Two", "family_name": "2", "role": null}'

    assert kept(services, session, file(f"[\n{one},\n{two}\n]\n")) == {}
    assert kept(services, session, file('{"email": 7}\n{"shoe": ""}\n[1]\n{"email": "x@example.com"}\n')) == {
        1: "email must be a text, a list of texts, true or false.",
        2: "The file has a column “shoe” that is not known here, or has it twice.",
        3: "The line must be a JSON object.",
        4: "Given name must be filled in.",
    }
    assert person_of(services, "one@example.com").family_name == "=1"
    assert groups_of(services, "one@example.com") == {"a;b"}
