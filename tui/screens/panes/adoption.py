"""How far 2-factor authentication has come in the contract, for its owner and administrators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from core.errors import Fault, Refusal
from tui.answers import answered
from tui.portions import Progress
from tui.shown import shown_plain
from tui.widgets.answer_line import AnswerLine

if TYPE_CHECKING:
    from core.listing import Count
    from core.people import RoleAdoption
    from tui.signed_in import SignedIn

_ROLES = {"owner": "Contract owner", "administrator": "Administrators", "user": "Users"}
_BAR = 20
_NAMES = 5


@dataclass(frozen=True)
class Adoption:
    """What the panel tells. `missing` are the first who have no second factor, administrators in front."""

    roles: tuple[RoleAdoption, ...]
    no_second_factor: Count
    missing: tuple[str, ...]
    not_enrolled: Count
    invited: Count
    locked: Count


def look_at_adoption(who: SignedIn) -> Adoption:
    """Ask the core all that the panel tells, in a thread.

    Raises:
        SessionOver, NotAllowed, Fault: as the core says.
    """
    from core.listing import Stretch
    from core.people import Filter, PeopleView

    people, session = who.services.people, who.session
    none = PeopleView(filter=Filter.NO_SECOND_FACTOR)
    managing = people.page(session, PeopleView(filter=Filter.ADMINISTRATORS), Stretch()).rows
    first = [row for row in managing if not row.second_factor][:_NAMES]
    known = {row.id for row in first}
    more = people.page(session, none, Stretch(rows=2 * _NAMES)).rows
    missing = (*first, *(row for row in more if row.id not in known))
    return Adoption(
        roles=people.adoption(session),
        no_second_factor=people.count(session, none),
        missing=tuple(row.name for row in missing[:_NAMES]),
        not_enrolled=people.count(session, PeopleView(filter=Filter.NOT_ENROLLED)),
        invited=people.count(session, PeopleView(filter=Filter.INVITED)),
        locked=people.count(session, PeopleView(filter=Filter.LOCKED)),
    )


class AdoptionPane(Widget):
    """The bars, and a line for each thing that may want doing; Enter opens the User Manager on it."""

    DEFAULT_CSS = """
    AdoptionPane { height: auto; display: none; }
    AdoptionPane.-open { display: block; }
    AdoptionPane #bars { height: auto; }
    """

    class Opened(Message):
        """The people of a filter (its value) are wanted."""

        def __init__(self, only: str) -> None:
            super().__init__()
            self.only = only

    def __init__(self, who: SignedIn, *, utf8: bool) -> None:
        super().__init__(id="adoption")
        self._who = who
        self._utf8 = utf8
        self._adoption: Adoption | None = None
        self._progress: Progress | None = None
        self.answer = AnswerLine(id="adoption-answer")

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as panel:
            panel.border_title = "2-Factor Authentication in your contract"
            yield Static("…", id="bars")
            yield OptionList(id="adoption-lines", markup=False)
            yield self.answer

    def on_resize(self) -> None:
        if self._adoption is not None:
            self._show(self._adoption)

    def begin_forcing(self) -> None:
        """Force 2-factor on everybody who has none, once at a time."""
        if not self.answer.busy:
            self.force_missing()

    def stop(self) -> bool:
        """Let no further portion begin; whether there was anything to stop."""
        if self._progress is None:
            return False
        self._progress.stop()
        return True

    @on(OptionList.OptionSelected)
    def open_filter(self, event: OptionList.OptionSelected) -> None:
        """Open the people whom a line is about."""
        event.stop()
        self.post_message(self.Opened(event.option_id or ""))

    @work(exclusive=True, group="adoption")
    async def look(self) -> None:
        """Show how it is now; what was shown before stays until then."""
        self.add_class("-open")
        try:
            self._show(await answered(self, look_at_adoption, self._who))
        except (Refusal, Fault) as trouble:
            self.answer.refuse(trouble)

    @work
    async def force_missing(self) -> None:
        """Ask, and force 2-factor in portions."""
        from tui.screens.people_flows import force_missing

        with self.answer.answering():
            self._progress = Progress(lambda done: self.answer.tell(f"Forced for {done:,} so far. esc stops."))
            try:
                said = await force_missing(self, self._who, self._progress)
            finally:
                self._progress = None
                self.look()
            self.answer.tell(said, good=True)

    def _show(self, adoption: Adoption) -> None:
        self._adoption = adoption
        bars = [self._bar(role) for role in adoption.roles if role.people]
        self.query_one("#bars", Static).update(Text("\n").join(bars))
        lines = self.query_one("#adoption-lines", OptionList)
        at = lines.highlighted
        lines.clear_options()
        lines.add_options([Option(text, id=name) for name, text in self._lines(adoption)])
        lines.highlighted = at or 0

    def _bar(self, role: RoleAdoption) -> Text:
        share = role.with_second_factor / role.people
        full = int(share * _BAR) or (1 if role.with_second_factor else 0)
        done, open_ = ("█", "░") if self._utf8 else ("#", "-")
        told = f"{role.with_second_factor:,} of {role.people:,}"
        return Text(f"{_ROLES[role.role]:<15} {done * full}{open_ * (_BAR - full)} {told}", no_wrap=True, end="")

    def _lines(self, adoption: Adoption) -> list[tuple[str, Text]]:
        rows = [
            ("no_second_factor", "Without 2-factor", adoption.no_second_factor, ""),
            ("not_enrolled", "Forced, not set up", adoption.not_enrolled, "asked for it at the next login"),
            ("invited", "Invited", adoption.invited, "no password set yet"),
            ("locked", "Locked", adoption.locked, "too many wrong answers"),
        ]
        lines = []
        for name, label, count, words in rows:
            mark = "!" if count.rows else "✓"
            line = Text(f"{mark} {label:<19}{count!s:>7}  ", no_wrap=True, overflow="ellipsis")
            told = self._names(adoption, self.size.width - 36) if name == "no_second_factor" else words
            line.append(told if count.rows else "")
            lines.append((name, line))
        return lines

    def _names(self, adoption: Adoption, room: int) -> str:
        told: list[str] = []
        for name in (shown_plain(each, 30) for each in adoption.missing):
            room -= cell_len(name) + 2
            if room < 0:
                break
            told.append(name)
        return "; ".join(told) + ("; …" if told and len(told) < adoption.no_second_factor.rows else "")
