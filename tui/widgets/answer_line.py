"""The line in which a screen says what came of an act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from textual.widgets import Static

from core.errors import Fault, Refusal, SessionOver
from core.wording import sentence
from tui.asking import NotProven, SessionLost
from tui.shown import shown


class AnswerLine(Static):
    """Takes no room until there is something to say."""

    DEFAULT_CSS = """
    AnswerLine { height: auto; display: none; color: $error; }
    AnswerLine.-good { color: $success; }
    AnswerLine.-told { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.busy = False
        """Whether an act is being done; another one waits for its own key."""

    def tell(self, text: str, *, good: bool = False) -> None:
        """Say this from now on; nothing where there is nothing to say."""
        self.update(shown(text))
        self.set_class(good, "-good")
        self.set_class(bool(text), "-told")

    def refuse(self, trouble: Refusal | Fault) -> None:
        """Say why something was not done; without a session there is nobody left to tell."""
        if isinstance(trouble, SessionOver):
            self.app.post_message(SessionLost(trouble))  # a message that passes whoever made it goes no further
        else:
            self.tell(sentence(trouble))

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Do an act, and say what the core answers to it. Whoever asks for the act looks first whether it is `busy`."""
        self.busy = True
        self.tell("")
        try:
            yield
        except NotProven:
            pass
        except (Refusal, Fault) as trouble:
            self.refuse(trouble)
        finally:
            self.busy = False
