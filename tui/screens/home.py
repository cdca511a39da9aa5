"""Home: how one's own account is protected, and what is worth doing about it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.answers_once import AnswersOnce
from tui.asking import AccountChanged
from tui.screens.account_management import (
    ACTIVITY,
    ENABLED,
    NEW_CODES,
    OLD_PASSWORD,
    PIN,
    AccountManagementScreen,
)
from tui.screens.panes.account_lines import show_account
from tui.screens.panes.adoption import AdoptionPane
from tui.screens.panes.offer import OfferPane
from tui.screens.panes.since_last import SinceLastPane
from tui.seen import is_seen
from tui.shown import shown
from tui.times import told
from tui.widgets.lines import Bottom, KeyLine, StatusLine
from tui.widgets.menu_bar import MenuBar
from tui.wording import MANAGING, MENU

if TYPE_CHECKING:
    from datetime import datetime

    from core.account import Account
    from tui.signed_in import SignedIn

_PLACES = {"second-factor": ENABLED, "recovery-codes": NEW_CODES, "password": OLD_PASSWORD, "pin": PIN}

_KEYS = (
    ("↑ ↓", "Move"),
    ("enter", "Open"),
    ("r", "Resource Manager"),
    ("a", "Account Management"),
    ("esc", "Menu"),
)
_MANAGING_KEYS = (("u", "User Manager"), ("f", "Force 2-factor"))
_OFFER_KEY = ("o", "Offer")
_SINCE_LAST_KEY = ("v", "News")

_LOOK_EVERY = 30.0
"""Seconds between two looks at what others may have changed: the role, and what is offered."""

_SHOWN_FOR = timedelta(minutes=15)
"""For so long at most nothing is looked at where nobody has written."""


class HomeScreen(AnswersOnce, Screen[str]):
    """The first screen of a signed-in person; its answer is the notice that the login then shows."""

    CSS_PATH = "home.tcss"
    AUTO_FOCUS = "#overview"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("r", "resource_manager", "Resource Manager"),
        ("u", "user_manager", "User Manager"),
        ("f", "force_missing", "Force 2-factor on all who have none"),
        ("a", "account_management", "Account Management"),
        ("c", "call_code", "Call code"),
        ("o", "offer", "Offer of the contract"),
        ("v", "since_last", "Since your last visit"),
        ("q", "app.request_quit", "Quit"),
        ("escape", "menu", "Menu"),
    ]
    KEYS_HERE = (
        ("r", "Resource Manager"),
        ("u", "User Manager, for the contract owner and administrators"),
        ("f", "force 2-factor on all who have none; esc stops it"),
        ("c", "a call code, to read to a support agent in place of your PIN"),
        ("o", "the contract that is offered, to you or by you"),
        ("v", "what happened since your last visit"),
    )

    def __init__(self, who: SignedIn, *, utf8: bool) -> None:
        super().__init__()
        self._who = who
        self._utf8 = utf8
        self._shown: tuple[object, datetime] = None, who.since
        """Which version of the database is shown, and since when."""

    def compose(self) -> ComposeResult:
        yield MenuBar(MENU, current="Home")
        with Vertical(id="page"):
            yield Static(id="greeting")
            yield SinceLastPane(self._who)
            yield OfferPane(self._who)
            with Vertical(classes="panel", id="protection") as panel:
                panel.border_title = "How your account is protected"
                yield OptionList(id="overview", markup=False)
            yield Static(id="advice", classes="careful")
            yield AdoptionPane(self._who, utf8=self._utf8)
        yield Bottom(StatusLine(), KeyLine(_KEYS, lines=2))

    def on_mount(self) -> None:
        self.look()
        self.set_interval(_LOOK_EVERY, self.look_around)

    def on_screen_resume(self) -> None:
        self.look()

    def on_screen_suspend(self) -> None:
        self.query_one(OfferPane).forget_answer()

    @on(AccountChanged)
    def look_again(self) -> None:
        """The contract has changed hands, or does not any more."""
        self.look()

    @on(OptionList.OptionSelected, "#overview")
    def open_tab(self, event: OptionList.OptionSelected) -> None:
        """Open the tab that the line is about, with the focus where it can be changed."""
        place = _PLACES[event.option_id or ""]
        self.app.push_screen(AccountManagementScreen(self._who, at=place, utf8=self._utf8))

    def action_account_management(self) -> None:
        """Open Account Management at its Security tab."""
        self.app.push_screen(AccountManagementScreen(self._who, at=ENABLED, utf8=self._utf8))

    def action_call_code(self) -> None:
        """Open Account Management where a call code is shown."""
        self.app.push_screen(AccountManagementScreen(self._who, at="show-call-code", utf8=self._utf8))

    def action_resource_manager(self) -> None:
        """Open the Resource Manager at its first tab."""
        self._open_resource_manager("data-centers")

    def action_user_manager(self) -> None:
        """Open the User Manager; a role that has none is not shown any."""
        if self._who.role in MANAGING:
            self._open_resource_manager("user-manager")

    @on(AdoptionPane.Opened)
    def open_people(self, event: AdoptionPane.Opened) -> None:
        """Open the User Manager with those whom a line is about."""
        self._open_resource_manager("user-manager", only=event.only)

    def _open_resource_manager(self, tab: str, *, only: str = "all") -> None:
        from tui.screens.resource_manager import ResourceManagerScreen

        self.app.push_screen(ResourceManagerScreen(self._who, tab=tab, only=only, utf8=self._utf8))

    def action_force_missing(self) -> None:
        """Force 2-factor on everybody who has none."""
        if self._who.role in MANAGING:
            self.query_one(AdoptionPane).begin_forcing()

    def action_offer(self) -> None:
        """Go to what is offered."""
        self.query_one(OfferPane).focus_offer()

    def action_since_last(self) -> None:
        """Show what happened since the last visit, if anything did."""
        self.query_one(SinceLastPane).open()

    @on(SinceLastPane.Wanted)
    def open_what_is_wanted(self, event: SinceLastPane.Wanted) -> None:
        """Open one's activity, or the change of the password."""
        at = OLD_PASSWORD if event.place == "password" else ACTIVITY
        self.app.push_screen(AccountManagementScreen(self._who, at=at, utf8=self._utf8))

    @on(SinceLastPane.Changed)
    @on(OfferPane.Changed)
    def tell_keys(self) -> None:
        """Tell the keys that do something for this person now."""
        managing = _MANAGING_KEYS if self._who.role in MANAGING else ()
        offer = (_OFFER_KEY,) if self.query_one(OfferPane).offer is not None else ()
        since_last = (_SINCE_LAST_KEY,) if self.query_one(SinceLastPane).visit is not None else ()
        self.query_one(KeyLine).tell((*_KEYS[:-1], *since_last, *managing, *offer, _KEYS[-1]))

    def action_menu(self) -> None:
        """Stop what goes on, or go to the menu bar."""
        if not self.query_one(AdoptionPane).stop():
            self.query_one(MenuBar).focus()

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Show the account as it is now."""
        account = await show_account(self, self._who)
        if account is not None:
            await self.query_one(SinceLastPane).look()
            self._show(account)
            if account.role in MANAGING:
                self.query_one(AdoptionPane).look()

    @work(exclusive=True, group="look around")
    async def look_around(self) -> None:
        """Show what somebody else has changed; all of it, where that is the role."""
        if not is_seen(self.query_one("#page")):
            return
        version, role = await asyncio.to_thread(self._who.services.version), self._who.role
        if self._is_shown(version):
            return
        account = await show_account(self, self._who)
        if account is not None and account.role != role:
            self.look()
        elif account is not None:
            await self.query_one(SinceLastPane).look()
            self._show(account)
            self._shown = version, self._who.services.now()

    def _is_shown(self, version: object) -> bool:
        """Whether nobody has written since, and time alone has changed nothing: an offer ends, a day is another one."""
        shown, at = self._shown
        now = self._who.services.now()
        return version is not None and version == shown and now - at < _SHOWN_FOR and now.date() == at.date()

    def _show(self, account: Account) -> None:
        self.query_one("#greeting", Static).update(shown(f"Welcome, {account.name}."))
        overview = self.query_one("#overview", OptionList)
        at = overview.highlighted or 0
        overview.clear_options()
        overview.add_options(_lines(account, now=self._who.services.now()))
        overview.highlighted = at
        self.query_one("#advice", Static).update("\n".join(_advice(account)))
        self.tell_keys()
        self.query_one(OfferPane).look()


def _lines(account: Account, *, now: datetime) -> list[Option]:
    since, pin = account.second_factor_since, account.pin_set_at
    lines = [_line("second-factor", "2-Factor Authentication", _said("on since", since, now=now), "off")]
    if since:
        left = f"{account.recovery_codes_left} of 10 left"
        lines.append(_line("recovery-codes", "Recovery codes", None if account.few_recovery_codes else left, left))
    lines.append(_line("password", "Password", _said("changed", account.password_changed_at, now=now), ""))
    lines.append(_line("pin", "Support PIN", _said("set", pin, now=now), "not set"))
    return lines


def _said(what: str, when: datetime | None, *, now: datetime) -> str | None:
    return f"{what} {told(when, now=now)}" if when else None


def _line(name: str, label: str, good: str | None, bad: str) -> Option:
    """One line of the overview; `bad` is told, with a mark, where there is nothing good to tell."""
    return Option(Text(f"{'✓' if good else '!'} {label:<26}{good or bad}", no_wrap=True), id=name)


def _advice(account: Account) -> list[str]:
    advice = []
    if not account.second_factor:
        advice.append("Your password alone opens this account. Press enter on the first line to add a second factor.")
    elif account.few_recovery_codes:
        advice.append("Few recovery codes are left. Make new ones in the Security tab.")
    if account.pin_set_at is None:
        advice.append("Without a support PIN only a call code (c) proves you on the telephone.")
    return advice
