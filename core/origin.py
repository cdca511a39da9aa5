"""Where a console runs: told with every act, so that the audit can say from where."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Origin:
    """The host of the console, its terminal, its Unix user, and the far end that SSH reports, unverified."""

    host: str = ""
    terminal: str = ""
    unix_user: str = ""
    source: str = ""

    def facts(self) -> dict[str, str]:
        """What is known of it, for the audit."""
        return {name: value for name, value in asdict(self).items() if value}
