"""The support desk in the terminal, by an agent's keys."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from core import call_phrase
from core.agents_call import AgentsCall
from core.login_steps import Session
from core.support_desk import SupportDeskService
from core.wording import sentence
from data.engine import transaction
from data.faults import DatabaseUnreachable
from data.tables import ConsoleSession, Contract
from tests.core.actors import PASSWORD, Someone, change_person, events, new_person
from tests.core.desk import HOST, PIN, Agent, new_agent, sets_pin
from tests.tui.consoles import EMAIL, Console, console
from tests.tui.test_pictures import SIZES, looks_like
from tui.screens.confirm import ConfirmScreen
from tui.screens.desk.approval import ApprovalScreen
from tui.screens.desk.waiting import WaitingPane
from tui.screens.form import FormScreen
from tui.screens.proof import ProofScreen
from tui.screens.since_last import SinceLastScreen
from tui.screens.support_desk import SupportDeskScreen
from tui.widgets.countdown import Countdown
from tui.widgets.countdown import told as counted
from tui.widgets.field import Field
from tui.widgets.menu_bar import MenuBar

ANN, CY = "ann@desk.example", "cy@desk.example"
NUMBER = "26005600"
MAIL = {"mail_server": "localhost:1", "mail_from": "bartizan@example.com"}


@pytest.fixture(autouse=True)
def one_phrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_phrase, "new_phrase", lambda: "amber falcon")


@asynccontextmanager
async def agents_console(
    home: Path, *, size: tuple[int, int] = (80, 24), pin: bool = True, mail: dict[str, str] | None = None
) -> AsyncIterator[tuple[Console, Agent, Someone]]:
    """A console at which an agent has signed in with his code; the agent, and the owner who calls."""
    async with console(home, size=size, more=mail) as seen:
        with transaction(seen.services.engine) as db:
            db.connection().execute(update(Contract).values(number=NUMBER))
        owner = Someone(seen.services, seen.clock, EMAIL)
        session = owner.enrols(owner.signs_in())
        if pin:
            sets_pin(owner, session)
        agent = new_agent(owner, ANN)
        await seen.sees("E-mail")
        await seen.type(f"{ANN}\n{PASSWORD}\n")
        await seen.sees("Security code")
        await seen.type(f"{agent.someone.code()}\n")
        await seen.sees("Open a call", "Support agent", "Nothing waits.")
        agent.session = seen.session
        yield seen, agent, owner


def desk_of(seen: Console) -> SupportDeskScreen:
    desk = next(each for each in seen.app.screen_stack if isinstance(each, SupportDeskScreen))
    desk.query_one(Countdown).tick()
    return desk


async def opens(seen: Console, wanted: str = EMAIL) -> None:
    await seen.type(f"{wanted}\n")
    await seen.sees("Call about j***@e***.com", "amber falcon", "PIN or call code")


async def has_ticket(seen: Console, said: str = PIN) -> None:
    await opens(seen)
    await seen.type(f"{said}\n")
    await seen.sees("Ticket for j***@e***.com", "✓ has proved who he is")


def done(seen: Console, act: str) -> list[str]:
    return [event.outcome for event in events(seen.services) if event.act == act]


def another_session(agent: Agent) -> Session:
    return agent.someone.signs_in()


def without_proof(seen: Console) -> None:
    """What was proved at the sign-in counts no more."""
    long_ago = seen.clock() - timedelta(hours=1)
    with transaction(seen.services.engine) as db:
        db.connection().execute(
            update(ConsoleSession).where(col(ConsoleSession.ended_at).is_(None)).values(proofs={}, proof_at=long_ago)
        )


async def asked_by_colleague(seen: Console, owner: Someone) -> Agent:
    """Another agent has asked for a reset of the caller's second factor."""
    colleague = new_agent(owner, CY, name="Cy Dorn")
    call = colleague.has_ticket(EMAIL)
    seen.services.tickets.ask_factor_reset(colleague.session, call.id, reason="Lost his [/] telephone")
    return colleague


# Where an agent comes


