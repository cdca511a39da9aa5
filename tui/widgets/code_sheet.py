"""Ten recovery codes in two columns, numbered, for copying by hand."""

from rich.text import Text

from tui.widgets.secret import SecretText


class CodeSheet(SecretText):
    """Shows the codes until it is told to forget them."""

    DEFAULT_CSS = """
    CodeSheet { height: auto; width: auto; }
    """

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__(_in_columns(codes), id="code-sheet")

    def forget(self) -> None:
        """Clear the codes, and keep nothing of them."""
        self.update("")


def _in_columns(codes: tuple[str, ...]) -> Text:
    half = (len(codes) + 1) // 2
    sheet = Text()
    for row in range(half):
        for number in (row, row + half):
            if number < len(codes):
                sheet.append(f"{number + 1:>2} ", style="dim")
                sheet.append(f"{codes[number]}  ", style="bold")
        sheet.append("\n")
    sheet.rstrip()
    return sheet
