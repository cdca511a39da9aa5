"""A label, a field, and the place where a complaint about what was typed appears."""

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.shown import shown
from tui.widgets.field import Field


class LabelledField(Widget):
    """One line of a form. Enter goes on to the next one, and submits the form from its last field."""

    def __init__(
        self,
        label: str,
        *,
        id: str,  # noqa: A002
        password: bool = False,
        above: bool = False,
        last: bool = False,
        anew: bool = False,
    ) -> None:
        super().__init__(id=id, classes="-above" if above else "")
        self._anew = anew or password
        self._label = label
        self._refused = ""
        self.field = Field(password=password, id=f"{id}-field", select_on_focus=self._anew)
        self.field.goes_on = not last
        self._complaint: Static | None = None

    def compose(self) -> ComposeResult:
        yield Static(shown(self._label), classes="label")
        yield self.field

    @property
    def value(self) -> str:
        """What was typed."""
        return self.field.value

    @value.setter
    def value(self, text: str) -> None:
        self.field.value = text

    def complain(self, sentence: str) -> None:
        """Say below the field what is wrong with it, and put the cursor there.

        What is typed anew (a code, a password) is selected, so that typing replaces it.
        """
        if not self.is_attached:  # the line broke while the core was asked
            return
        self.accept()
        self._complaint = Static(shown(sentence), classes="complaint")
        self.mount(self._complaint)
        self.field.focus()
        if self._anew:
            self.field.action_select_all()
        else:
            self.field.action_end()
        self._refused = self.field.value

    @on(Input.Changed)
    def mend(self, event: Input.Changed) -> None:
        """What is being changed is not complained about any longer."""
        if event.value != self._refused:
            self.accept()

    def accept(self) -> None:
        """Take the complaint away."""
        if self._complaint is not None:
            self._complaint.remove()
            self._complaint = None

    def clear(self) -> None:
        """Forget what was typed."""
        self.field.clear()
