"""What the User Manager tells of a person, in words before symbols."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from core.wording import moment
from tui.shown import shown, shown_plain
from tui.times import told
from tui.wording import role_name

if TYPE_CHECKING:
    from datetime import datetime

    from core.mail.outbox import WaitingMail
    from core.ownership import Offer
    from core.people import PersonRow
    from core.person_details import PersonDetails
    from core.throttle import Lock

_SHORT_ROLES = {"owner": "Owner", "administrator": "Admin", "user": "User"}
_NAMES_ROOM = 120
_OFF = "\u2013 off"


def short_role(role: str) -> str:
    """A role in a column of seven cells."""
    return _SHORT_ROLES.get(role, role)


def second_factor(row: PersonRow) -> Text:
    """The 2-Factor column."""
    if row.second_factor:
        return Text("✓ on", "good")
    return Text("! forced", "careful") if row.forced else Text(_OFF, "muted")


def state(row: PersonRow) -> Text:
    """The State column: nothing where somebody simply can sign in."""
    if not row.active:
        return Text("inactive", "muted")
    if row.locked_until is not None:
        return Text("locked", "danger")
    return Text("invited", "careful") if row.invited else Text("")


def facts(person: PersonDetails, *, offer: Offer | None, now: datetime) -> Table:
    """The lines of the details: each label muted, what is told beside it, and below itself where it is long."""
    lines = Table.grid()
    lines.add_column(width=12, style="dim")
    lines.add_column()
    for label, words, style in _facts(person, offer, now):
        lines.add_row(label, Text(shown_plain(words), style))
    return lines


def headline(person: PersonDetails) -> Text:
    """Whose details these are."""
    return Text.assemble(shown(person.email), f" · {role_name(person.role)}")


def _facts(person: PersonDetails, offer: Offer | None, now: datetime) -> Iterable[tuple[str, str, str]]:
    if person.second_factor_since:
        yield "2-Factor", f"✓ on, since {told(person.second_factor_since, now=now)}", ""
    else:
        yield "2-Factor", "! forced, not set up yet" if person.forced else _OFF, "bold" if person.forced else ""
    if person.factor_reset_at:
        yield "Reset", f"2-factor can be removed at a sign-in from {moment(person.factor_reset_at)} on", "bold"
    if person.forced:
        yield "Forced by", _forced_by(person), ""
    yield from _standing(person, now)
    for lock in person.locks:
        yield "Locked", f"{lock.secret}{_where(lock)}, until {told(lock.until, now=now)}", "bold"
    for mail in person.mails:
        yield "Mail", _mail(mail, now), "bold" if mail.trouble else ""
    yield "Last login", told(person.last_sign_in_at, now=now) if person.last_sign_in_at else "never", ""
    yield "Sessions", f"{person.open_sessions} open" if person.open_sessions else "none open", ""
    yield "Groups", _some([name for _, name in person.groups]) or "none", ""
    if person.owns:
        yield "Created", f"{person.owns:,} {'resource' if person.owns == 1 else 'resources'}", ""
    if person.new_email:
        yield "New e-mail", f"{person.new_email} waits for its code", ""
    if offer is not None and offer.receiver_email == person.email:
        yield "Ownership", f"offered until {moment(offer.expires_at)}", "bold"


def _standing(person: PersonDetails, now: datetime) -> Iterable[tuple[str, str, str]]:
    if not person.active:
        yield "State", "inactive: cannot sign in", "bold"
    elif person.invited:
        until = person.code_expires_at
        code = f"code good until {moment(until)}" if until else "no code is open"
        yield "State", f"invited, {code}", "bold"
    else:
        code = f", reset code good until {moment(person.code_expires_at)}" if person.code_expires_at else ""
        yield "State", f"active since {told(person.created_at, now=now)}{code}", ""


_MAILED = {"activation": "activation code", "reset": "reset code", "new e-mail": "code for the new e-mail"}


def _mail(mail: WaitingMail, now: datetime) -> str:
    """What has become of a mail that has not gone out."""
    what = _MAILED[mail.kind]
    if mail.trouble is None:
        return f"{what} is on its way"
    then = f"next try {told(mail.due_at, now=now)}" if mail.due_at else "given up"
    return f"{what} could not be delivered: {mail.trouble}; {then}"


def _where(lock: Lock) -> str:
    """In which places nothing is compared; nothing where it is in all."""
    if lock.elsewhere:
        return ", from places new to this person"
    if lock.at_one_place:
        return ", in one place"
    return ", from a place where this person signs in" if lock.at_known_place else ""


def _forced_by(person: PersonDetails) -> str:
    by = [person.forced_by or "the contract owner or an administrator"] if person.force_sec_auth else []
    groups = [f"group {name}" for name in person.forcing_groups]
    return _some(by + groups) or person.forced_by or "a group"


def _some(names: list[str]) -> str:
    room, taken = _NAMES_ROOM, 0
    for name in names:
        room -= cell_len(shown_plain(name, 40)) + 2
        if room < 0 and taken:
            break
        taken += 1
    more = len(names) - taken
    return ", ".join(shown_plain(name, 40) for name in names[:taken]) + (f" and {more} more" if more else "")
