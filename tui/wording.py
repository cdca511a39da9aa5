"""Words that several screens use, to the letter of the source text."""

MENU = ("Home", "Account Management", "Help", "Sign out")

_ROLES = {
    "owner": "Contract owner",
    "administrator": "Administrator",
    "user": "User",
    "support_agent": "Support agent",
}


def role_name(role: str) -> str:
    """A role as people read it."""
    return _ROLES[role]
