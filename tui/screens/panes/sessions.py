"""Open sessions, one's own or a person's: where, since when, and the end of one or of all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from core.listing import Page, Way
from tui.asking import with_proof
from tui.places import place, short_key
from tui.screens.confirm import ConfirmScreen
from tui.shown import shown_plain
from tui.times import told
from tui.widgets.row_list import Column, RowList
from tui.widgets.searched_list import Listed, SearchedList

if TYPE_CHECKING:
    from uuid import UUID

    from core.listing import Stretch
    from core.login_steps import Session
    from core.open_sessions import SessionRow
    from core.person_details import PersonDetails
    from tui.signed_in import SignedIn

_COLUMNS = (
    Column("Host", width=12, fraction=2),
    Column("Terminal", width=8, fraction=1),
    Column("State", width=8),
    Column("Last used", width=15),
    Column("Since", width=15, min_columns=76),
    Column("Unix user", width=9, fraction=1, min_columns=100),
    Column("From", width=16, fraction=1, min_columns=100),
    Column("SSH key", width=13, min_columns=120),
)
_LOOK_EVERY = 2


@dataclass(frozen=True)
class Whose:
    """The sessions that are shown, and how they are ended; `of` completes “the sessions of …”."""

    of: str
    hint: str
    rows: Callable[[Session], tuple[SessionRow, ...]]
    end: Callable[[Session, UUID], None]
    end_many: Callable[[Session], int]
    many: str


def own_sessions(who: SignedIn) -> Whose:
    """Those of whoever is at this console."""
    service = who.services.sessions
    hint = "Where you are signed in. enter ends one, x ends all others."
    return Whose("your account", hint, service.own, service.end_one, service.end_others, "all other sessions")


def sessions_of(who: SignedIn, person: PersonDetails) -> Whose:
    """Those of somebody else."""
    service = who.services.rescue
    return Whose(
        person.name,
        "enter ends one, x ends all.",
        lambda session: service.sessions(session, person.id),
        lambda session, session_id: service.end_session(session, person.id, session_id),
        lambda session: service.end_sessions(session, person.id),
        "all sessions",
    )


class SessionsPane(Widget):
    """The list, which others change too: it looks again every two seconds."""

    DEFAULT_CSS = """
    SessionsPane { height: 1fr; layout: vertical; }
    SessionsPane .told { color: $text-muted; height: 1; margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "end_many", "End all others", show=False)]

    def __init__(self, who: SignedIn, whose: Whose) -> None:
        super().__init__()
        self._who = who
        self._whose = whose
        self.rows: SearchedList[SessionRow] = SearchedList(
            who,
            Listed(
                _COLUMNS,
                self._page,
                self._cells,
                one="session",
                many="sessions",
                searched=False,
                look_every=_LOOK_EVERY,
                empty="No session is open.",
            ),
        )

    def compose(self) -> ComposeResult:
        yield Static(self._whose.hint, classes="told")
        yield self.rows

    def focus_rows(self) -> None:
        """Put the focus into the list."""
        self.rows.focus_list()

    @on(RowList.Chosen)
    def end_chosen(self, event: RowList.Chosen[SessionRow]) -> None:
        """End the one that is marked."""
        event.stop()
        if not self.rows.answer.busy:
            self.end_one(event.row)

    def action_end_many(self) -> None:
        """End all others."""
        if not self.rows.answer.busy:
            self.end_many()

    @work
    async def end_one(self, row: SessionRow) -> None:
        """Ask, and end one session."""
        where = f"the session on {_where(row)}"
        text = "This is the console at which you sit: you come back to the login." if row.is_this else _felt(row)
        if await self._is_sure(f"End {where}?", f"From {place(row.origin)}. {text}"):
            act = partial(self._whose.end, self._who.session, row.id)
            await self._do(f"end {where} of {self._whose.of}", act, lambda _: "The session is ended.")

    @work
    async def end_many(self) -> None:
        """Ask, and end all others."""
        many = self._whose.many
        if await self._is_sure(f"End {many} of {self._whose.of}?", "Their consoles go back to the login at once."):
            act = partial(self._whose.end_many, self._who.session)
            await self._do(f"end {many} of {self._whose.of}", act, _ended)

    async def _is_sure(self, title: str, text: str) -> bool:
        question = ConfirmScreen(title, text=text, yes="End", no="Cancel")
        return bool(await self.app.push_screen_wait(question))

    async def _do(self, what: str, act: Callable[[], Any], said: Callable[[Any], str]) -> None:
        answer = self.rows.answer
        with answer.answering():
            done = await with_proof(self.screen, self._who, f"To {what}, prove that it is you.", act)
            answer.tell(said(done), good=True)
        self.rows.look()

    def _page(self, session: Session, _search: str, stretch: Stretch) -> Page[SessionRow]:
        is_all = stretch.way in {Way.FIRST, Way.LAST, Way.FROM}
        return Page(self._whose.rows(session) if is_all else (), None, None)

    def _cells(self, row: SessionRow) -> Sequence[str | Text]:
        now = self._who.services.now()
        origin = row.origin
        state = Text("✓ this", "good") if row.is_this else Text("locked", "muted") if row.is_locked else Text("open")
        return (
            origin.host or "unknown",
            origin.terminal.removeprefix("/dev/"),
            state,
            told(row.last_used_at, now=now),
            told(row.started_at, now=now),
            origin.unix_user,
            origin.source.split(" ")[0],
            short_key(origin),
        )


def _where(row: SessionRow) -> str:
    parts = (row.origin.host or "an unknown host", row.origin.terminal.removeprefix("/dev/"))
    return " ".join(shown_plain(part, 24) for part in parts if part)


def _felt(row: SessionRow) -> str:
    if row.is_locked:
        return "It is locked; what is open there is lost."
    return "Its console goes back to the login at once; what is open there is lost."


def _ended(count: int) -> str:
    return f"{count} {'session' if count == 1 else 'sessions'} ended."
