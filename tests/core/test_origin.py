"""Where a console is, by whose word: what sshd says, what only somebody claims, and which of it makes a place."""

import base64
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.origin import LONGEST, FarEnd, Origin, seen_by_sshd

CONNECTION = "192.0.2.7 50122 198.51.100.1 22"
NOTHING = FarEnd()
ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKSm1G/nwgEoyjOkT+TL0IoBN5iVlxq8AcX9kThGtv4Y"
OLGA = Origin(host="bastion1", unix_user="olga", source="192.0.2.7", key="SHA256:" + "a" * 43)


def seen(connection: str = CONNECTION, auth: str = "", *, is_vouched: bool = True) -> FarEnd:
    return seen_by_sshd(connection, auth, is_vouched=is_vouched)


def made_key(directory: Path, *kind: str) -> Path:
    """A key pair of ssh-keygen's; the file of its public half."""
    file = directory / "key"
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-f", file, "-t", *kind], check=True)
    return file.with_name("key.pub")


def fingerprint_by_ssh_keygen(public: Path) -> str:
    said = subprocess.run(["ssh-keygen", "-lf", public], check=True, capture_output=True, text=True).stdout
    return said.split()[1]


def line_of(public: Path) -> str:
    """What sshd writes into the file of SSH_USER_AUTH: without the comment."""
    return f"publickey {' '.join(public.read_text().split()[:2])}\n"


KINDS = [
    ("ed25519",),
    ("rsa", "-b", "2048"),
    ("ecdsa", "-b", "256"),
    ("ecdsa", "-b", "384"),
    ("ecdsa", "-b", "521"),
]


@pytest.mark.parametrize("kind", KINDS, ids="".join)
def test_a_key_has_the_fingerprint_that_ssh_keygen_prints(tmp_path: Path, kind: tuple[str, ...]) -> None:
    public = made_key(tmp_path, *kind)

    assert seen(auth=line_of(public)) == FarEnd("192.0.2.7", fingerprint_by_ssh_keygen(public))


@pytest.mark.parametrize("kind", KINDS, ids="".join)
def test_a_certificate_has_the_fingerprint_of_its_key_so_that_a_new_one_changes_nothing(
    tmp_path: Path, kind: tuple[str, ...]
) -> None:
    (tmp_path / "authority").mkdir()
    made_key(tmp_path / "authority", "ed25519")
    public = made_key(tmp_path, *kind)
    of_key = fingerprint_by_ssh_keygen(public)

    for serial in ("1", "2"):
        authority = tmp_path / "authority" / "key"
        subprocess.run(["ssh-keygen", "-q", "-s", authority, "-I", "olga", "-z", serial, public], check=True)
        certificate = tmp_path / "key-cert.pub"

        assert "-cert-v01@openssh.com" in certificate.read_text()
        assert seen(auth=line_of(certificate)).key == of_key == fingerprint_by_ssh_keygen(certificate)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("sk-ssh-ed25519@openssh.com", (b"p" * 32, b"ssh:")),
        ("sk-ecdsa-sha2-nistp256@openssh.com", (b"nistp256", b"\4" + b"p" * 64, b"ssh:")),
    ],
)
def test_a_certificate_of_a_security_key_has_the_fingerprint_of_its_key(kind: str, fields: tuple[bytes, ...]) -> None:
    certified = kind.replace("@openssh.com", "-cert-v01@openssh.com")
    plain = _line(kind, kind.encode(), *fields)
    certificate = _line(certified, certified.encode(), b"nonce", *fields, b"serial", b"principals")

    assert seen(auth=certificate).key == seen(auth=plain).key != ""


@pytest.mark.parametrize(
    "auth",
    [
        f"publickey {ED25519}",
        f"publickey {ED25519}\n",
        f"keyboard-interactive/pam\npublickey {ED25519}\npassword\n",
        f"hostbased ssh-ed25519 AAAA client.example.com\npublickey {ED25519}\n",
        f"publickey {ED25519} and what a later sshd may add\n",
        f"publickey {ED25519}\npublickey ssh-ed25519 AAAA\n",
    ],
)
def test_the_first_key_that_was_accepted_counts_among_all_methods(auth: str) -> None:
    assert seen(auth=auth).key == seen(auth=f"publickey {ED25519}\n").key != ""


@pytest.mark.parametrize(
    "auth",
    [
        "",
        "password\n",
        f"hostbased {ED25519} olga client.example.com\n",
        ED25519,
        f"PUBLICKEY {ED25519}",
        f" publickey {ED25519}",
        "publickey",
        "publickey ssh-ed25519",
        "publickey ssh-ed25519 AAAA",
        "publickey ssh-ed25519 ====",
        f"publickey {ED25519[:-4]}",
        f"publickey {ED25519.replace('ssh-ed25519', 'ssh-rsa')}",
        f"publickey {ED25519.replace('ssh-ed25519', 'ssh-ed25519-cert-v01@openssh.com')}",
        f"publickey {ED25519}\N{ZERO WIDTH SPACE}",
        f"publickey {ED25519}\x1b[2J",
        f"publickey \udcff{ED25519}",
        f"publickey {ED25519} {'x' * LONGEST}",
        "\0" * 100,
    ],
)
def test_what_is_no_key_as_sshd_writes_it_says_nothing(auth: str) -> None:
    assert seen(auth=auth).key == ""


