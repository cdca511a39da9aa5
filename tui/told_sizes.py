"""Tells every widget its size. Textual 8.2.8 leaves out those that asked for theirs before they were laid out.

Whoever asks has the whole screen laid out for the answer. The next layout compares with that one, finds nothing new,
and sends no Resize: a list on a tab that was just opened drew one line, one time in ten.
"""

from textual._compositor import Compositor, ReflowResult
from textual.geometry import Size
from textual.widget import Widget

_reflow = Compositor.reflow


def _reflow_and_tell(self: Compositor, parent: Widget, size: Size) -> ReflowResult:
    """Lay out, and name as shown or resized whatever differs from what widgets were told."""
    hidden = _reflow(self, parent, size).hidden
    told: dict[Widget, Size] = self.__dict__.get("_told_sizes", {})
    sizes = {widget: geometry.region.size for widget, geometry in self._full_map.items()}
    self.__dict__["_told_sizes"] = sizes
    return ReflowResult(
        hidden=hidden,
        shown=sizes.keys() - told.keys(),
        resized={widget for widget in sizes.keys() & told.keys() if sizes[widget] != told[widget]},
    )


def install() -> None:
    """Do so in every app of this process."""
    Compositor.reflow = _reflow_and_tell  # type: ignore[method-assign]
