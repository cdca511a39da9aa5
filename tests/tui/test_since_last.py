"""The panel “Since your last visit”, and My activity, by keys."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from core import audit
from core.last_visit import Visit, VisitService
from core.login_steps import Session
from core.origin import Origin
from data.engine import transaction
from tests.core.actors import PASSWORD, Someone, change_person, events, new_person, person_of
from tests.core.desk import new_agent
from tests.tui.consoles import EMAIL, Console, console
from tests.tui.test_pictures import SIZES, looks_like
from tui.screens.account_management import AccountManagementScreen
from tui.screens.home import HomeScreen
from tui.screens.since_last import SinceLastScreen
from tui.widgets.row_list import RowList

AGENT = "ann@desk.example"
THERE = Origin("bastion9", "pts/1", "mallory", "203.0.113.66 (unverified)")


def happens(seen: Console, act: str, *, by: str = "", **more: object) -> None:
    """Somebody does something to the person at the console."""
    with transaction(seen.services.engine) as db:
        target = person_of(seen.services, EMAIL)
        actor = person_of(seen.services, by) if by else None
        told = audit.Told(act, **more)  # type: ignore[arg-type]
        audit.record(db, seen.services.keys, told, at=seen.clock(), origin=THERE, actor=actor, target=target)


def much_happens(seen: Console) -> None:
    for _ in range(12):
        happens(seen, "sign in", outcome=audit.DENIED, details={"with": "password"})
    happens(seen, "sign in", outcome=audit.DENIED, details={"with": "code"})
    happens(seen, "sign in", by=EMAIL, details={"with": "password", "new place": True})
    happens(seen, "reset 2-factor", details={"reason": "lost his [/] telephone \x1b]52;c;aGk=\x07"})
    seen.clock.advance(minutes=20)


async def signs_in(seen: Console) -> None:
    await seen.sees("E-mail")
    await seen.type(f"{EMAIL}\n{PASSWORD}\n")


async def at_panel(seen: Console) -> SinceLastScreen:
    await signs_in(seen)
    await seen.until(lambda: isinstance(seen.pilot.app.screen, SinceLastScreen), "the panel")
    panel = seen.pilot.app.screen
    assert isinstance(panel, SinceLastScreen)
    await seen.until(lambda: panel.is_ready, "a moment without keys")
    return panel


def acknowledged(seen: Console) -> bool:
    return any(event.act == "see what happened" for event in events(seen.services))


@pytest.fixture(autouse=True)
def soon_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SinceLastScreen, "STILL", 0.05)


async def test_whoever_has_nothing_to_see_comes_home(tmp_path: Path) -> None:
    async with console(tmp_path, with_news=True) as seen:
        await signs_in(seen)

        await seen.sees("How your account is protected", "not set")
        await seen.until(lambda: not seen.pilot.app.screen.query("SinceLastPane.-told"))
        assert isinstance(seen.pilot.app.screen, HomeScreen)


@pytest.mark.parametrize("size", [*SIZES, (60, 15)])
async def test_the_panel_tells_the_gravest_first_and_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, with_news=True, size=size) as seen:
        much_happens(seen)
        await at_panel(seen)

        looks_like(seen, "since_last", size)


def somebody_calls(seen: Console, *, wrong_pins: int, reset: bool) -> None:
    """A caller at the support desk says to be the person at the console."""
    new_agent(Someone(seen.services, seen.clock, EMAIL), AGENT)
    for _ in range(wrong_pins):
        happens(seen, "check a caller", by=AGENT, outcome=audit.DENIED, details={"why": "CallerUnproven"})
    if reset:
        happens(seen, "ask for a reset of 2-factor", by=AGENT, details={"reason": "lost his [/] telephone"})
        happens(seen, "approve a reset of 2-factor", by=AGENT, details={"asked by": "Ann Bell"})
    seen.clock.advance(minutes=20)


@pytest.mark.parametrize("size", [*SIZES, (60, 15)])
async def test_a_reset_of_2_factor_that_was_asked_for_by_telephone_comes_first_and_says_how_it_is_stopped(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with console(tmp_path, with_news=True, size=size) as seen:
        somebody_calls(seen, wrong_pins=3, reset=True)
        happens(seen, "sign in", by=EMAIL, details={"with": "password", "new place": True})
        await at_panel(seen)

        looks_like(seen, "since_last_reset", size)


@pytest.mark.parametrize(
    ("helpers", "whom"), [((), "“bartizan rescue” run on the host."), (("administrator",), "an administrator.")]
)
async def test_whoever_is_alone_in_his_contract_is_sent_to_the_host(
    tmp_path: Path, helpers: tuple[str, ...], whom: str
) -> None:
    async with console(tmp_path, with_news=True, size=(200, 50)) as seen:
        for role in helpers:
            new_person(seen.services, seen.clock, email="adam@example.com", role=role)
        happens(seen, "sign in", by=EMAIL, details={"with": "password", "new place": True})
        await at_panel(seen)

        await seen.sees("change your password now (p)", whom)


async def test_a_then_s_lead_to_where_it_is_stopped(tmp_path: Path) -> None:
    async with console(tmp_path, with_news=True) as seen:
        somebody_calls(seen, wrong_pins=0, reset=True)
        change_person(seen.services, EMAIL, factor_reset_at=seen.clock() + timedelta(hours=24))
        await at_panel(seen)

        await seen.press("a")
        await seen.sees("When (UTC)")
        await seen.until(lambda: isinstance(seen.pilot.app.focused, RowList))
        await seen.press("s")

        await seen.sees("The support desk lets 2-factor be removed at a sign-in", "Stop it")


async def test_a_caller_who_did_not_know_the_pin_calls_for_another_pin_and_nothing_is_there_to_stop(
    tmp_path: Path,
) -> None:
    async with console(tmp_path, with_news=True) as seen:
        somebody_calls(seen, wrong_pins=3, reset=False)
        await at_panel(seen)

        await seen.sees("! A caller at the support desk could not prove to be you (3 times)", "PIN now (p)")
        assert "still waits" not in seen.text()


async def test_where_nobody_called_the_pin_is_not_spoken_of(tmp_path: Path) -> None:
    async with console(tmp_path, with_news=True) as seen:
        much_happens(seen)
        await at_panel(seen)

        await seen.sees("change your password now (p)")
        assert "support PIN" not in seen.text()


async def test_enter_says_that_it_is_seen_and_it_does_not_come_again(tmp_path: Path) -> None:
    async with console(tmp_path, with_news=True) as seen:
        much_happens(seen)
        await at_panel(seen)

        await seen.press("enter")
        await seen.until(lambda: acknowledged(seen))

        await seen.sees("How your account is protected")
        await seen.until(lambda: "to see" not in seen.text())
        await seen.press("v")
        assert isinstance(seen.pilot.app.screen, HomeScreen)


async def test_esc_leaves_it_for_later_and_home_goes_on_telling(tmp_path: Path) -> None:
    async with console(tmp_path, with_news=True) as seen:
        much_happens(seen)
        await at_panel(seen)

        await seen.press("escape")

        await seen.sees("! Since your last visit: 4 things to see. Press v.")
        await seen.sees("v News", "? Help   q Quit")
        await seen.press("v")
        await seen.sees("Right password, then a wrong code")
        assert not acknowledged(seen)


async def test_what_was_typed_before_it_stood_says_nothing_and_a_held_enter_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys that lie in the line's buffer would acknowledge a warning that nobody has seen."""
    monkeypatch.setattr(SinceLastScreen, "STILL", 3600.0)
    async with console(tmp_path, with_news=True) as seen:
        much_happens(seen)
        await signs_in(seen)
        await seen.type("\n" * 5)
        await seen.until(lambda: isinstance(seen.pilot.app.screen, SinceLastScreen), "the panel")

        await seen.type("\n" * 30)
        await seen.press("escape", "p", "a", "q")

        assert isinstance(seen.pilot.app.screen, SinceLastScreen)
        assert not acknowledged(seen)


