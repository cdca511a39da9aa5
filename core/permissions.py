"""Who may do what, on whom: the one table that decides, that documents, and that the tests go through cell by cell.

Every public function of every service stands here. Of people: o the contract owner, a another administrator, u a
user, s oneself. An administrator has the owner's rights, but touches neither the owner nor the contract. People,
groups and resources of other contracts answer like ones that are not there, and so do resources that the session may
not see.
"""

from collections.abc import Collection
from dataclasses import dataclass

from core.errors import NotAllowed
from core.sessions import Acting
from data.tables import ADMINISTRATOR, OWNER, SUPPORT_AGENT, USER, Person

ANYBODY = {
    "registration.is_open",
    "registration.register",
    "login.sign_in",
    "forgotten.ask",
    "invitations.set_password",
    "factor_resets.stop_with_code",
}
"""Without a session."""

HALF_SIGNED_IN = {
    "login.give_code",
    "login.give_recovery_code",
    "login.use_reset",
    "enrolment.begin",
    "enrolment.prove",
    "enrolment.confirm",
    "enrolment.leave",
}
"""With half a login; the setup assistant with a session too."""

ON_HIMSELF = {
    "sessions.keep_alive",
    "sessions.sign_out",
    "sessions.stands",
    "sessions.lock",
    "sessions.unlock",
    "sessions.own",
    "sessions.end_one",
    "sessions.end_others",
    "account.account",
    "account.change_password",
    "second_factor.deactivate",
    "second_factor.new_recovery_codes",
    "support_pin.save",
    "proof.prove",
    "proof.check_password",
    "email_change.confirm",
    "email_change.waiting",
    "ownership.accept",
    "ownership.decline",
    "ownership.offered",
    "visits.since_last",
    "visits.acknowledge",
    "activity.page",
    "own_calls.heard",
    "own_calls.end",
    "own_calls.new_call_code",
    "factor_resets.stop",
}
"""With a session, whatever the role; there is no way to name somebody else."""

ON_THE_HOST = {
    "registration.register_by_command",
    "registration.new_bootstrap_code",
    "audit.verify_all",
    "host_clock.look",
    "host_clock.accept",
    "host_rescue.find",
    "host_rescue.rescue",
    "host_rescue.rescue_without_second_factor",
    "host_rescue.unlock",
    "mail.deliver_due",
    "mail.send_test",
    "agents.create",
    "agents.all",
    "agents.deactivate",
    "agents.activate",
    "sessions.end_of_worker",
    "sessions.end_of_other_runs",
    "own_calls.heard_all",
}
"""By the command or the console host, for the account that owns the database."""


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
    "members.of_person": OnPeople("see the groups of a person", "soau", "soau"),
    "standing.rename": OnPeople("rename a person", "sau", "sau"),
    "standing.make_administrator": OnPeople("make an administrator", "au", "au"),
    "standing.make_user": OnPeople("make a user of an administrator", "au", "au"),
    "standing.activate": OnPeople("activate a person", "au", "au"),
    "standing.deactivate": OnPeople("deactivate a person", "au", "au"),
    "standing.delete": OnPeople("delete a person", "au", "au"),
    "invitations.invite_again": OnPeople("issue activation code", "au", "au"),
    "invitations.issue_reset_code": OnPeople("issue reset code", "au", "au"),
    "email_change.ask": OnPeople("ask for another e-mail", "sau", "sau", "s"),
    "email_change.withdraw": OnPeople("withdraw a change of e-mail", "sau", "sau", "s"),
    "ownership.offer": OnPeople("offer the contract", "au", ""),
    "rescue.reset_second_factor": OnPeople("reset 2-factor", "au", "au"),
    "rescue.unlock": OnPeople("unlock a person", "au", "au"),
    "sight.resources": OnPeople("see what a person sees", "soau", "soau"),
    "rescue.end_sessions": OnPeople("end sessions", "au", "au"),
    "rescue.sessions": OnPeople("see a person's sessions", "au", "au"),
    "rescue.end_session": OnPeople("end session", "au", "au"),
    "factor_resets.stop_for": OnPeople("stop a reset of 2-factor", "au", "au"),
    "forecast.of_forcing": OnPeople("force 2-factor", "au", "au"),
    "forecast.of_adding": OnPeople("add members to a group", "soau", "soau"),
    "forecast.of_removing": OnPeople("remove members from a group", "soau", "soau"),
    "forecast.of_deactivating": OnPeople("deactivate a person", "au", "au"),
    "forecast.of_deleting": OnPeople("delete a person", "au", "au"),
    "forecast.of_resetting": OnPeople("reset 2-factor", "au", "au"),
    "forecast.of_demoting": OnPeople("make a user of an administrator", "au", "au"),
}


