"""One pass over the mails that wait. However many processes make one at a time, each mail is sent by one of them."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

from sqlalchemy import Engine
from sqlmodel import Session as Transaction

from core import audit, notices, pending_resets, server_clock
from core.clock import Clock
from core.errors import MailRefused
from core.mail import letters, outbox
from core.mail.contents import ACTS, Contents, contents_of, receiver
from core.mail.outbox import Claimed
from core.mail.service import Delivered
from core.mail.settings import MailServer
from core.mail.smtp import Connection, connected
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import Person

MOST = 200
"""Mails of one pass: then whoever sends them looks at what else he has to do."""

_TOO_LATE = "there was no time left to try it"


@dataclass(frozen=True)
class Delivery:
    """Sends mails, and notes what became of each.

    The server is reached before a code is issued: while it is down, no earlier code is void for nothing. Mail is sent
    at least once: who is killed between the server's yes and our note of it has it sent again, with a new code.
    """

    engine: Engine
    keys: KeyRing
    server: MailServer
    issuer: str
    now: Clock

    def run(self) -> Delivered:
        """Send what is due, the most urgent first; see `MailService.deliver_due`."""
        done = Delivered()
        with reading(self.engine) as db:
            server_clock.check(db, now=self.now())
        notices.gather(self.engine, now=self.now())
        with ExitStack() as ways:
            way: Connection | None = None
            for mail in self._claimed():
                if mail.is_over(self.now()):
                    done = self._given_up(mail, mail.trouble or done.trouble or _TOO_LATE, done)
                    continue
                try:
                    if way is None or not way.is_open:
                        way = None
                        way = ways.enter_context(connected(self.server))
                    done = self._send(way, mail, done)
                except MailRefused as refused:
                    done = self._failed(mail, refused, done)
                    if way is None:
                        break
        return done

    def send_test(self, to: str) -> None:
        """Send a mail that says nothing.

        Raises:
            MailRefused: what went wrong.
        """
        with connected(self.server) as way:
            self._hand_in(way, Contents(to, letters.test()))

    def _claimed(self) -> Iterator[Claimed]:
        """The mails that this pass sends. Where none is due, nothing is written."""
        for _ in range(MOST):
            now = self.now()
            with reading(self.engine) as db:
                kind = outbox.most_urgent(db, now)
            if kind is None:
                return
            with transaction(self.engine) as db:
                mail = outbox.claim(db, kind, now)
            if mail is not None:
                yield mail

    def _send(self, way: Connection, mail: Claimed, before: Delivered) -> Delivered:
        with transaction(self.engine) as db:
            contents = contents_of(db, self.keys, mail, now=self.now())
        if contents is not None:
            self._hand_in(way, contents)
        with transaction(self.engine) as db:
            if contents is not None and contents.told is not None:
                notices.note_told(db, *contents.told, now=self.now())
            outbox.take_out(db, mail)
        if contents is None:
            return replace(before, dropped=before.dropped + 1)
        return replace(before, sent=before.sent + 1)

    def _hand_in(self, way: Connection, contents: Contents) -> None:
        to = letters.envelope(contents.to)
        letter = letters.letter(contents.words, server=self.server, issuer=self.issuer, to=to, now=self.now())
        way.send(letter, to=to)

    def _failed(self, mail: Claimed, refused: MailRefused, before: Delivered) -> Delivered:
        if refused.is_final:
            return self._given_up(mail, refused.why, before)
        with transaction(self.engine) as db:
            outbox.postpone(db, mail, refused.why, now=self.now())
        return replace(before, postponed=before.postponed + 1, trouble=refused.why)

    def _given_up(self, mail: Claimed, why: str, before: Delivered) -> Delivered:
        """Try it no more, and tell the audit of its person."""
        with transaction(self.engine) as db:
            person = receiver(db, mail)
            outbox.give_up(db, mail, why)
            if mail.kind == outbox.FACTOR_RESET and person is not None:
                self._keep_factor(db, mail, person)
            told = audit.Told(ACTS[mail.kind], audit.FAILED, {"why": why, "attempts": mail.attempts})
            audit.record(db, self.keys, told, at=self.now(), origin=mail.origin, target=person)
        return replace(before, given_up=before.given_up + 1, trouble=why)

    def _keep_factor(self, db: Transaction, mail: Claimed, person: Person) -> None:
        """No second factor is removed of somebody who could not be told of it."""
        if pending_resets.drop(db, person):
            told = audit.Told("let a reset of 2-factor not happen", details={"why": "its mail could not be sent"})
            audit.record(db, self.keys, told, at=self.now(), origin=mail.origin, target=person)
