"""Step 5: type one recovery code back, and confirm."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.screens.assistant.asking_step import AskingStep, Question

if TYPE_CHECKING:
    from core.enrolment import Enrolling, EnrolmentService
    from core.login_steps import Session

_QUESTION = Question(
    step=5,
    how=(
        "Type any one of your ten recovery codes back, to be sure that you have them. It stays unused.\n\n"
        "After you confirm, each sign-in asks for your password and a code of your app."
    ),
    label="Recovery code",
    go_on="Confirm",
    back="Back to the codes",
)


def confirm(enrolment: EnrolmentService, who: Enrolling) -> AskingStep[Session]:
    """Asks for one of the codes; the answer is the session with its second factor proved."""
    return AskingStep(_QUESTION, partial(enrolment.confirm, who))