DESK, CALL, TICKET, COLLEAGUE = "desk", "call", "ticket", "colleague"


@dataclass(frozen=True)
class OnCallers:
    """An act of a support agent: how the audit tells it, and within what he may do it.

    DESK: at any time. CALL: in a call of his own that is open. TICKET: in one in which the caller has proved who he is,
    once. COLLEAGUE: within another agent's ticket, once.
    """

    act: str
    within: str


ON_CALLERS = {
    "support_desk.open_call": OnCallers("open a support call", DESK),
    "support_desk.current": OnCallers("see the support call", DESK),
    "support_desk.look": OnCallers("see the support call", CALL),
    "support_desk.check_caller": OnCallers("check a caller", CALL),
    "support_desk.end_call": OnCallers("end a support call", CALL),
    "tickets.unlock": OnCallers("unlock a caller", TICKET),
    "tickets.send_reset_code": OnCallers("send a caller a reset code", TICKET),
    "tickets.end_sessions": OnCallers("end a caller's sessions", TICKET),
    "tickets.ask_factor_reset": OnCallers("ask for a reset of 2-factor", TICKET),
    "factor_resets.waiting": OnCallers("see the resets of 2-factor that wait", DESK),
    "factor_resets.approve": OnCallers("approve a reset of 2-factor", COLLEAGUE),
    "factor_resets.decline": OnCallers("decline a reset of 2-factor", DESK),
}
"""For support agents, and for nobody else."""


@dataclass(frozen=True)
class OnContract:
    """An act on the contract as a whole, or on one of its groups."""

    act: str
    roles: tuple[str, ...] = (OWNER, ADMINISTRATOR)


ON_CONTRACT = {
    "forcing.force_group": OnContract("force 2-factor for a group"),
    "forcing.release_group": OnContract("stop forcing 2-factor for a group"),
    "invitations.invite": OnContract("invite a person"),
    "people_import.check": OnContract("import people"),
    "people_import.keep_good": OnContract("import people"),
    "people_import.all_or_nothing": OnContract("import people"),
    "exports.people": OnContract("export the people"),
    "ownership.withdraw": OnContract("withdraw the offer of the contract", (OWNER,)),
    "groups.page": OnContract("see the groups"),
    "groups.count": OnContract("see the groups"),
    "groups.details": OnContract("see the groups"),
    "groups.shares": OnContract("see the groups"),
    "groups.create": OnContract("create a group"),
    "groups.rename": OnContract("rename a group"),
    "groups.delete": OnContract("delete a group"),
    "groups.set_privileges": OnContract("change a group's privileges"),
    "members.page": OnContract("see the members of a group"),
    "members.count": OnContract("see the members of a group"),
    "members.add": OnContract("add people to a group"),
    "members.remove": OnContract("remove people from a group"),
    "people.page": OnContract("see the people"),
    "people.count": OnContract("see the people"),
    "people.adoption": OnContract("see the people"),
    "contract_calls.page": OnContract("see the support calls"),
    "forecast.of_forcing_group": OnContract("force 2-factor for a group"),
    "forecast.of_adding": OnContract("add members to a group"),
    "forecast.of_removing": OnContract("remove members from a group"),
    "forecast.of_dissolving": OnContract("delete a group"),
}


@dataclass(frozen=True)
class OnResource:
    """An act on a resource that the session sees: how the audit tells it, and by which rights (any one) it is done.

    o as the contract owner, a as an administrator, c as its creator, e or s by a group whose share has edit_privilege
    or share_privilege, m by whatever else lets somebody see it; p by a group with create_data_center or
    create_snapshot, whichever it takes.
    """

    act: str
    rights: str
    with_edit: str = ""
    """Where edit_privilege is given or taken, one of these too: nobody passes on more than he has."""


