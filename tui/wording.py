"""Words that several screens use, to the letter of the source text."""

MENU = ("Home", "Resource Manager", "Account Management", "Help", "Lock", "Sign out")
AGENTS_MENU = ("Support Desk", "Account Management", "Help", "Lock", "Sign out")

_ROLES = {
    "owner": "Contract owner",
    "administrator": "Administrator",
    "user": "User",
    "support_agent": "Support agent",
}

OWNER = "owner"
AGENT = "support_agent"

MANAGING = frozenset({"owner", "administrator"})
"""The roles that find the User Manager and the groups."""


def role_name(role: str) -> str:
    """A role as people read it."""
    return _ROLES[role]


def menu_of(role: str) -> tuple[str, ...]:
    """The choices of the menu bar; an agent finds the support desk and his own account."""
    return AGENTS_MENU if role == AGENT else MENU
