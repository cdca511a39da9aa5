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


@dataclass(frozen=True)
class HostUser:
    """Who runs a command on the host, beyond the account that it runs as."""

    login_user: str = ""
    """The Unix user who logged in, by the kernel's own book, which sudo does not change."""

    sudo_user: str = ""
    """The user whom sudo names. Whoever is root can say what he likes there."""

    def facts(self) -> dict[str, str]:
        """What is known of him, for the audit."""
        users = {"login user": self.login_user, "sudo user (as claimed)": self.sudo_user}
        return {name: user for name, user in users.items() if user}


UNKNOWN = HostUser()
"""Whoever it was."""
