"""Who may do what, on whom: the one table that decides, that documents, and that the tests go through cell by cell.

Every public function of every service stands here. Of people: o the contract owner, a another administrator, u a
user, s oneself. An administrator has the owner's rights, but touches neither the owner nor the contract. People,
groups and resources of other contracts answer like ones that are not there, and so do resources that the session may
not see.
"""

from dataclasses import dataclass

from core.errors import NotAllowed
from core.sessions import Acting
from data.tables import ADMINISTRATOR, OWNER, USER, Person

ANYBODY = {
    "registration.is_open",
    "registration.register",
    "login.sign_in",
}
"""Without a session."""

HALF_SIGNED_IN = {
    "login.give_code",
    "login.give_recovery_code",
    "enrolment.begin",
    "enrolment.prove",
    "enrolment.confirm",
    "enrolment.leave",
}
"""With half a login; the setup assistant with a session too."""

ON_HIMSELF = {
    "sessions.keep_alive",
    "sessions.sign_out",
    "account.account",
    "account.change_password",
    "second_factor.deactivate",
    "second_factor.new_recovery_codes",
    "support_pin.save",
    "proof.prove",
    "proof.check_password",
}
"""With a session, whatever the role; there is no way to name somebody else."""

ON_THE_HOST = {
    "registration.register_by_command",
    "registration.new_bootstrap_code",
    "audit.verify_all",
}
"""By the command, for the account that owns the database."""


@dataclass(frozen=True)
class OnPeople:
    """An act on somebody of the contract: how the audit tells it, and on whom which role may do it."""

    act: str
    owner: str
    administrator: str
    user: str = ""

    def allows(self, role: str, on: str) -> bool:
        """Whether somebody of this role may, on a person of this kind (s, o, a, u)."""
        return on in {OWNER: self.owner, ADMINISTRATOR: self.administrator, USER: self.user}.get(role, "")


ON_PEOPLE = {
    "people.details": OnPeople("see a person", "soau", "soau"),
    #                                               act                     owner   administrator
    "forcing.force_people": OnPeople("force 2-factor", "au", "au"),
    "forcing.release_people": OnPeople("stop forcing 2-factor", "au", "au"),
    "standing.rename": OnPeople("rename a person", "sau", "sau"),
    "standing.make_administrator": OnPeople("make an administrator", "au", "au"),
    "standing.make_user": OnPeople("make a user of an administrator", "au", "au"),
    "standing.activate": OnPeople("activate a person", "au", "au"),
    "standing.deactivate": OnPeople("deactivate a person", "au", "au"),
    "standing.delete": OnPeople("delete a person", "au", "au"),
    "rescue.reset_second_factor": OnPeople("reset 2-factor", "au", "au"),
    "rescue.unlock": OnPeople("unlock a person", "au", "au"),
    "rescue.end_sessions": OnPeople("end sessions", "au", "au"),
}


@dataclass(frozen=True)
class OnContract:
    """An act on the contract as a whole, or on one of its groups."""

    act: str
    roles: tuple[str, ...] = (OWNER, ADMINISTRATOR)


ON_CONTRACT = {
    "forcing.force_group": OnContract("force 2-factor for a group"),
    "forcing.release_group": OnContract("stop forcing 2-factor for a group"),
    "people.page": OnContract("see the people"),
    "people.count": OnContract("see the people"),
    "people.adoption": OnContract("see the people"),
}


def kind_of(who: Acting, target: Person) -> str:
    """Which of the table's letters a person is, for somebody who acts."""
    return "s" if target.id == who.person.id else target.role[0]


def ask_on_person(function: str, who: Acting, target: Person) -> None:
    """Let an act on a person pass.

    Raises:
        NotAllowed: the table does not.
    """
    rule = ON_PEOPLE[function]
    if not rule.allows(who.person.role, kind_of(who, target)):
        raise NotAllowed(rule.act, on_owner=target.role == OWNER and who.person.role == ADMINISTRATOR)


def ask_on_contract(function: str, who: Acting) -> None:
    """Let an act on the contract pass.

    Raises:
        NotAllowed: the table does not.
    """
    rule = ON_CONTRACT[function]
    if who.person.role not in rule.roles:
        raise NotAllowed(rule.act)


def words_of(function: str) -> str:
    """How the audit tells a function of the table."""
    return (ON_PEOPLE.get(function) or ON_CONTRACT[function]).act
