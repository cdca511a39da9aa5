"""Step 3: enter the security code that the app shows now."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.screens.assistant.asking_step import AskingStep, Question

if TYPE_CHECKING:
    from core.enrolment import Enrolling, EnrolmentService

_QUESTION = Question(
    step=3,
    how=(
        "Your app now shows a code of six digits for Bartizan. It changes every 30 seconds.\n\n"
        "Enter the one that it shows now. Spaces do not matter."
    ),
    label="Security code",
    go_on="Next",
    back="Back to the QR code",
)


def enter_code(enrolment: EnrolmentService, who: Enrolling) -> AskingStep[tuple[str, ...]]:
    """Asks for a first code; the answer is the recovery codes."""
    return AskingStep(_QUESTION, partial(enrolment.prove, who))
