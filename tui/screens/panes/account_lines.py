"""The account in the lines at the edges of a screen, as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.errors import Fault, Refusal, SessionOver
from core.wording import sentence
from tui.answers import answered
from tui.asking import SessionLost
from tui.widgets.lines import StatusLine
from tui.widgets.menu_bar import MenuBar

if TYPE_CHECKING:
    from textual.screen import Screen

    from core.account import Account
    from tui.signed_in import SignedIn


async def show_account(screen: Screen[Any], who: SignedIn) -> Account | None:
    """Look at the account and tell whose it is; None, once that is told, where the core does not show it."""
    try:
        account = await answered(screen, who.services.account.account, who.session)
    except SessionOver as over:
        screen.post_message(SessionLost(over))
        return None
    except (Refusal, Fault) as trouble:
        screen.query_one(StatusLine).tell(sentence(trouble))
        return None
    who.role, who.email = account.role, account.email
    screen.query_one(MenuBar).person = account.name
    screen.query_one(StatusLine).show(account)
    return account
