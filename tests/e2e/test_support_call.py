"""A telephone call, at two real terminals: an agent, and the person whom he has on the line.

Source text, "Setting your support PIN": "In order to ensure support calls are made by authorized users, we usually ask
for the support PIN".
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.config import load_settings
from core.errors import WrongCredentials
from core.login_steps import EnrolmentNeeded, Session
from core.origin import Origin
from core.services import Services, open_services
from tests.core.actors import proved
from tests.e2e.installation import Installation
from tests.e2e.journey import (
    AuthenticatorApp,
    Focused,
    Person,
    Said,
    asked_for_code,
    at_home,
    fill_in,
    give_password,
    open_security,
    reading,
    sign_in,
)
from tests.e2e.terminal import ENTER, ESC, TAB, Terminal, private_environment
from tests.e2e.test_two_consoles import BO

ANN = Person("ann@desk.example", "Quiet-Ferry,42 boats", "Ann", "Bell")
CY = Person("cy@desk.example", "Quiet-Ferry,43 boats", "Cy", "Dorn")
PIN, WRONG = "730162", "730163"
HOST, STRANGER = Origin(host="bastion1"), Origin(host="elsewhere", source="203.0.113.9 4711")
CTRL_T = "\x14"


@dataclass(frozen=True)
class Staffed:
    """An installation with agents who have their authenticators, and a caller with his PIN."""

    installation: Installation
    apps: dict[str, AuthenticatorApp]

    def on_the_line(self, agent: Person) -> Terminal:
        """An agent at a terminal of his own, signed in."""
        console = self.installation.start()
        give_password(console, agent)
        asked_for_code(console)
        fill_in(console, self.apps[agent.email].next_code(console))
        console.wait_for(Said("I have seen this"))  # that 2-factor was switched on, elsewhere
        console.send(ENTER)
        console.wait_for(lambda _: Said("E-mail or contract number")(console) and not Said("I have seen this")(console))
        return console


@contextmanager
def core_of(installation: Installation) -> Iterator[Services]:
    services = open_services(load_settings(private_environment(installation.home), installation.home))
    try:
        yield services
    finally:
        services.close()


def staffed(installation: Installation, *agents: Person) -> Staffed:
    """Make agents, and have Bo set his PIN."""
    with core_of(installation) as services:
        apps = {agent.email: enrolled(services, agent) for agent in agents}
        session = services.login.sign_in(BO.email, BO.password, origin=Origin())
        assert isinstance(session, Session)
        services.support_pin.save(proved(services, session), PIN, repeated=PIN)
        services.sessions.sign_out(session)
    return Staffed(installation, apps)


def enrolled(services: Services, agent: Person) -> AuthenticatorApp:
    issued = services.agents.create(agent.email, given_name=agent.given, family_name=agent.family, origin=HOST)
    services.invitations.set_password(
        agent.email, issued.code, new=agent.password, repeated=agent.password, origin=HOST
    )
    owed = services.login.sign_in(agent.email, agent.password, origin=HOST)
    assert isinstance(owed, EnrolmentNeeded)
    app = AuthenticatorApp(services.enrolment.begin(owed).address)
    app.last_used = int(datetime.now(UTC).timestamp()) // 30 - 1
    recovery_codes = services.enrolment.prove(owed, app.code(app.last_used))
    services.sessions.sign_out(services.enrolment.confirm(owed, recovery_codes[0]))
    return app


def locks_out(installation: Installation, email: str) -> None:
    """A stranger guesses at somebody's password until he has to wait."""
    with core_of(installation) as services:
        for _ in range(6):
            try:
                services.login.sign_in(email, "wrong", origin=STRANGER)
            except WrongCredentials:
                continue


def locked(installation: Installation, email: str) -> bool:
    [(until,)] = installation.rows("SELECT locked_until FROM person WHERE email = ?", email)
    return until is not None


def open_call(agent: Terminal, email: str) -> str:
    """Open a call; its phrase."""
    agent.type(email + ENTER)
    agent.wait_for(Said("Call phrase"))
    found = re.search(r"Call phrase ([a-z]+ [a-z]+)", reading(agent))
    assert found is not None, agent
    return found[1]


