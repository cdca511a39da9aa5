"""`bartizan agent`: support agents, who are made and deactivated on the host alone."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli.asking import Asking
from cli.console import origin_of
from cli.host_user import host_user
from cli.saying import tell, tell_at_length
from core.agents import Agent
from core.config import load_settings
from core.emails import email_norm
from core.errors import NotThere
from core.services import Services, open_services
from core.wording import moment

_COLUMNS = "{:<11}  {:<8}  {:<19}  {:<{width}}  {}"
"""Address and name stand last: they are as long as they are, and nothing is behind them to be pushed away."""


def add_agent(environ: Mapping[str, str], home: Path) -> int:
    """Ask who it is, make the agent, and show the code for the first login; the exit code.

    Raises:
        Refusal: name or address is not taken. Nothing was changed.
    """
    with _services(environ, home) as services:
        asking = Asking()
        email = asking.openly("E-mail of the agent: ")
        given, family = asking.openly("Given name: "), asking.openly("Family name: ")
        here: dict[str, Any] = {"origin": origin_of(environ), "by": host_user(environ)}
        issued = services.agents.create(email, given_name=given, family_name=family, **here)
    tell("")
    tell(f"Code for {issued.email}, good until {moment(issued.expires_at)}, once:")
    tell(f"  {issued.code}")
    tell_at_length(
        "Pass it on where nobody else reads it; it is not mailed. The agent chooses First login at the login and "
        "enters e-mail, this code and a password, then signs in, which leads into the setup assistant: 2-factor is "
        "forced on every agent, and nobody can release one. It is shown this once; bartizan rescue shows another."
    )
    return 0


def list_agents(environ: Mapping[str, str], home: Path, *, form: str) -> int:
    """Print every agent, as a table or, where `form` is json, as JSON; the exit code."""
    with _services(environ, home) as services:
        agents = services.agents.all()
    if form == "json":
        sys.stdout.write(json.dumps([_facts(agent) for agent in agents], indent=1) + "\n")
    elif not agents:
        tell("There is no support agent. Make one with: bartizan agent add")
    else:
        width = max(len(agent.email) for agent in agents)
        tell(_COLUMNS.format("State", "2-factor", "Last sign-in (UTC)", "E-mail", "Name", width=width))
        for agent in agents:
            second_factor = "on" if agent.second_factor else "not yet"
            line = (_state(agent), second_factor, _last_sign_in(agent), agent.email, agent.name)
            tell(_COLUMNS.format(*line, width=width))
    return 0


def deactivate_agent(environ: Mapping[str, str], home: Path) -> int:
    """Ask whom, and let that agent not sign in any more; the exit code.

    Raises:
        Refusal: there is no such agent. Nothing was changed.
    """
    with _services(environ, home) as services:
        agent = _asked_for(services)
        if not agent.active:
            tell_at_length(f"{agent.email} is deactivated already.")
            return 0
        ended = services.agents.deactivate(agent.email, origin=origin_of(environ), by=host_user(environ))
    tell_at_length(f"{agent.email} is deactivated. Sessions ended: {ended}; calls in them are over.")
    return 0


def activate_agent(environ: Mapping[str, str], home: Path) -> int:
    """Ask whom, and let that agent sign in again; the exit code.

    Raises:
        Refusal: there is no such agent. Nothing was changed.
    """
    with _services(environ, home) as services:
        agent = _asked_for(services)
        if agent.active:
            tell_at_length(f"{agent.email} is active already.")
            return 0
        services.agents.activate(agent.email, origin=origin_of(environ), by=host_user(environ))
    if agent.invited:
        tell_at_length(f"{agent.email} is active, but has no password yet. For a new code: bartizan rescue")
    else:
        tell_at_length(f"{agent.email} can sign in again.")
    return 0


@contextmanager
def _services(environ: Mapping[str, str], home: Path) -> Iterator[Services]:
    services = open_services(load_settings(environ, home))
    try:
        yield services
    finally:
        services.close()


def _asked_for(services: Services) -> Agent:
    """The agent whose address is typed, shown by name.

    Raises:
        NotThere: it is no agent's.
    """
    wanted = email_norm(Asking().openly("E-mail of the agent: "))
    found = next((agent for agent in services.agents.all() if email_norm(agent.email) == wanted), None)
    if found is None:
        raise NotThere("support agent")
    tell(f"{found.name}, support agent")
    return found


def _state(agent: Agent) -> str:
    if not agent.active:
        return "deactivated"
    return "invited" if agent.invited else "active"


def _last_sign_in(agent: Agent) -> str:
    return f"{agent.last_sign_in_at:%Y-%m-%d %H:%M}" if agent.last_sign_in_at else "never"


def _facts(agent: Agent) -> dict[str, str | bool | None]:
    return {
        "email": agent.email,
        "name": agent.name,
        "state": _state(agent),
        "second_factor": agent.second_factor,
        "last_sign_in": agent.last_sign_in_at.isoformat(timespec="seconds") if agent.last_sign_in_at else None,
    }
