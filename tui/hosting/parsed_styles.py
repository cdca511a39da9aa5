"""Style sheets that are parsed once for all consoles of a process; Textual parses them for each anew.

What a sheet comes to depends on the variables of the theme, so those who share have the same ones.
"""

from typing import Any

from textual.app import App
from textual.cache import LRUCache
from textual.css.model import RuleSet

_SHEETS = 512
"""More than there are; what is not kept is only parsed again."""

Key = tuple[Any, ...]
Parsed = LRUCache[Key, list[RuleSet]]

_shared: dict[frozenset[tuple[str, str]], Parsed] = {}


class Shared:
    """What one app sees of the parsed sheets. When it takes other variables, it goes on alone."""

    def __init__(self, parsed: Parsed) -> None:
        self._parsed = parsed

    def __getitem__(self, key: Key) -> list[RuleSet]:
        """The rules of a sheet; KeyError if nobody has parsed it yet."""
        return self._parsed[key]

    def __setitem__(self, key: Key, rules: list[RuleSet]) -> None:
        self._parsed[key] = rules

    def clear(self) -> None:
        """Forget, as an app does whose variables have changed; nobody else's are touched."""
        self._parsed = LRUCache(_SHEETS)


def share(app: App[Any]) -> None:
    """Let an app, which does not run yet, use what others with the same variables have parsed."""
    variables = frozenset(app.get_css_variables().items())
    app.stylesheet._parse_cache = Shared(_shared.setdefault(variables, LRUCache(_SHEETS)))  # type: ignore[assignment]
