"""Which keys do something at the support desk now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.desk.verbs import VERBS
from tui.widgets.lines import ELSEWHERE

if TYPE_CHECKING:
    from core.agents_call import AgentsCall
    from tui.widgets.lines import KeyLine

_NO_CALL = (("c", "Open a call"), ("w", "Waiting"), ("a", "Account Management"))
_CALL = (("c", "The call"), ("e", "End call"), ("w", "Waiting"))


def tell_keys(line: KeyLine, call: AgentsCall | None, *, news: tuple[tuple[str, str], ...]) -> None:
    """Tell those of the desk without a call, of a call, or of a ticket: there only what is left of it."""
    if call is None:
        line.tell((("enter", "Open"), ("esc", "Menu")), outside_fields=(*_NO_CALL, *news, *ELSEWHERE))
    elif not call.proven:
        line.tell((("enter", "Check"), ("esc", "End call…")), outside_fields=(*_CALL, *news, *ELSEWHERE))
    else:
        left = [(verb.letter, verb.short) for verb in VERBS if verb.function not in call.done]
        line.tell((("e", "End call"), *left), outside_fields=(("w", "Waiting"), *news, *ELSEWHERE))
