"""The console's button."""

from textual.app import App, ComposeResult

from tui.widgets.button import Button


class Counting(App[None]):
    """Counts how often its one button was pressed."""

    pressed = 0

    def compose(self) -> ComposeResult:
        yield Button("Press")

    def on_button_pressed(self) -> None:
        self.pressed += 1


async def test_every_press_counts_however_quick() -> None:
    app = Counting()
    async with app.run_test() as pilot:
        button = app.query_one(Button)
        for _ in range(5):
            await button.run_action("press")
        await pilot.pause()

    assert app.pressed == 5