def run_out(installation: Installation) -> None:
    """Let the time of every call be over: ten minutes are too long for a test."""
    past = (datetime.now(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    with closing(sqlite3.connect(installation.database, timeout=10)) as connection, connection:
        assert connection.execute("UPDATE support_call SET expires_at = ? WHERE ended_at IS NULL", (past,)).rowcount


def test_a_call_from_the_opening_to_the_end_of_its_ticket_at_two_terminals(populated: Installation) -> None:
    desk = staffed(populated, ANN)
    with desk.installation.start() as user:
        sign_in(user, BO)
        locks_out(populated, BO.email)
        with desk.on_the_line(ANN) as agent:
            phrase = open_call(agent, BO.email)
            agent.wait_for(Said("b***@e***.com"))
            assert BO.email not in reading(agent)
            user.wait_for(lambda _: Said("Ann Bell")(user) and Said(phrase)(user))

            for left in ("4 tries left", "3 tries left"):
                fill_in(agent, WRONG)
                agent.wait_for(Said(f"No match. {left}"))
            agent.send("u")  # no verb before the match: it is typed into the field
            fill_in(agent, "")
            agent.wait_for(Said("6 to 20 digits"))
            assert locked(populated, BO.email)
            fill_in(agent, PIN)
            agent.wait_for(lambda _: Said("Ticket for b***@e***.com")(agent) and Said("has proved")(agent))
            user.wait_for(Said("acts for you"))

            agent.send("u")
            agent.wait_for(Said("need not wait at the login any more."))
            assert not locked(populated, BO.email)

            run_out(populated)
            agent.wait_for(Said("The time of this call is over."))
            agent.wait_for(Said("E-mail or contract number"))
            assert not Said("End sessions")(agent)
            user.wait_for(lambda _: not Said("Ann Bell")(user))
            assert PIN.encode() not in agent.raw

    assert [why for (why,) in populated.rows("SELECT ended_why FROM support_call")] == ["ran out"]
    assert not populated.log.exists(), populated.log.read_text()


def test_the_caller_ends_the_call_with_one_key_wherever_he_is(populated: Installation) -> None:
    desk = staffed(populated, ANN)
    with desk.installation.start() as user, desk.on_the_line(ANN) as agent:
        sign_in(user, BO)
        open_call(agent, BO.email)
        fill_in(agent, PIN)
        agent.wait_for(Said("Ticket for"))
        open_security(user)
        user.wait_for(Said("Ann Bell"))

        user.send(CTRL_T)

        user.wait_for(Said("The call is ended."))
        agent.wait_for(Said("The caller has ended this call on his console."))
        assert not Said("End sessions")(agent)

    assert [why for (why,) in populated.rows("SELECT ended_why FROM support_call")] == ["ended by the caller"]


def test_a_reset_of_2_factor_takes_two_agents_and_is_stopped_at_the_users_console(populated: Installation) -> None:
    desk = staffed(populated, ANN, CY)
    with core_of(populated) as services:
        bo = enrolled_caller(services)
    with desk.installation.start() as user:
        give_password(user, BO)
        asked_for_code(user)
        fill_in(user, bo.next_code(user))
        at_home(user)
        with desk.on_the_line(ANN) as agent, desk.on_the_line(CY) as colleague:
            open_call(agent, BO.email)
            fill_in(agent, PIN)
            agent.wait_for(Said("Ticket for"))
            agent.send("f")
            agent.wait_for(Said("A colleague must approve it"))
            fill_in(agent, "lost his telephone")
            answer_proof(agent, ANN, desk.apps[ANN.email])
            agent.wait_for(Said("Asked for. A colleague must approve it"))

            colleague.wait_for(Said("Ann Bell"))
            approve(colleague, desk.apps[CY.email])

            user.wait_for(Said("2-factor can be removed from"))
        # both agents have gone; nothing of it is in their processes any more
        open_security(user)
        user.wait_for(Said("Stop it"))
        stop(user)
        user.wait_for(Said("Your 2-factor stays."))

    assert populated.rows("SELECT * FROM factor_reset") == []
    done = "SELECT act FROM audit_event WHERE act LIKE '%reset of 2-factor%' AND act NOT LIKE 'be told%'"
    acts = [act for (act,) in populated.rows(done)]
    assert acts == ["ask for a reset of 2-factor", "approve a reset of 2-factor", "stop a reset of 2-factor"]
    assert not populated.log.exists(), populated.log.read_text()


def enrolled_caller(services: Services) -> AuthenticatorApp:
    """Bo sets up his authenticator."""
    session = services.login.sign_in(BO.email, BO.password, origin=Origin())
    assert isinstance(session, Session)
    proved(services, session)
    app = AuthenticatorApp(services.enrolment.begin(session).address)
    app.last_used = int(datetime.now(UTC).timestamp()) // 30 - 1
    codes = services.enrolment.prove(session, app.code(app.last_used))
    services.sessions.sign_out(services.enrolment.confirm(session, codes[0]))
    return app


def answer_proof(console: Terminal, person: Person, app: AuthenticatorApp) -> None:
    """Where a proof is asked for; the sign-in's counts for the first act that asks."""
    console.wait_for(lambda _: Said("prove that it is you.")(console) or Said("Asked for.")(console))
    if Said("prove that it is you.")(console):
        fill_in(console, person.password, app.next_code(console))


def approve(console: Terminal, app: AuthenticatorApp) -> None:
    console.send(ESC)  # out of the field, in which letters are typed
    console.wait_for(Said("tab Leave the menu"))
    console.send("w")
    console.wait_for(lambda _: not Said("tab Leave the menu")(console))
    console.send(ENTER)
    console.wait_for(Said("lost his telephone"))
    console.send("a")
    console.wait_for(lambda _: Said("prove that it is you.")(console) or Said("Approved. 2-factor of")(console))
    if Said("prove that it is you.")(console):
        fill_in(console, CY.password, app.next_code(console))
    console.wait_for(Said("Approved. 2-factor of"))


def stop(console: Terminal) -> None:
    """In the Security tab, from the check box."""
    console.send(TAB)
    console.wait_for(Focused("Stop it"))
    console.send(ENTER)
