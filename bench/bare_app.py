"""The yardstick: a bare Textual app of two inputs."""

from textual.app import App, ComposeResult
from textual.widgets import Input


class BareApp(App[None]):
    """Nothing but an e-mail and a password."""

    def compose(self) -> ComposeResult:
        yield Input(placeholder="E-mail")
        yield Input(placeholder="Password", password=True)


if __name__ == "__main__":
    BareApp().run()