@pytest.mark.parametrize(("key", "shown"), [("p", "Old password"), ("a", "When (UTC)")])
async def test_one_key_leads_to_the_password_and_one_to_everything_that_happened(
    tmp_path: Path, key: str, shown: str
) -> None:
    async with console(tmp_path, with_news=True) as seen:
        much_happens(seen)
        await at_panel(seen)

        await seen.press(key)

        await seen.sees(shown)
        assert isinstance(seen.pilot.app.screen, AccountManagementScreen)
        assert not acknowledged(seen)
        await seen.press("escape")
        await seen.sees("4 things to see")


async def test_what_happens_while_one_works_is_told_on_the_home_screen_and_jumps_at_nobody(tmp_path: Path) -> None:
    async with console(tmp_path, with_news=True) as seen:
        await signs_in(seen)
        await seen.sees("How your account is protected", "not set")
        await seen.press("a")
        await seen.sees("At sign-in")
        happens(seen, "unlock a person")

        await seen.press("escape")

        await seen.sees("! Since your last visit: 1 thing to see. Press v.")
        assert isinstance(seen.pilot.app.screen, HomeScreen)
        await seen.press("v")
        await seen.sees("Your account was unlocked")


class _Slow(VisitService):
    """Answers when the test lets it."""

    may_answer: Event

    def since_last(self, session: Session) -> Visit | None:
        assert self.may_answer.wait(20)
        return super().since_last(session)


