"""Where the console's own process runs, as it tells the audit."""

import os
import pwd
from pathlib import Path

from cli.console import origin_of

ME = pwd.getpwuid(os.getuid()).pw_name
KEY = "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKSm1G/nwgEoyjOkT+TL0IoBN5iVlxq8AcX9kThGtv4Y\n"


def environment(directory: Path, auth: str = KEY) -> dict[str, str]:
    file = directory / "auth"
    file.write_text(auth)
    return {"SSH_CONNECTION": "192.0.2.7 50122 198.51.100.1 22", "SSH_USER_AUTH": str(file)}


def test_what_the_environment_says_is_a_claim_unless_the_account_is_vouched_for(tmp_path: Path) -> None:
    origin = origin_of(environment(tmp_path), vouched={"somebody-else"})

    assert (origin.unix_user, origin.source, origin.key) == (ME, "192.0.2.7 (unverified)", "")


def test_in_an_account_that_is_vouched_for_address_and_key_are_sshds_word(tmp_path: Path) -> None:
    origin = origin_of(environment(tmp_path), vouched={ME})

    assert (origin.source, origin.key[:7], len(origin.key)) == ("192.0.2.7", "SHA256:", 50)


def test_a_file_that_is_not_there_or_is_no_text_leaves_the_address_alone(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    Path(environ["SSH_USER_AUTH"]).write_bytes(b"publickey \xff\xfe")
    missing = environ | {"SSH_USER_AUTH": str(tmp_path / "nothing")}

    for each in (environ, missing, {"SSH_CONNECTION": environ["SSH_CONNECTION"]}):
        origin = origin_of(each, vouched={ME})
        assert (origin.source, origin.key) == ("192.0.2.7", "")


def test_without_ssh_there_is_no_far_end() -> None:
    assert (origin_of({}, vouched={ME}).source, origin_of({}).source) == ("", "")
