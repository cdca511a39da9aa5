"""Where a console runs: told with every act, so that the audit can say from where, and by which places are told apart.

The host and the Unix user are the kernel's word. Address and key are sshd's, but reach us through a process of that
Unix user. They are believed where that process can be nothing but ours, since sshd lets nothing else run in the
account (`Settings.vouched_accounts`); anybody else could tell what he likes. There a key is worth nothing and is
dropped, and the address is kept for whoever reads the audit, marked as unverified.
"""

from dataclasses import asdict, dataclass

UNVERIFIED = " (unverified)"
LONGEST = 64 * 1024
"""Characters of what is handed over; sshd writes some hundred."""

_NETWORK_BITS = 64
"""Of an IPv6 address. The others its host chooses as it likes, and changes every day (RFC 8981)."""


@dataclass(frozen=True)
class Origin:
    """Where somebody is."""

    host: str = ""
    terminal: str = ""
    unix_user: str = ""
    source: str = ""
    """The address at the far end of the SSH connection."""

    key: str = ""
    """The fingerprint of the SSH key that opened the account, "SHA256:…"; never one that is only claimed."""

    worker: str = ""
    """Which process of the console host it is, if it is one: for what is to end with that process, and no fact of where
    somebody is."""

    def facts(self) -> dict[str, str]:
        """What is known of it, for the audit."""
        return {name: value for name, value in asdict(self).items() if value and name != "worker"}

    @property
    def place(self) -> tuple[str, ...]:
        """What tells this place from others, as far as somebody vouches for it; the terminal changes every time.

        Host and Unix user, and with them the key. Where none was accepted, the address: of IPv6 the network. Who has
        the key is at the same place wherever he is: sshd saw him sign with it, while an address only says on which way
        he came, which he shares with others and which changes as he travels. And nobody without the key is there, the
        neighbour behind the same router included.

        What is only claimed makes no place and picks none. Whoever shares a Unix user that is not vouched for
        shares the place.
        """
        if self.key:
            return self.host, self.unix_user, "key", self.key
        network = "" if self.source.endswith(UNVERIFIED) else _network(self.source)
        return (self.host, self.unix_user, "network", network) if network else (self.host, self.unix_user)


@dataclass(frozen=True)
class FarEnd:
    """What an origin says of the far end; see there."""

    source: str = ""
    key: str = ""


def seen_by_sshd(connection: str, auth: str, *, is_vouched: bool) -> FarEnd:
    """What SSH_CONNECTION ("address port address port") and the file of SSH_USER_AUTH say of the far end.

    Both may be anybody's text. What is not as sshd writes it, or too long, says nothing.
    """
    address = _address(connection) if len(connection) <= LONGEST else ""
    if not is_vouched:
        return FarEnd(f"{address}{UNVERIFIED}" if address else "")
    from core.ssh_keys import accepted_key

    return FarEnd(address, accepted_key(auth) if len(auth) <= LONGEST else "")


def _address(connection: str) -> str:
    match connection.split(" "):
        case [address, port, _, _] if port.isascii() and port.isdigit():
            return _parsed(address)
        case _:
            return ""


def _parsed(text: str) -> str:
    """An address as it is written shortest, without the name of an interface; "" for what is none."""
    from ipaddress import IPv6Address, ip_address

    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _network(source: str) -> str:
    from ipaddress import IPv6Network

    address = _parsed(source)
    return str(IPv6Network((address, _NETWORK_BITS), strict=False)) if ":" in address else address


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
