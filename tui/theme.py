"""The console's own look: slate and one accent; red for danger alone, green for “safe now” alone."""

from textual.theme import Theme

DARK = Theme(
    name="bartizan-dark",
    primary="#5fb3d9",
    secondary="#3c6e88",
    accent="#5fb3d9",
    warning="#e0af68",
    error="#f7768e",
    success="#7fc98f",
    foreground="#d5dbe5",
    background="#12171f",
    surface="#1a212c",
    panel="#232c3a",
    dark=True,
    variables={
        "border": "#5fb3d9",
        "border-blurred": "#39465a",
        "input-cursor-background": "#d5dbe5",
        "input-cursor-foreground": "#12171f",
        "input-selection-background": "#3c6e88",
        "muted": "#8b98ab",
    },
)

LIGHT = Theme(
    name="bartizan-light",
    primary="#14638a",
    secondary="#5d93ae",
    accent="#14638a",
    warning="#8a5a00",
    error="#b3213d",
    success="#1f7a3a",
    foreground="#1d2733",
    background="#f6f7f9",
    surface="#ebeef2",
    panel="#dfe4ea",
    dark=False,
    variables={
        "border": "#14638a",
        "border-blurred": "#aab5c2",
        "input-cursor-background": "#1d2733",
        "input-cursor-foreground": "#f6f7f9",
        "input-selection-background": "#a9cbdc",
        "muted": "#566273",
    },
)
