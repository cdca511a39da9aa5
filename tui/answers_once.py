"""A screen answers once, whatever keys and workers then still bring."""

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.await_complete import AwaitComplete

if TYPE_CHECKING:
    from textual.screen import Screen

    _Answering = Screen[Any]
else:
    _Answering = object


class AnswersOnce(_Answering):
    """Stands before `Screen` or `ModalScreen` among the bases of every screen that is a question.

    Textual's `dismiss` closes whatever is on top: with a second quick Enter in a dialog, the screen below it.
    """

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Give the answer and close this screen, and what stands over it; once closed, do nothing.

        Below a locked console's cover it waits: the cover goes when its person has proved that he is there. A key that
        comes before the screen is mounted waits for that: a screen that is closed while it is made fails on its fields.
        """
        if self not in self.app.screen_stack:
            return AwaitComplete.nothing()  # type: ignore[no-any-return, no-untyped-call]
        if not self.is_mounted:
            self.call_later(self._dismiss_when_mounted, result)
            return AwaitComplete.nothing()  # type: ignore[no-any-return, no-untyped-call]
        lock = getattr(self.app, "lock_screen", None)
        if lock is not None and lock is not self and _is_above(lock, self):
            lock.afterwards.append(partial(self.dismiss, result))
            return AwaitComplete.nothing()  # type: ignore[no-any-return, no-untyped-call]
        while self.app.screen is not self:
            self.app.pop_screen()
        return super().dismiss(result)

    def _dismiss_when_mounted(self, result: Any) -> None:
        self.dismiss(result)


def _is_above(screen: Any, other: Any) -> bool:
    stack = other.app.screen_stack
    return screen in stack and stack.index(screen) > stack.index(other)
