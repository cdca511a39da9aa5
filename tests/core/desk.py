"""The support desk in the tests of core: agents with phones, callers with PINs, and calls between them."""

from dataclasses import dataclass
from uuid import UUID

from core.agents_call import AgentsCall
from core.login_steps import EnrolmentNeeded, Session
from core.origin import Origin
from tests.core.actors import PASSWORD, SetClock, Someone, proved

PIN = "730162"
HOST = Origin(host="bastion1", unix_user="root")


@dataclass
class Agent:
    """A support agent at his console."""

    someone: Someone
    session: Session

    def calls(self, wanted: str) -> AgentsCall:
        """Open a call about an account."""
        return self.someone.services.support_desk.open_call(self.session, wanted)

    def has_ticket(self, wanted: str, said: str = PIN) -> AgentsCall:
        """Open a call whose caller proves who he is."""
        call = self.calls(wanted)
        return self.someone.services.support_desk.check_caller(self.session, call.id, said)


def new_agent(someone: Someone, email: str, *, name: str = "Ann Bell") -> Agent:
    """An agent who was made on the host, has set his password and his authenticator, and is signed in."""
    services = someone.services
    given, _, family = name.partition(" ")
    issued = services.agents.create(email, given_name=given, family_name=family, origin=HOST)
    services.invitations.set_password(email, issued.code, new=PASSWORD, repeated=PASSWORD, origin=HOST)
    agent = Someone(services, someone.clock, email)
    owed = agent.gives_password()
    assert isinstance(owed, EnrolmentNeeded)
    return Agent(agent, agent.enrols(owed))


def sets_pin(person: Someone, session: Session, pin: str = PIN) -> None:
    """Set the support PIN."""
    person.services.support_pin.save(session, pin, repeated=pin)


def clock_of(agent: Agent) -> SetClock:
    """The time in which he works."""
    return agent.someone.clock


LOST = "His phone fell into the harbour"


def asks_for_reset(agent: Agent, wanted: str, said: str = PIN) -> UUID:
    """In a ticket, ask for the removal of the caller's second factor; the reset that waits for a colleague."""
    call = agent.has_ticket(wanted, said)
    services = agent.someone.services
    proved(services, agent.session)
    services.tickets.ask_factor_reset(agent.session, call.id, reason=LOST)
    return services.factor_resets.waiting(agent.session)[-1].id
