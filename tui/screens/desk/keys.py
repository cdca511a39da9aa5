"""Which keys do something at the support desk now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.widgets.lines import ELSEWHERE

if TYPE_CHECKING:
    from core.agents_call import AgentsCall
    from tui.screens.desk.verbs import Verb
    from tui.widgets.lines import KeyLine

_NO_CALL = (("c", "Open a call"), ("w", "Waiting"), ("a", "Account Management"))
_CALL = (("c", "The call"), ("e", "End call"), ("w", "Waiting"))


def tell_keys(
    line: KeyLine, call: AgentsCall | None, *, verbs: tuple[Verb, ...], news: tuple[tuple[str, str], ...]
) -> None:
    """Tell those of the desk without a call, of a call, or of a ticket: there only what is left of its verbs."""
    if call is None:
        line.tell((("enter", "Open"), ("esc", "Menu")), outside_fields=(*_NO_CALL, *news, *ELSEWHERE))
    elif not call.proven:
        line.tell((("enter", "Check"), ("esc", "End call…")), outside_fields=(*_CALL, *news, *ELSEWHERE))
    else:
        left = [(verb.letter, verb.short) for verb in verbs if verb.function not in call.done]
        line.tell((("e", "End call"), *left), outside_fields=(("w", "Waiting"), *news, *ELSEWHERE))


def keys_here(verbs: tuple[Verb, ...]) -> tuple[tuple[str, str], ...]:
    """What the help tells of the desk."""
    letters = ", ".join(verb.letter for verb in verbs)
    acts = ", ".join(verb.label.rstrip("…").lower() for verb in verbs)
    return (
        ("enter", "open the call; check what the caller says; open what waits"),
        (letters, f"in a ticket, each once: {acts}"),
        ("e, esc", "end the call; a ticket asks first"),
        ("c, w", "the call, or its field; what waits for a colleague"),
        ("v", "what happened since your last visit"),
    )
