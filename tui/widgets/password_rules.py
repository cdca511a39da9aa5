"""Under a new password: its strength, and which rules are still unmet, while it is typed."""

from rich.text import Text
from textual.widgets import Static

from core.password_policy import NO_NAME, PasswordPolicy, rules, strength

_STRENGTH = ("very weak", "weak", "fair", "good", "strong")


class PasswordRules(Static):
    """One mark a rule: ✓ is met, ✗ is not yet. Marks and words, so that nothing is told by colour alone."""

    DEFAULT_CSS = """
    PasswordRules { height: auto; }
    """

    def __init__(self, *, id: str, of_somebody: bool = True) -> None:  # noqa: A002
        """`of_somebody`: whose password it is, is known; else the rule about names cannot be judged and is left out."""
        super().__init__(id=id)
        self._of_somebody = of_somebody
        self._policy = PasswordPolicy()
        self._personal: tuple[str, ...] = ()

    def on_mount(self) -> None:
        self.show("")

    def judge_by(self, policy: PasswordPolicy, personal: tuple[str, ...]) -> None:
        """Take the rules of a contract and the words of a person."""
        self._policy, self._personal = policy, personal

    def show(self, password: str) -> None:
        """Judge a password as it stands."""
        colours = self.app.theme_variables
        text = Text(
            f"Strength: {_STRENGTH[strength(password, personal=self._personal)] if password else ''}\n",
            style="bold",
            no_wrap=True,
        )
        judged = rules(self._policy, password, personal=self._personal)
        for number, rule in enumerate(rule for rule in judged if self._of_somebody or rule.words != NO_NAME):
            met = rule.met and bool(password)
            mark = ("✓" if met else "✗") if password else "·"
            style = colours["success"] if met else colours["muted"]
            text.append(f"{mark} {rule.words:<20}", style=f"not bold {style}")
            text.append("\n" if number % 2 else "")
        text.rstrip()
        self.update(text)
