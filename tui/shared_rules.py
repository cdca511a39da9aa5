"""Style rules that all consoles of a process share: what one has parsed, no other parses again or keeps twice."""

from collections.abc import Hashable
from typing import Any

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

_parsed: LRUCache[Hashable, list[RuleSet]] = LRUCache(512)
"""By the text, where it stands, what it is for, and the variables of the theme. Nobody changes rules once they are
parsed: Textual itself keeps them for all widgets of an app."""


class SharedStylesheet(Stylesheet):
    """As Textual's, which parses the same text anew for each app: 23 ms and 0.3 MB for a console."""

    def __init__(self, *, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._theme = frozenset(variables.items())

    def set_variables(self, variables: dict[str, str]) -> None:
        """Set the variables of a theme."""
        super().set_variables(variables)
        self._theme = frozenset(variables.items())

    def copy(self) -> Stylesheet:
        """Another one like this."""
        sheet = SharedStylesheet(variables=self._variables)
        sheet.source = self.source.copy()
        return sheet

    def reparse(self) -> None:
        """Take the rules as they read with the variables of now."""
        fresh = self.copy()
        fresh.parse()
        self._rules, self._rules_map, self._require_parse = fresh.rules, None, False

    def _parse_rules(self, css: str, read_from: CSSLocation, *args: Any, **named: Any) -> list[RuleSet]:
        key = (css, read_from, args, frozenset(named.items()), self._theme)
        rules = _parsed.get(key)
        if rules is None:
            rules = _parsed[key] = super()._parse_rules(css, read_from, *args, **named)
        return rules
