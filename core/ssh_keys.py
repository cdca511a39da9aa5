"""Fingerprints of the keys that sshd has accepted, as `ssh-keygen -lf` prints them.

The file of SSH_USER_AUTH has a line for each method that was passed, "publickey", the key's type and its blob in base64
(sshd_config(5), ExposeAuthInfo). A blob is fields, each after its length in four bytes, and begins with the type (RFC
4253, 6.6). A certificate has the fields of its key behind a nonce (OpenSSH, PROTOCOL.certkeys and PROTOCOL.u2f).
"""

import base64
import hashlib

_CERTIFIED = {
    "ssh-rsa-cert-v01@openssh.com": ("ssh-rsa", 2),
    "ssh-dss-cert-v01@openssh.com": ("ssh-dss", 4),
    "ssh-ed25519-cert-v01@openssh.com": ("ssh-ed25519", 1),
    "ecdsa-sha2-nistp256-cert-v01@openssh.com": ("ecdsa-sha2-nistp256", 2),
    "ecdsa-sha2-nistp384-cert-v01@openssh.com": ("ecdsa-sha2-nistp384", 2),
    "ecdsa-sha2-nistp521-cert-v01@openssh.com": ("ecdsa-sha2-nistp521", 2),
    "sk-ssh-ed25519-cert-v01@openssh.com": ("sk-ssh-ed25519@openssh.com", 2),
    "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com": ("sk-ecdsa-sha2-nistp256@openssh.com", 3),
}
"""The type of the key in a certificate, and how many fields it has."""


def accepted_key(auth: str) -> str:
    """The fingerprint of the first key with which somebody passed; "" where there is none that can be read.

    Of a certificate it is that of the key in it: a new certificate for the same key leaves it as it is. A certificate
    of a type that is not known here has none.
    """
    for line in auth.splitlines():
        method, _, rest = line.partition(" ")
        if method == "publickey":
            kind, _, encoded = rest.partition(" ")
            return _fingerprint(kind, encoded.partition(" ")[0])
    return ""


def _fingerprint(kind: str, encoded: str) -> str:
    try:
        blob = base64.b64decode(encoded, validate=True)
        named = kind.encode("ascii")
    except ValueError:
        return ""
    if kind not in _CERTIFIED:
        key = blob if _fields(blob, 2)[:1] == [named] and "-cert-v" not in kind else b""
    else:
        plain, count = _CERTIFIED[kind]
        found, _nonce, *of_key = _fields(blob, 2 + count) or [b"", b""]
        fields = [plain.encode(), *of_key] if found == named else []
        key = b"".join(len(field).to_bytes(4) + field for field in fields)
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=") if key else ""


def _fields(blob: bytes, count: int) -> list[bytes]:
    """The first fields of a blob; none if there are not so many."""
    fields: list[bytes] = []
    at = 0
    for _ in range(count):
        begins = at + 4
        at = begins + int.from_bytes(blob[at:begins])
        if begins > len(blob) or at > len(blob):
            return []
        fields.append(blob[begins:at])
    return fields
