"""The filters of a list in one line, the chosen one marked; in its place, what is ticked."""

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget


class FilterLine(Widget):
    """Shows all filters if there is room, otherwise the chosen one."""

    DEFAULT_CSS = """
    FilterLine { height: 1; width: 1fr; color: $muted; }
    """

    at: reactive[str] = reactive("")
    told: reactive[str] = reactive("")

    def __init__(self, names: tuple[str, ...], *, at: str) -> None:
        super().__init__()
        self._names = names
        self.set_reactive(FilterLine.at, at)

    def tell(self, text: str) -> None:
        """Say this in place of the filters; nothing brings them back."""
        self.told = text

    def render(self) -> Text:
        if self.told:
            return Text(self.told, style="bold", no_wrap=True, overflow="ellipsis", end="")
        line = Text("v ", no_wrap=True, overflow="ellipsis", end="")
        for name in self._names:
            line.append(*((f"[{name}]", "bold") if name == self.at else (f" {name} ", "")))
        if line.cell_len > self.content_size.width:
            return Text.assemble("v ", (f"[{self.at}]", "bold"), no_wrap=True, end="")
        return line
