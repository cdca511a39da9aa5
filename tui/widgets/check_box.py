"""A check box that asks before it changes: what ticks it is the rule behind it, not the key."""

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class CheckBox(Widget, can_focus=True):
    """`[x] Label`. Space or Enter posts `Asked`; whoever owns the box decides and sets `ticked`."""

    DEFAULT_CSS = """
    CheckBox { height: 1; width: auto; }
    CheckBox:focus { background: $accent; color: $background; text-style: bold; }
    CheckBox.-locked { color: $muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space,enter", "ask", "Tick", show=False)]

    ticked: reactive[bool] = reactive(default=False)

    class Asked(Message):
        """Somebody wants the box to be the other way round."""

        def __init__(self, box: "CheckBox") -> None:
            super().__init__()
            self.box = box

        @property
        def control(self) -> "CheckBox":
            """The box."""
            return self.box

    def __init__(self, label: str, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._label = label

    def render(self) -> Text:
        return Text(f"[{'x' if self.ticked else ' '}] {self._label}", no_wrap=True)

    def action_ask(self) -> None:
        self.post_message(self.Asked(self))

    def on_click(self, event: Click) -> None:
        event.stop()
        self.focus()
        self.action_ask()
