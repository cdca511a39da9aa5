"""The support desk's calls at the console of the person whom they are about: told on every screen, ended by one key."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from core.agents_call import AgentsCall
from core.errors import CallOver
from core.login_steps import Session
from core.own_calls import Heard, OwnCallService
from data.faults import DatabaseUnreachable
from tests.core.actors import PASSWORD, Someone, change_person, new_person, proved
from tests.core.desk import PIN, Agent, new_agent, sets_pin
from tests.tui.consoles import EMAIL, Console, console
from tests.tui.test_pictures import SIZES, looks_like
from tui.screens.account_management import AccountManagementScreen
from tui.screens.assistant.scan import ScanScreen
from tui.screens.confirm import ConfirmScreen
from tui.screens.help import HelpScreen
from tui.screens.home import HomeScreen

ANN = "ann@desk.example"
KEY = "ctrl+t End the call"


def an_agent(seen: Console, *, name: str = "Ann Bell", email: str = ANN) -> Agent:
    return new_agent(Someone(seen.services, seen.clock, EMAIL), email, name=name)


async def at_home(seen: Console) -> None:
    await seen.sign_in()
    await seen.sees("Welcome, Jane Doe", "Support PIN")


async def looks(seen: Console, *texts: str) -> None:
    """What the console does every second or two, and what it then shows."""
    seen.watch_over()
    await seen.sees(*texts)


def top(seen: Console, lines: int = 3) -> str:
    return "\n".join(seen.text().splitlines()[:lines])


async def called(seen: Console, **agent: str) -> tuple[Agent, AgentsCall]:
    """At home, with a call that the console has heard of."""
    await at_home(seen)
    ann = an_agent(seen, **agent)
    call = ann.calls(EMAIL)
    await looks(seen, "Support call")
    return ann, call


def is_over(agent: Agent, call: AgentsCall) -> bool:
    try:
        agent.someone.services.support_desk.look(agent.session, call.id)
    except CallOver:
        return True
    return False


def heard_by(seen: Console, monkeypatch: pytest.MonkeyPatch) -> list[Session]:
    """Every question that the console asks about calls from now on."""
    asked: list[Session] = []
    hear = OwnCallService.heard

    def heard(service: OwnCallService, session: Session) -> Heard:
        asked.append(session)
        return hear(service, session)

    monkeypatch.setattr(OwnCallService, "heard", heard)
    return asked


@pytest.mark.parametrize("size", [*SIZES, (60, 15)])
async def test_a_call_is_told_at_the_top_with_the_agents_name_and_both_words(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with console(tmp_path, size=size) as seen:
        _, call = await called(seen)

        assert len(call.phrase.split()) == 2
        for told in ("☎ Support call: Ann Bell", f"call phrase: {call.phrase}", KEY):
            assert told in top(seen)
        assert "Resource" in top(seen, 4)  # the menu is moved and not covered


@pytest.mark.parametrize("size", SIZES)
async def test_home_with_a_call(tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.call_phrase.new_phrase", lambda: "amber falcon")
    async with console(tmp_path, size=size) as seen:
        await called(seen)

        looks_like(seen, "home_with_a_call", size)


async def test_it_is_told_that_the_agent_acts_once_the_caller_has_proved_who_he_is(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        ann, call = await called(seen)
        sets_pin(Someone(seen.services, seen.clock, EMAIL), proved(seen.services, seen.session))
        assert "has proved to be you" not in seen.text()

        ann.someone.services.support_desk.check_caller(ann.session, call.id, PIN)

        await looks(seen, "The caller has proved to be you: the agent acts for you", call.phrase, KEY)


async def to_the_user_manager(seen: Console) -> None:
    await seen.press("u")
    await seen.sees("1 person")


async def to_a_field(seen: Console) -> None:
    await seen.press("a")
    await seen.until(lambda: isinstance(seen.app.screen, AccountManagementScreen))
    await seen.press("p")
    await seen.until(lambda: getattr(seen.app.focused, "id", None) == "old-field")


async def to_a_question(seen: Console) -> None:
    await seen.press("q")
    await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen))


async def to_the_help(seen: Console) -> None:
    await seen.press("question_mark")
    await seen.until(lambda: isinstance(seen.app.screen, HelpScreen))


async def to_the_assistant(seen: Console) -> None:
    await seen.press("a")
    await seen.sees("At sign-in")
    await seen.press("space")
    await seen.sees("You need an authenticator app")


async def to_the_qr_code(seen: Console) -> None:
    await to_the_assistant(seen)
    await seen.press("enter")
    await seen.until(lambda: isinstance(seen.app.screen, ScanScreen))
    await seen.sees("▀", "Point your app")


PLACES = [to_the_user_manager, to_a_field, to_a_question, to_the_help, to_the_assistant, to_the_qr_code]


@pytest.mark.parametrize("go", PLACES)
@pytest.mark.parametrize("is_first", [True, False])
async def test_a_call_is_told_wherever_the_person_is_and_ended_there_by_one_key(
    tmp_path: Path, go: Callable[[Console], Awaitable[None]], *, is_first: bool
) -> None:
    async with console(tmp_path) as seen:
        await at_home(seen)
        ann = an_agent(seen)
        if is_first:
            call = ann.calls(EMAIL)
            await looks(seen, "Support call")
            await go(seen)
        else:
            await go(seen)
            call = ann.calls(EMAIL)
            seen.watch_over()
        await seen.sees("☎ Support call: Ann Bell", call.phrase, KEY)
        where = seen.app.screen

        await seen.press("ctrl+t")

        await seen.sees("The call is ended.")
        assert seen.app.screen is where
        with pytest.raises(CallOver) as over:
            seen.services.support_desk.check_caller(ann.session, call.id, PIN)
        assert over.value.why == "ended by the caller"


async def test_the_qr_code_stays_whole_on_a_terminal_of_24_lines(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_home(seen)
        await to_the_qr_code(seen)
        before = [line[:45] for line in seen.text().splitlines()[:23]]
        an_agent(seen).calls(EMAIL)

        await looks(seen, "Support call")

        assert [line[:45] for line in seen.text().splitlines()[:23]] == before


async def test_the_key_in_a_field_types_nothing_and_loses_nothing(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_home(seen)
        ann = an_agent(seen)
        await to_a_field(seen)
        await seen.type("Quiet")
        call = ann.calls(EMAIL)
        await looks(seen, KEY)

        await seen.press("ctrl+t")
        await seen.sees("The call is ended.")

        assert getattr(seen.app.focused, "value", None) == "Quiet"
        assert is_over(ann, call)


async def test_the_banner_goes_some_looks_after_the_call_was_ended_here(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await called(seen)
        await seen.press("ctrl+t")
        await seen.sees("The call is ended.")

        for _ in range(6):
            seen.watch_over()
            await seen.pilot.pause(0.05)

        await seen.until(lambda: "The call is ended." not in seen.text())
        assert top(seen, 1).lstrip().startswith("Bartizan")


async def test_the_banner_goes_at_the_next_look_when_the_agent_ends_the_call(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        ann, call = await called(seen)

        seen.services.support_desk.end_call(ann.session, call.id)
        seen.watch_over()

        await seen.until(lambda: "Support call" not in seen.text())


async def test_a_call_that_is_ended_here_does_not_come_back_in_an_answer_that_was_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(tmp_path) as seen:
        await called(seen)
        may_answer, is_asked, hear = Event(), Event(), OwnCallService.heard

        def slowly(service: OwnCallService, session: Session) -> Heard:
            heard = hear(service, session)
            is_asked.set()
            may_answer.wait(10)
            return heard

        monkeypatch.setattr(OwnCallService, "heard", slowly)
        seen.watch_over()
        await seen.until(is_asked.is_set)
        await seen.press("ctrl+t")
        await seen.sees("The call is ended.")

        may_answer.set()
        await seen.pilot.pause(0.1)

        assert "Support call" not in seen.text()


async def test_the_key_does_nothing_where_there_is_no_call(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await seen.press("ctrl+t")
        await at_home(seen)
        before = seen.text()

        await seen.press("ctrl+t")
        await seen.pilot.pause()

        assert seen.text() == before


async def test_two_agents_are_told_of_and_the_key_ends_both_calls(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        ann, first = await called(seen)
        bob = an_agent(seen, name="Bob Carr", email="bob@desk.example")
        second = bob.calls(EMAIL)
        await looks(seen, "Ann Bell", first.phrase, "Bob Carr", second.phrase, "ctrl+t End the calls")

        await seen.press("ctrl+t")

        await seen.sees("The calls are ended.")
        assert is_over(ann, first)
        assert is_over(bob, second)


async def test_a_locked_console_tells_nothing_and_its_key_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(tmp_path) as seen:
        monkeypatch.setattr(OwnCallService, "end", lambda *_: pytest.fail("nobody has unlocked it"))
        ann, call = await called(seen)
        await seen.press("ctrl+o")
        await seen.sees("This console is locked")
        for _ in range(3):
            seen.watch_over()
            await seen.pilot.pause(0.05)
        assert "Support call" not in seen.text()

        await seen.press("ctrl+t")
        await seen.pilot.pause(0.1)

        assert not is_over(ann, call)
        await seen.type(f"{PASSWORD}\n")
        await seen.sees("Welcome, Jane Doe", "Support call: Ann Bell", call.phrase)


async def test_a_call_that_ended_while_the_console_was_locked_is_gone_without_another_look(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        ann, call = await called(seen)
        await seen.press("ctrl+o")
        await seen.sees("This console is locked")
        seen.services.support_desk.end_call(ann.session, call.id)

        await seen.type(f"{PASSWORD}\n")

        await seen.sees("Welcome, Jane Doe")
        await seen.until(lambda: "Support call" not in seen.text())


async def test_the_next_person_at_the_console_is_told_nothing_of_it(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await called(seen)

        seen.services.sessions.sign_out(seen.session)
        seen.watch_over()
        await seen.until(lambda: seen.app.signed_in is None, "the login")
        await seen.sees("E-mail")
        assert "Support call" not in seen.text()
        new_person(seen.services, seen.clock, email="ulf@example.com")
        await seen.type(f"ulf@example.com\n{PASSWORD}\n")

        await seen.sees("Welcome, Ulf Berg")
        assert "Support call" not in seen.text()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("[/foo] Bell", "[/foo] Bell"),
        ("[@click=app.quit]x[/] Bell", "[@click=app.quit]x[/] Bell"),
        ("An\u202en Bell", "An<U+202E>n Bell"),
        ("名前 Bell", "名前 Bell"),
        ("N" * 300 + " Bell", "N" * 39 + "…"),
    ],
)
async def test_an_agents_name_is_shown_as_it_is(tmp_path: Path, name: str, told: str) -> None:
    """Attack: a name that is markup, that turns the line round, or that pushes the call phrase out of sight."""
    async with console(tmp_path) as seen:
        await at_home(seen)
        ann = an_agent(seen)
        change_person(seen.services, ANN, given_name=name.rpartition(" ")[0], family_name="Bell")
        call = ann.calls(EMAIL)

        await looks(seen, f"Support call: {told}", call.phrase, KEY)


async def test_without_utf8_there_is_no_telephone(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        seen.app.unicode = False
        _, call = await called(seen)

        assert "☎" not in seen.text()
        assert call.phrase in top(seen)


async def test_one_question_tells_both_whether_the_session_stands_and_what_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(tmp_path) as seen:
        await called(seen)
        asked = heard_by(seen, monkeypatch)
        monkeypatch.setattr(type(seen.services.sessions), "stands", lambda *_: pytest.fail("asked twice"))

        for number in range(1, 4):
            seen.watch_over()
            await seen.until(lambda number=number: len(asked) == number)  # type: ignore[misc]
            await seen.pilot.pause(0.02)

        assert len(asked) == 3


async def test_a_database_that_does_not_answer_is_told_in_the_banner_and_the_call_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise DatabaseUnreachable("the database", "gone")

    async with console(tmp_path) as seen:
        ann, call = await called(seen)
        monkeypatch.setattr(OwnCallService, "end", refuse)

        await seen.press("ctrl+t")

        await seen.sees("database", "Support call: Ann Bell", KEY)
        assert not is_over(ann, call)


async def test_a_reset_of_2_factor_that_waits_is_told_wherever_the_person_is(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_home(seen)
        await to_the_user_manager(seen)
        change_person(seen.services, EMAIL, factor_reset_at=seen.clock() + timedelta(days=1))

        await looks(seen, "2-factor of your account can be removed at a sign-in from 3 Mar", "Not you?")
        assert "Support call" not in seen.text()
        an_agent(seen).calls(EMAIL)
        both = (
            "Support call: Ann Bell",
            "2-factor can be removed from 3 Mar at 14:02 UTC. Not you? Security: stop it.",
        )
        await looks(seen, *both)

        await seen.press("escape")
        await seen.until(lambda: isinstance(seen.app.screen, HomeScreen))
        await seen.sees(*both)
        change_person(seen.services, EMAIL, factor_reset_at=None)
        seen.watch_over()
        await seen.until(lambda: "can be removed" not in seen.text())


async def test_a_reset_whose_time_has_come_is_told_to_be_possible_from_now_on(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_home(seen)
        change_person(seen.services, EMAIL, factor_reset_at=seen.clock() - timedelta(minutes=1))

        await looks(seen, "2-factor of your account can be removed at a sign-in from now on.")


async def test_the_key_stands_in_the_help(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_home(seen)

        await to_the_help(seen)

        await seen.sees("ctrl+t", "end the support call told of at the top")