ON_RESOURCES = {
    #                                    act                                       rights    with edit
    "resources.page": OnResource("see data centers and snapshots", "oacesm"),
    "resources.count": OnResource("see data centers and snapshots", "oacesm"),
    "resources.details": OnResource("see a resource", "oacesm"),
    "resources.may_create": OnResource("see what one may create", "oacesm"),
    "resources.create": OnResource("create a resource", "oap"),
    "resource_import.check": OnResource("import resources", "oap"),
    "resource_import.keep_good": OnResource("import resources", "oap"),
    "resource_import.all_or_nothing": OnResource("import resources", "oap"),
    "exports.resources": OnResource("export data centers and snapshots", "oacesm"),
    "resources.rename": OnResource("rename a resource", "oace"),
    "resources.delete": OnResource("delete a resource", "oac"),
    "resources.protect": OnResource("protect a resource with 2-factor", "oa"),
    "forecast.of_protecting": OnResource("protect a resource with 2-factor", "oa"),
    "forecast.of_unsharing": OnResource("take a resource from a group", "oa"),
    "resources.unprotect": OnResource("stop protecting a resource with 2-factor", "oa"),
    "shares.of_resource": OnResource("see with whom a resource is shared", "oacs"),
    "shares.groups": OnResource("see with whom a resource can be shared", "oacs"),
    "shares.share": OnResource("share a resource", "oacs", "oace"),
    "shares.unshare": OnResource("stop sharing a resource", "oacs", "oace"),
    "sight.people": OnResource("see who sees a resource", "oa"),
    "sight.counts": OnResource("see who sees a resource", "oa"),
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
        on_owner = target.role == OWNER and who.person.role == ADMINISTRATOR
        on_self = target.id == who.person.id and who.person.role in {OWNER, ADMINISTRATOR}
        raise NotAllowed(rule.act, on_owner=on_owner, on_self=on_self)


def ask_on_callers(function: str, who: Acting) -> None:
    """Let an act of a support agent pass, who has proved a second factor.

    Raises:
        NotAllowed: whoever acts is no agent, or has not.
    """
    if who.person.role != SUPPORT_AGENT or not who.proved_factor:
        raise NotAllowed(ON_CALLERS[function].act)


def ask_on_contract(function: str, who: Acting) -> None:
    """Let an act on the contract pass.

    Raises:
        NotAllowed: the table does not.
    """
    rule = ON_CONTRACT[function]
    if who.person.role not in rule.roles:
        raise NotAllowed(rule.act)


def allows_on_resource(function: str, who: Acting, rights: Collection[str]) -> bool:
    """Whether the role, or one of the `rights` that somebody has by himself or by his groups, is enough."""
    return not _letters(who, rights).isdisjoint(ON_RESOURCES[function].rights)


def ask_on_resource(function: str, who: Acting, rights: Collection[str]) -> None:
    """Let an act on a resource that is seen pass.

    Raises:
        NotAllowed: the table does not.
    """
    if not allows_on_resource(function, who, rights):
        raise NotAllowed(ON_RESOURCES[function].act)


def ask_about_edit(function: str, who: Acting, rights: Collection[str]) -> None:
    """Let an act on a share pass that gives, takes or changes edit_privilege.

    Raises:
        NotAllowed: the table does not.
    """
    if _letters(who, rights).isdisjoint(ON_RESOURCES[function].with_edit):
        raise NotAllowed("give or take the right to edit")


def _letters(who: Acting, rights: Collection[str]) -> set[str]:
    """What somebody has by role and otherwise. Agents have nothing by role: their s would be share_privilege."""
    return {*rights} | ({who.person.role[0]} if who.person.role in {OWNER, ADMINISTRATOR, USER} else set())


def words_of(function: str) -> str:
    """How the audit tells a function of the tables."""
    found = ON_PEOPLE.get(function) or ON_RESOURCES.get(function) or ON_CALLERS.get(function)
    return (found or ON_CONTRACT[function]).act