async def test_whoever_is_elsewhere_before_it_stands_finds_it_when_he_comes_home(tmp_path: Path) -> None:
    async with console(tmp_path, with_news=True) as seen:
        much_happens(seen)
        slow = _Slow(seen.services.engine, seen.services.keys, seen.clock)
        object.__setattr__(slow, "may_answer", Event())
        object.__setattr__(seen.services, "visits", slow)
        await signs_in(seen)
        await seen.until(lambda: isinstance(seen.pilot.app.screen, HomeScreen))
        await seen.press("a")
        await seen.sees("At sign-in")

        slow.may_answer.set()
        await seen.press("escape")

        await seen.sees("Right password, then a wrong code")


async def test_a_list_that_does_not_fit_is_moved_by_keys(tmp_path: Path) -> None:
    async with console(tmp_path, with_news=True, size=(60, 15)) as seen:
        much_happens(seen)
        await at_panel(seen)
        assert "Wrong password at the sign-in" not in seen.text()

        await seen.press("end")

        await seen.sees("Wrong password at the sign-in (12 times)", "I have seen this")


@pytest.mark.parametrize("size", SIZES)
async def test_my_activity(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        much_happens(seen)
        await signs_in(seen)
        await seen.sees("How your account is protected", "not set")
        await seen.press("a")
        await seen.sees("At sign-in")

        await seen.press("m")
        await seen.sees("When (UTC)", "Signed in with password", "Contract owner")
        await seen.until(lambda: isinstance(seen.pilot.app.focused, RowList))

        looks_like(seen, "my_activity", size)


@pytest.mark.parametrize("keys", ["sm", "m"])
async def test_what_happened_since_is_listed_when_my_activity_is_shown_again(tmp_path: Path, keys: str) -> None:
    async with console(tmp_path) as seen:
        await signs_in(seen)
        await seen.sees("How your account is protected")
        await seen.press("a")
        await seen.sees("At sign-in")
        await seen.press("m")
        await seen.sees("Signed in with password")
        seen.clock.advance(seconds=1)
        seen.services.support_pin.save(seen.session, "480193", repeated="480193")
        await seen.pilot.pause()
        assert "support PIN was set" not in seen.text()

        await seen.press(*keys)

        await seen.sees("Your support PIN was set", "Signed in with password")


async def test_an_event_tells_the_whole_key_with_which_somebody_came(tmp_path: Path) -> None:
    key = "SHA256:uNiVztksCsDhcc0u9e8BrDZPWpcACJwxoaLXTRS7QjM"
    async with console(tmp_path) as seen:
        seen.services.login.sign_in(EMAIL, PASSWORD, origin=replace(THERE, source="203.0.113.66", key=key))
        seen.clock.advance(seconds=1)
        await seen.sign_in()
        await seen.sees("How your account is protected")
        await seen.press("a")
        await seen.sees("At sign-in")
        await seen.press("m")
        await seen.sees("Signed in with password")

        await seen.press("down", "enter")

        await seen.sees("What happened", "mallory", "SSH key", key[:40], key[-3:])


async def test_filters_choose_what_is_listed_and_enter_tells_everything_of_an_event(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        much_happens(seen)
        await signs_in(seen)
        await seen.sees("How your account is protected")
        await seen.press("a")
        await seen.sees("At sign-in")
        await seen.press("m")
        await seen.sees("Signed in with password")

        await seen.press("v")
        await seen.until(lambda: "Signed in with password" not in seen.text())
        await seen.press("v")
        await seen.sees("[by others]", "2-factor of your account")
        await seen.press("enter")

        await seen.sees(
            "What happened", "203.0.113.66 (unverified)", "mallory", "Reason", "nobody signed in", "Outcome"
        )
        await seen.press("escape")
        await seen.sees("When (UTC)")
        assert "\x1b" not in seen.text()
