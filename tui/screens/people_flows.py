"""What is done to several people at once, and inviting somebody: questions, proof, and what is said afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tui.answers import answered
from tui.asking import with_proof
from tui.portions import PORTION, Progress, cut, in_portions
from tui.screens.forecast import ForecastScreen
from tui.screens.form import TYPED, Form, FormScreen
from tui.screens.issued_code import hand_over
from tui.screens.person_flows import DEACTIVATED

if TYPE_CHECKING:
    from textual.widget import Widget

    from core.password_codes import IssuedCode
    from core.people import PeopleView
    from tui.signed_in import SignedIn

_HOW = "At the login it is entered under “First login”, with a password of the person's own."
_BY_HAND = "You get a code to pass on. With it the person sets the first password."
_BY_MAIL = "A code is mailed to the person, who sets the first password with it."
_ELSE_AGAIN = " If it does not come: Invite again."


@dataclass(frozen=True)
class _Bulk:
    """The words of an act on many."""

    title: str
    yes: str
    question: str
    done: str


_BULKS = {
    "force": _Bulk(
        "Force 2-factor for {whom}?",
        "Force 2-factor",
        "To force 2-factor for {whom}, prove that it is you.",
        "2-factor is forced for {whom}. The setting will be effective with the next login.",
    ),
    "release": _Bulk(
        "Stop forcing 2-factor for {whom}?",
        "Stop forcing",
        "To stop forcing 2-factor for {whom}, prove that it is you.",
        "2-factor is no longer forced for {whom}. The setting will be effective with the next login.",
    ),
    "deactivate": _Bulk(
        "Deactivate {whom}?",
        "Deactivate",
        "To deactivate {whom}, prove that it is you.",
        "Deactivated: {whom}.",
    ),
    "activate": _Bulk(
        "Activate {whom}?", "Activate", "To activate {whom}, prove that it is you.", "Activated: {whom}."
    ),
}


class ManyPeople:
    """Acts on the people of these ids. What was done before somebody stopped, or before a refusal, stays done."""

    def __init__(self, asking: Widget, who: SignedIn, ids: Sequence[Any], *, tell: Callable[[str], None]) -> None:
        self._asking = asking
        self._who = who
        self._ids: list[UUID] = list(ids)
        self._tell = tell
        self.progress = Progress(self._tell_progress)

    async def do(self, act: str) -> str:
        """Ask, and do it; what to say, or "" where it was left.

        Raises:
            NotProven, Refusal, Fault: as `with_proof` and the core say.
        """
        words = _BULKS[act]
        whom = await self._whom()
        if not await self._agreed(act, words, whom):
            return ""
        ask = self._functions[act]

        async def do_portion(portion: Sequence[UUID]) -> None:
            question = words.question.format(whom=whom)
            await with_proof(self._asking.screen, self._who, question, partial(ask, self._who.session, portion))

        done = await in_portions(cut(self._ids), do_portion, self.progress)
        if done < len(self._ids):
            return f"Stopped: done for {done:,} of {len(self._ids):,} people."
        return words.done.format(whom=whom)

    @property
    def _functions(self) -> dict[str, Callable[..., None]]:
        services = self._who.services
        return {
            "force": services.forcing.force_people,
            "release": services.forcing.release_people,
            "deactivate": services.standing.deactivate,
            "activate": services.standing.activate,
        }

    async def _whom(self) -> str:
        if len(self._ids) > 1:
            return f"{len(self._ids):,} people"
        details = self._who.services.people.details
        person = await answered(self._asking, details, self._who.session, self._ids[0])
        return f"{person.name} ({person.email})"

    async def _agreed(self, act: str, words: _Bulk, whom: str) -> bool:
        services = self._who.services
        foresee = {"force": services.forecast.of_forcing, "deactivate": services.forecast.of_deactivating}.get(act)
        forecast = None
        if foresee is not None and len(self._ids) <= PORTION:
            forecast = await answered(self._asking, foresee, self._who.session, self._ids)
        elif len(self._ids) == 1:
            return True
        question = ForecastScreen(words.title.format(whom=whom), forecast, yes=words.yes, text=_TEXTS.get(act, ""))
        return bool(await self._asking.app.push_screen_wait(question))

    def _tell_progress(self, done: int) -> None:
        if len(self._ids) > PORTION:
            self._tell(f"{done:,} of {len(self._ids):,} done. esc stops.")


_TEXTS = {
    "release": "An authenticator that is set up stays; whoever is forced by a group still is.",
    "deactivate": DEACTIVATED,
}


async def invite(asking: Widget, who: SignedIn) -> str:
    """Ask who is invited, invite him, and show the code once; what to say, or "" where it was left."""
    from core.invitations import Invitation

    def ask(email: str, given: str, family: str, force: bool, administrator: bool) -> IssuedCode:  # noqa: FBT001
        wanted = Invitation(email, given, family, role="administrator" if administrator else "user", force=force)
        return who.services.invitations.invite(who.session, wanted)

    form = Form(
        "Invite",
        {"E-mail": "", "Given name": "", "Family name": ""},
        yes="Invite",
        question=f"To invite {TYPED} into your contract, prove that it is you.",
        text=_BY_MAIL if who.services.mail.is_configured else _BY_HAND,
        boxes=("Force 2-Factor Auth", "Administrator"),
    )
    issued = await asking.app.push_screen_wait(FormScreen(who, form, ask))
    if issued is None:
        return ""
    told = await hand_over(asking, "Activation code", issued, how=_HOW)
    return f"{issued.email} is invited. {told}{_ELSE_AGAIN if told else ''}".rstrip()


async def force_missing(asking: Widget, who: SignedIn, progress: Progress) -> str:
    """Force 2-factor on everybody who has none and for whom it is not forced; what to say, or "" where it was left."""
    from core.people import Filter, PeopleView

    view = PeopleView(filter=Filter.NO_SECOND_FACTOR)
    count = await answered(asking, who.services.people.count, who.session, view)
    text = (
        f"{count} {'person has' if count.rows == 1 else 'people have'} no second factor, administrators included. "
        "Nobody is thrown out: whoever is forced sets it up at the next login, and cannot sign in without it. "
        "The contract owner is left out."
    )
    question = ForecastScreen("Force 2-factor on all who have none?", None, yes="Force 2-factor", text=text)
    if not count.rows or not await asking.app.push_screen_wait(question):
        return "" if count.rows else "Everybody has a second factor."

    async def force(portion: Sequence[UUID]) -> None:
        act = partial(who.services.forcing.force_people, who.session, portion)
        proof = "To force 2-factor on all who have none, prove that it is you."
        await with_proof(asking.screen, who, proof, act)

    done = await in_portions(_unforced(asking, who, view), force, progress)
    told = f"2-factor is forced for {done:,} more {'person' if done == 1 else 'people'}, effective with the next login."
    return f"Stopped. {told}" if progress.stopped else told


async def _unforced(asking: Widget, who: SignedIn, view: PeopleView) -> AsyncIterator[Sequence[UUID]]:
    """Those for whom it can be forced and is not, a page at a time."""
    from core.listing import Stretch, Way

    stretch = Stretch(rows=PORTION)
    while True:
        page = await answered(asking, who.services.people.page, who.session, view, stretch)
        rows = [row for row in page.rows if row.role != "owner" and row.email != who.email]
        yield [row.id for row in rows if row.active and not row.forced]
        if page.after is None:
            return
        stretch = Stretch(Way.AFTER, page.after, PORTION)
