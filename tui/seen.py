"""Whether somebody sees a widget now: what nobody sees need not look at the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import ModalScreen

if TYPE_CHECKING:
    from textual.widget import Widget


def is_seen(widget: Widget) -> bool:
    """Whether nothing but dialogs, which leave the screen below in sight, lies over its screen, nor another tab."""
    stack = widget.app.screen_stack
    if not widget.is_attached or widget.screen not in stack:
        return False
    if not all(node.display for node in widget.ancestors_with_self):
        return False
    return all(isinstance(above, ModalScreen) for above in stack[stack.index(widget.screen) + 1 :])
