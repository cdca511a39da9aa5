"""The button of the console: one line high, with a short style sheet; Textual's own costs a tenth of the start."""

from textual import widgets


class Button(widgets.Button, inherit_css=False):
    """A button that Enter and Space press."""

    DEFAULT_CSS = """
    Button {
        width: auto; height: 1; line-pad: 1; padding: 0 2; text-align: center;
        background: $panel; color: $foreground;
        &:hover { background: $secondary; }
        &.-primary { background: $secondary; }
        &:focus { background: $accent; color: $background; text-style: bold; }
    }
    """

    def on_mount(self) -> None:
        # Textual animates a press for 0.2 s and takes no other meanwhile: a quick second Enter would be lost.
        self.active_effect_duration = 0