def test_a_certificate_that_is_cut_off_or_of_an_unknown_type_has_no_key() -> None:
    cut = "ssh-ed25519-cert-v01@openssh.com"
    unknown = "ssh-new-cert-v02@openssh.com"

    assert seen(auth=_line(cut, cut.encode(), b"nonce")).key == ""
    assert seen(auth=_line(unknown, unknown.encode(), b"nonce", b"key")).key == ""


@pytest.mark.parametrize(
    ("connection", "address"),
    [
        (CONNECTION, "192.0.2.7"),
        ("2001:db8::7 50122 2001:db8::1 22", "2001:db8::7"),
        ("2001:DB8:0:0::7 50122 2001:db8::1 22", "2001:db8::7"),
        ("fe80::7%eth0 50122 fe80::1%eth0 22", "fe80::7"),
        ("::ffff:192.0.2.7 50122 ::ffff:198.51.100.1 22", "192.0.2.7"),
    ],
)
def test_the_address_is_that_of_the_far_end_as_it_is_written_shortest(connection: str, address: str) -> None:
    assert seen(connection) == FarEnd(address)


@pytest.mark.parametrize(
    "connection",
    [
        "",
        "192.0.2.7",
        "UNKNOWN 65535 UNKNOWN 65535",
        "bastion.example.com 1 2 3",
        "192.0.2.7 (unverified) x y",
        "192.0.2.7\n1 2 3 4",
        "192.0.2.007 1 2 3",
        "192.0.2.7 1 2 3 4",
        "\x1b]0;x\7 1 2 3",
        "192.0.2.7\N{RIGHT-TO-LEFT OVERRIDE} 1 2 3",
        "\udcff 1 2 3",
        f"192.0.2.7 1 2 {'3' * LONGEST}",
    ],
)
def test_what_is_no_connection_as_sshd_tells_of_it_says_nothing(connection: str) -> None:
    assert seen(connection) == NOTHING
    assert seen(connection, is_vouched=False) == NOTHING


def test_in_an_account_that_nobody_vouches_for_the_address_is_marked_and_the_key_is_dropped() -> None:
    assert seen(auth=f"publickey {ED25519}", is_vouched=False) == FarEnd("192.0.2.7 (unverified)")


@given(connection=st.text(), auth=st.text(), is_vouched=st.booleans())
def test_no_text_makes_it_fail_or_gets_to_a_terminal(*, connection: str, auth: str, is_vouched: bool) -> None:
    for text in (auth, f"publickey {auth}", f"publickey ssh-rsa {auth}"):
        found = seen_by_sshd(connection, text, is_vouched=is_vouched)

        assert (found.source + found.key).isascii()
        assert (found.source + found.key).isprintable()


@given(st.binary(max_size=300))
def test_no_blob_makes_it_fail(blob: bytes) -> None:
    certified = "ssh-rsa-cert-v01@openssh.com"
    for kind, data in (("ssh-rsa", blob), (certified, blob), (certified, _field(certified.encode()) + blob)):
        assert len(seen(auth=f"publickey {kind} {base64.b64encode(data).decode()}").key) in {0, 50}


# Places


def test_who_has_the_key_is_at_the_same_place_wherever_he_is() -> None:
    at_home = replace(OLGA, terminal="pts/9", source="2001:db8::7")
    claims_to_be_elsewhere = replace(OLGA, source="")

    assert OLGA.place == at_home.place == claims_to_be_elsewhere.place


def test_who_has_not_got_the_key_is_not_there_from_the_same_desk_either() -> None:
    others = [replace(OLGA, key=""), replace(OLGA, key="SHA256:" + "b" * 43), replace(OLGA, unix_user="eve")]
    places = {OLGA.place, replace(OLGA, host="bastion2").place} | {each.place for each in others}

    assert len(places) == 5


def test_without_a_key_the_address_counts_of_ipv6_the_network() -> None:
    def place(source: str) -> tuple[str, ...]:
        return replace(OLGA, key="", source=source).place

    assert place("2001:db8:0:1::7") == place("2001:db8:0:1:ffff:ffff:ffff:ffff") != place("2001:db8:0:2::7")
    assert place("192.0.2.7") != place("192.0.2.8")


@pytest.mark.parametrize("claimed", [CONNECTION, "203.0.113.66 1 2 3", "2001:db8::7 1 2 3", "", "SHA256:aaaa"])
def test_what_is_only_claimed_makes_no_place_and_picks_none(claimed: str) -> None:
    """The attack: somebody in an account of his own says that he comes from where his victim always does."""
    far_end = seen_by_sshd(claimed, f"publickey {ED25519}", is_vouched=False)
    eve = Origin(host="bastion1", unix_user="eve", source=far_end.source, key=far_end.key)

    assert eve.place == ("bastion1", "eve")


def test_no_name_makes_one_place_of_two() -> None:
    def place(unix_user: str, source: str) -> tuple[str, ...]:
        return Origin(host="bastion1", unix_user=unix_user, source=source).place

    assert place("olga", "192.0.2.7") != place("olga network 192.0.2.7", "") != place("olga", "")


def _field(content: bytes) -> bytes:
    return len(content).to_bytes(4) + content


def _line(kind: str, *fields: bytes) -> str:
    return f"publickey {kind} {base64.b64encode(b''.join(map(_field, fields))).decode()}\n"
