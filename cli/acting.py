"""Commands that act as a person: he is asked for e-mail, password and code, and signed out whatever happens."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.asking import Asking
from cli.console import origin_of
from core.config import load_settings
from core.errors import EnrolmentOwed
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.origin import Origin
from core.services import Services, open_services


@contextmanager
def signed_in(asking: Asking) -> Iterator[tuple[Services, Session]]:
    """Somebody at this terminal, signed in as on the login screen.

    Raises:
        Refusal: wrong answers, as there; or he would have to set up 2-factor first.
    """
    settings = load_settings(os.environ, Path.home())
    services = open_services(settings)
    try:
        session = _sign_in(services, asking, origin_of(os.environ, vouched=settings.vouched))
        try:
            yield services, session
        finally:
            services.sessions.sign_out(session)
    finally:
        services.close()


def _sign_in(services: Services, asking: Asking, origin: Origin) -> Session:
    email = asking.openly("E-mail: ")
    step = services.login.sign_in(email, asking.secretly("Password: "), origin=origin)
    if isinstance(step, EnrolmentNeeded):
        raise EnrolmentOwed
    if not isinstance(step, CodeNeeded):
        return step
    code = asking.secretly("Security code, or a recovery code: ")
    is_recovery_code = any(char.isalpha() for char in code)
    return (services.login.give_recovery_code if is_recovery_code else services.login.give_code)(step, code)