async def test_an_agent_comes_to_the_desk_and_finds_nothing_else_but_his_own_account(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        menu = "Support Desk   Account Management   Help   Lock   Sign out"
        await seen.sees(menu)

        await seen.press("escape", "a")

        await seen.sees(menu, "2-Factor Auth Enabled", "Activated by the host")
        await seen.press("e")
        assert "E-mail" not in seen.text()
        await seen.press("p")
        await seen.sees("Old password")
        assert "Support PIN" not in seen.text()
        await seen.press("escape", "escape")
        await seen.sees("Open a call")


async def test_the_menu_leads_back_to_the_desk(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        await seen.press("escape", "right", "enter")
        await seen.sees("2-Factor Auth Enabled")
        seen.app.screen.query_one(MenuBar).focus()
        await seen.press("left", "enter")
        await seen.until(lambda: isinstance(seen.app.screen, SupportDeskScreen), "the desk")

        await opens(seen)


async def test_an_agent_signs_out_by_the_menu(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        await seen.press("escape", "left", "enter")
        await seen.sees("Sign out?")
        await seen.press("left", "enter")

        await seen.sees("You are signed out.", "Sign in")


async def test_an_agent_who_is_deactivated_comes_to_the_login(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        await opens(seen)
        seen.services.agents.deactivate(ANN, origin=HOST)
        seen.watch_over()

        await seen.sees("Sign in", "your account was")


async def test_what_happened_since_the_last_visit_is_told_to_an_agent_too(tmp_path: Path) -> None:
    async with console(tmp_path, with_news=True) as seen:
        owner = Someone(seen.services, seen.clock, EMAIL)
        agent = new_agent(owner, ANN)
        await seen.sees("E-mail")
        await seen.type(f"{ANN}\n{PASSWORD}\n")
        await seen.sees("Security code")
        await seen.type(f"{agent.someone.code()}\n")

        await seen.until(lambda: isinstance(seen.app.screen, SinceLastScreen), "the panel")
        await seen.sees("Since your last visit", "2-factor was switched on")


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
@pytest.mark.parametrize(("mail", "letters"), [(MAIL, "u, r, x, f"), (None, "u, x, f")])
async def test_the_keys_of_the_desk_are_told_by_the_help(
    tmp_path: Path, mail: dict[str, str] | None, letters: str, size: tuple[int, int]
) -> None:
    async with agents_console(tmp_path, size=size, mail=mail) as (seen, _, _):
        await seen.press("f1")

        await seen.sees("Keys here", letters, "end the call; a ticket asks first")


# Opening a call


@pytest.mark.parametrize("wanted", ["nobody@example.com", "1", "%", "[/foo]"])
async def test_an_account_that_is_not_there_is_told_at_the_field_which_keeps_what_was_typed(
    tmp_path: Path, wanted: str
) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        await seen.type(f"{wanted}\n")

        await seen.sees("This account is not there", wanted)
        assert isinstance(seen.app.focused, Field)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
@pytest.mark.parametrize("wanted", [EMAIL, NUMBER])
async def test_a_call_shows_what_an_agent_needs_and_no_more(tmp_path: Path, wanted: str, size: tuple[int, int]) -> None:
    async with agents_console(tmp_path, size=size) as (seen, _, _):
        await opens(seen, wanted)

        await seen.sees(f"{NUMBER} Example GmbH", "✓ set · 5 tries left", "✓ not locked")
        await seen.sees("amber falcon", "the caller's own console shows the same two", "Time left 15:00")
        assert "jane" not in seen.text().lower()


async def test_without_a_pin_a_call_code_is_asked_for_and_opens_the_ticket(tmp_path: Path) -> None:
    async with agents_console(tmp_path, pin=False) as (seen, _, owner):
        await opens(seen)
        await seen.sees("! not set: ask for a call code")

        code = seen.services.own_calls.new_call_code(owner.signs_in()).code
        await seen.type(f"{code[:3]} {code[3:]}\n")

        await seen.sees("Ticket for j***@e***.com")
        assert code not in seen.text()


async def test_whoever_else_has_a_call_about_the_account_and_who_is_deactivated_is_told(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, owner):
        new_agent(owner, CY, name="Cy [/] Dorn").calls(EMAIL)
        await opens(seen)
        await seen.sees("! Open about the same account, too: Cy [/] Dorn")

        change_person(seen.services, EMAIL, active=False)
        desk_of(seen).look_if_due()

        await seen.sees("! This person is deactivated")


# Who is calling?


async def test_nothing_of_what_the_caller_says_is_ever_seen_or_kept(tmp_path: Path) -> None:
    """The attack: whoever looks over the agent's shoulder, or sits down in his place."""
    canary = "907351"
    async with agents_console(tmp_path) as (seen, _, owner):
        sets_pin(owner, owner.signs_in(), canary)
        await opens(seen)
        field = desk_of(seen).query_one("#said-field", Field)

        for said, told in (
            (f"{canary}x", "has 6 to 20 digits"),
            (f"{canary}1", "No match. 4 tries left"),
            (canary, "Ticket for"),
        ):
            for char in said:
                await seen.press(char)
                assert canary not in seen.text()
            await seen.press("enter")
            await seen.sees(told)
            assert canary not in seen.text()
            assert field.value == ""
        await seen.press("e")
        await seen.sees("End the call?")
        await seen.press("left", "enter")
        await seen.sees("Open a call", "The call is ended.")
        assert canary not in seen.text()


async def test_what_was_typed_is_forgotten_when_the_console_is_locked_and_the_call_goes_on(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, agent, _):
        await opens(seen)
        await seen.type("907")
        await seen.press("ctrl+o")
        await seen.sees("This console is locked")
        assert "amber falcon" not in seen.text()
        await seen.type(f"{PASSWORD}\n{agent.someone.code()}\n")

        await seen.sees("Call about j***@e***.com", "Time left 14:30")
        assert desk_of(seen).query_one("#said-field", Field).value == ""


async def test_a_call_that_is_open_already_is_shown_when_the_desk_opens(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, agent, _):
        await seen.press("escape", "a")
        await seen.sees("2-Factor Auth Enabled")
        agent.calls(EMAIL)
        await seen.press("escape")

        await seen.sees("Call about j***@e***.com")


async def test_after_five_tries_nothing_is_compared_any_more(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        await opens(seen)
        for left in (4, 3, 2, 1, 0):
            await seen.type("111222\n")
            await seen.sees("No match", f"· {left} {'try' if left == 1 else 'tries'} left")

        await seen.type(f"{PIN}\n")

        await seen.sees("Too many wrong answers", "Call about")


# The time of a call


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (timedelta(minutes=15), "15:00"),
        (timedelta(seconds=59, milliseconds=1), "01:00"),
        (timedelta(milliseconds=1), "00:01"),
        (timedelta(0), "00:00"),
    ],
)
def test_a_second_that_has_begun_is_told_until_it_is_over(left: timedelta, told: str) -> None:
    assert counted(left) == told


async def test_the_time_that_is_left_is_told_by_the_cores_clock(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        await has_ticket(seen)
        await seen.sees("Time left 10:00")

        seen.clock.advance(seconds=1)
        desk_of(seen)
        await seen.sees("Time left 09:59")

        seen.clock.advance(minutes=9)
        desk_of(seen)
        await seen.sees("Time left ! 00:59")


async def test_when_the_time_is_over_so_is_the_call_and_its_verbs_are_gone(tmp_path: Path) -> None:
    async with agents_console(tmp_path, mail=MAIL) as (seen, _, _):
        await has_ticket(seen)
        await seen.press("r")
        await seen.sees("Send a reset code?")

        seen.clock.advance(minutes=10)
        desk_of(seen)

        await seen.sees("The time of this call is over.", "Open a call")
        assert not [word for word in ("Unlock", "amber", "reset code", "Ticket") if word in seen.text()]
        await seen.until(lambda: done(seen, "end a support call") == ["done"], "the end in the audit")


async def test_the_time_is_over_also_where_the_database_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnreachable("here", "away")

    async with agents_console(tmp_path) as (seen, _, _):
        await has_ticket(seen)
        monkeypatch.setattr(SupportDeskService, "look", away)
        monkeypatch.setattr(SupportDeskService, "end_call", away)

        seen.clock.advance(minutes=10)
        desk_of(seen)

        await seen.sees("The time of this call is over.", "Open a call")


async def test_a_look_that_fails_is_told_until_one_succeeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnreachable("here", "away")

    async with agents_console(tmp_path) as (seen, _, _):
        await has_ticket(seen)
        with monkeypatch.context() as broken:
            broken.setattr(SupportDeskService, "look", away)
            desk_of(seen).look_if_due()
            await seen.sees(sentence(DatabaseUnreachable("here", "away"))[:30], "Ticket for")

        desk_of(seen).look_if_due()
        await seen.until(lambda: not seen.app.screen.query("#answer.-told"), "the line to be empty")


async def test_a_call_that_ran_out_behind_the_lock_is_over_when_it_goes(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, agent, _):
        await has_ticket(seen)
        await seen.press("ctrl+o")
        await seen.sees("This console is locked")
        seen.clock.advance(minutes=10)
        desk_of(seen)
        await seen.type(f"{PASSWORD}\n{agent.someone.code()}\n")

        await seen.sees("The time of this call is over.", "Open a call")


@pytest.mark.parametrize("open_dialog", ["", "f", "x"])
async def test_a_call_that_the_caller_ends_is_gone_at_the_next_look_with_its_dialogs(
    tmp_path: Path, open_dialog: str
) -> None:
    async with agents_console(tmp_path) as (seen, _, owner):
        await has_ticket(seen)
        if open_dialog:
            await seen.press(open_dialog)
            await seen.until(lambda: isinstance(seen.app.screen, FormScreen | ConfirmScreen), "the dialog")

        seen.services.own_calls.end(owner.signs_in())
        desk_of(seen).look_if_due()

        await seen.sees("The caller has ended this call", "Open a call")
        assert isinstance(seen.app.screen, SupportDeskScreen)
        assert desk_of(seen).LOOK_EVERY < 2


async def test_no_second_look_is_taken_while_one_is_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way: list[Session] = []
    go_on = Event()
    look = SupportDeskService.look

    def slow(desk: SupportDeskService, session: Session, call_id: Any) -> AgentsCall:
        under_way.append(session)
        go_on.wait(10)
        return look(desk, session, call_id)

    async with agents_console(tmp_path) as (seen, _, _):
        await opens(seen)
        monkeypatch.setattr(SupportDeskService, "look", slow)

        for _ in range(3):
            desk_of(seen).look_if_due()
            await seen.pilot.pause()
        assert len(under_way) == 1
        go_on.set()


async def test_an_answer_of_before_the_match_does_not_take_the_ticket_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = Event(), Event()
    look = SupportDeskService.look

    def slow(desk: SupportDeskService, session: Session, call_id: Any) -> AgentsCall:
        found = look(desk, session, call_id)
        if not asked.is_set():
            asked.set()
            go_on.wait(10)
        return found

    async with agents_console(tmp_path) as (seen, _, _):
        await opens(seen)
        monkeypatch.setattr(SupportDeskService, "look", slow)
        desk_of(seen).look_if_due()
        await seen.until(asked.is_set)

        await seen.type(f"{PIN}\n")
        await seen.sees("Ticket for")
        go_on.set()
        for _ in range(5):
            await seen.pilot.pause()

        assert "Ticket for" in seen.text()


# The ticket


async def test_before_the_match_no_verb_is_seen_and_none_is_done(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        await opens(seen)
        assert "Unlock" not in seen.text()

        await seen.press("tab", "u", "f", "x", "r")

        assert isinstance(seen.app.screen, SupportDeskScreen)
        assert not done(seen, "unlock a caller")


async def test_each_verb_is_done_once_and_then_has_no_key_any_more(tmp_path: Path) -> None:
    async with agents_console(tmp_path, mail=MAIL) as (seen, _, _):
        await has_ticket(seen)
        await seen.sees("u Unlock", "r Reset code", "x End sessions", "f Reset 2-factor")

        await seen.press("u")

        await seen.sees("Unlocked: j***@e***.com", "✓ Unlock            unlocked")
        assert "u Unlock" not in seen.text()
        await seen.press("u")
        assert done(seen, "unlock a caller") == ["done"]


async def test_enter_does_the_verb_that_is_marked(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        await has_ticket(seen)

        await seen.press("enter")

        await seen.sees("Unlocked:")


async def test_sessions_are_ended_after_a_question(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        await has_ticket(seen)
        await seen.press("x")
        await seen.sees("End the sessions?")
        await seen.press("escape")
        assert not done(seen, "end a caller's sessions")

        await seen.press("x")
        await seen.sees("End the sessions?")
        await seen.press("left", "enter")

        await seen.sees("of j***@e***.com ended.", "✓ End sessions      ended")


async def test_a_reset_code_goes_by_mail_and_nobody_sees_it(tmp_path: Path) -> None:
    async with agents_console(tmp_path, mail=MAIL) as (seen, _, _):
        await has_ticket(seen)

        await seen.press("r")
        await seen.sees("Send a reset code?")
        await seen.press("left", "enter")

        await seen.sees("A reset code was mailed to j***@e***.com", "✓ Send reset code   mailed")


async def test_where_no_mail_is_configured_no_reset_code_is_offered(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        await has_ticket(seen)
        await seen.sees("u Unlock", "x End sessions")
        assert "eset code" not in seen.text()

        await seen.press("r")

        assert isinstance(seen.app.screen, SupportDeskScreen)
        await seen.press("down", "enter")
        await seen.sees("End the sessions?")


async def test_what_is_refused_is_told_and_nothing_else_changes(tmp_path: Path) -> None:
    async with agents_console(tmp_path, mail=MAIL) as (seen, _, _):
        await has_ticket(seen)
        change_person(seen.services, EMAIL, password_hash=None)

        await seen.press("r")
        await seen.sees("Send a reset code?")
        await seen.press("left", "enter")

        await seen.sees(
            "This person has not set a first password yet", "r Send reset code", "r Reset code", "Ticket for"
        )


async def test_a_reset_of_2_factor_is_asked_for_with_a_reason_and_a_proof(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, agent, _):
        await has_ticket(seen)
        without_proof(seen)

        await seen.press("f")
        await seen.sees("A colleague must", "24 hours", "Reason")
        await seen.type("Lost his telephone\n")
        await seen.until(lambda: isinstance(seen.app.screen, ProofScreen), "the proof")
        await seen.sees("j***@e***.com", "prove that it is you")
        await seen.type(f"{PASSWORD}\n{agent.someone.code()}\n")

        await seen.sees("Asked for. A colleague must approve it", "✓ Reset 2-factor")
        assert len(seen.services.factor_resets.waiting(agent.session)) == 1


async def test_who_has_a_helper_in_his_contract_is_sent_to_him(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        new_person(seen.services, seen.clock, email="admin@example.com", role="administrator")
        await has_ticket(seen)
        await seen.press("f")
        await seen.type("Lost\n")

        await seen.sees("This contract has somebody else who can", "ask him")
        await seen.press("escape")
        await seen.sees("f Reset 2-factor…", "Ticket for")


# The end of a call


async def test_e_ends_a_ticket_and_esc_asks_first(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, _):
        await opens(seen)
        await seen.press("escape")
        await seen.sees("End the call?")
        await seen.press("escape")
        await seen.sees("Call about")
        await seen.press("escape")
        await seen.sees("End the call?")
        await seen.press("left", "enter")
        await seen.sees("The call is ended.", "Open a call")

        await has_ticket(seen)
        await seen.press("e")
        await seen.sees("End the call?")
        await seen.press("left", "enter")

        await seen.sees("The call is ended.", "Open a call")
        await seen.until(lambda: done(seen, "end a support call") == ["done", "done"], "two ends")


# What waits for a colleague


async def test_a_colleague_approves_after_a_proof_that_names_whose(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, agent, owner):
        await asked_by_colleague(seen, owner)
        await seen.sees("Waiting for a colleague", "j***@e***.com", "Cy Dorn")
        without_proof(seen)

        await seen.press("tab", "enter")
        await seen.sees("Lost his [/] telephone", "Approve", "Decline", "24 hours")
        await seen.press("a")
        await seen.until(lambda: isinstance(seen.app.screen, ProofScreen), "the proof")
        await seen.sees("j***@e***.com", f"{NUMBER} Example GmbH")
        await seen.type(f"{PASSWORD}\n{agent.someone.code()}\n")

        await seen.sees("Approved. 2-factor of j***@e***.com can be removed at a sign-in", "✓ 3 Mar")
        assert done(seen, "approve a reset of 2-factor") == ["done"]

        await seen.press("enter")
        await seen.sees("then you can decline it", "Decline")
        assert "Approve " not in seen.text()
        await seen.press("a", "d")
        await seen.sees("Declined. 2-factor of j***@e***.com stays.", "Nothing waits.")


APPROVED = "Approved. 2-factor of j***@e***.com"


async def approves(seen: Console) -> None:
    """At the desk, approve the one reset that waits."""
    await seen.sees("Cy Dorn")
    await seen.press("tab", "enter")
    await seen.sees("Approve", "Decline")
    await seen.press("a")
    await seen.sees(APPROVED, "✓ 3 Mar")


async def test_that_a_reset_was_approved_is_told_no_more_when_its_person_signs_in_with_his_app(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, owner):
        await asked_by_colleague(seen, owner)
        await approves(seen)
        pane = desk_of(seen).query_one(WaitingPane)
        pane.look()
        await seen.pilot.pause()
        assert APPROVED in seen.text()

        owner.signs_in()
        pane.look()

        await seen.sees("Nothing waits.")
        await seen.until(lambda: APPROVED not in seen.text(), "the line to be empty")


async def test_that_a_reset_was_approved_is_told_no_more_after_the_next_act(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, owner):
        await asked_by_colleague(seen, owner)
        await approves(seen)

        await seen.press("c")
        await opens(seen)

        assert APPROVED not in seen.text()
        assert not desk_of(seen).query("#waiting-answer.-told")


async def test_a_colleague_declines(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, owner):
        await asked_by_colleague(seen, owner)
        await seen.sees("Cy Dorn")

        await seen.press("tab", "enter")
        await seen.sees("Decline")
        await seen.press("d")

        await seen.sees("Declined. 2-factor of j***@e***.com stays.", "Nothing waits.")


@pytest.mark.parametrize(
    ("decision", "told"), [("approve", "approved; it takes effect on 3 Mar"), ("decline", "declined or stopped")]
)
async def test_whoever_asked_for_a_reset_sees_what_a_colleague_decided(
    tmp_path: Path, decision: str, told: str
) -> None:
    async with agents_console(tmp_path) as (seen, agent, owner):
        colleague = new_agent(owner, CY, name="Cy Dorn")
        await has_ticket(seen)
        await seen.press("f")
        await seen.sees("Reason")
        await seen.type("Lost\n")
        await seen.sees("✓ Reset 2-factor    asked for; a colleague must approve it")
        [waiting] = seen.services.factor_resets.waiting(agent.session)

        getattr(seen.services.factor_resets, decision)(colleague.session, waiting.id)
        desk_of(seen).look_if_due()

        await seen.sees(f"✓ Reset 2-factor    {told}")


async def test_what_an_agent_has_asked_for_himself_he_can_only_decline(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, agent, _):
        agent.session = another_session(agent)
        call = agent.has_ticket(EMAIL)
        seen.services.tickets.ask_factor_reset(agent.session, call.id, reason="Lost")
        await seen.sees("Lost" if "Reason" in seen.text() else "you")

        await seen.press("tab", "enter")
        await seen.sees("a colleague has to approve it")
        assert "Approve" not in seen.text()
        await seen.press("a")
        assert isinstance(seen.app.screen, ApprovalScreen)
        assert len(seen.services.factor_resets.waiting(agent.session)) == 1

        await seen.press("d")
        await seen.sees("Declined. 2-factor of j***@e***.com stays.", "Nothing waits.")


async def test_a_reset_that_is_decided_elsewhere_meanwhile_is_told(tmp_path: Path) -> None:
    async with agents_console(tmp_path) as (seen, _, owner):
        colleague = await asked_by_colleague(seen, owner)
        await seen.sees("Cy Dorn")
        await seen.press("tab", "enter")
        await seen.sees("Decline")
        current = seen.services.support_desk.current(colleague.session)
        assert current is not None
        seen.services.support_desk.end_call(colleague.session, current.id)

        await seen.press("a")

        await seen.sees("This reset of 2-factor is not waiting", "Nothing waits.")


async def test_in_a_low_window_all_of_what_waits_is_reached_by_keys(tmp_path: Path) -> None:
    async with agents_console(tmp_path, size=(60, 15)) as (seen, _, owner):
        colleague = new_agent(owner, CY, name="Cy Dorn")
        call = colleague.has_ticket(EMAIL)
        seen.services.tickets.ask_factor_reset(colleague.session, call.id, reason="Lost his telephone. " * 5)
        await has_ticket(seen)

        await seen.press("w")
        await seen.sees("Waiting for a colleague", "▶ 26005600")
        await seen.press("enter")
        await seen.sees("a Approve · d Decline · esc Close")

        await seen.pilot.resize_terminal(60, 10)
        await seen.sees("Contract  26005600 Example GmbH")
        assert "esc Close" not in seen.text()
        await seen.press(*["down"] * 12)
        await seen.sees("a Approve · d Decline · esc Close")
        await seen.press(*["up"] * 12)
        await seen.sees("Contract  26005600 Example GmbH")


# What it looks like


@pytest.mark.parametrize("size", [*SIZES, (60, 15)])
async def test_the_desk_in_pictures(tmp_path: Path, size: tuple[int, int]) -> None:
    async with agents_console(tmp_path, size=size, mail=MAIL) as (seen, _, owner):
        looks_like(seen, "support_desk", size)
        await asked_by_colleague(seen, owner)
        await seen.sees("Cy Dorn" if size[0] > 60 else "j***@e***.com")
        looks_like(seen, "support_desk_waiting", size)
        await opens(seen)
        await seen.type("111222\n")
        await seen.sees("No match", "4 tries left")
        looks_like(seen, "support_desk_call", size)
        await seen.type(f"{PIN}\n")
        await seen.sees("Ticket for")
        await seen.press("u")
        await seen.sees("Unlocked:")
        looks_like(seen, "support_desk_ticket", size)
