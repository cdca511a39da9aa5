"""Random tokens that a console holds and the database knows only as hashes."""

import hashlib
import secrets

_TOKEN_BYTES = 32


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What the database keeps of a token; it has too many bits to be guessed from this."""
    return hashlib.sha256(token.encode()).hexdigest()
