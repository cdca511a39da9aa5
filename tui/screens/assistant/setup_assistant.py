"""The setup assistant from its first step to its last; leaving it anywhere changes nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from core.errors import Refusal
from core.login_steps import EnrolmentNeeded, Session
from tui.screens.assistant.confirm import confirm
from tui.screens.assistant.enter_code import enter_code
from tui.screens.assistant.install import InstallScreen
from tui.screens.assistant.keep_codes import KeepCodesScreen
from tui.screens.assistant.move import Move
from tui.screens.assistant.scan import ScanScreen

if TYPE_CHECKING:
    from textual.app import App

    from core.enrolment import Enrolling, EnrolmentService, SetupKey


async def set_up_second_factor(
    app: App[Any], enrolment: EnrolmentService, who: Enrolling, setup: SetupKey, *, utf8: bool
) -> Session | None:
    """Lead a person through the five steps, with what `EnrolmentService.begin` has made for him.

    The new session comes back, or None if the assistant was left.

    Raises:
        Refusal: the assistant must be opened again (it took too long, the session is over).
    """
    try:
        codes = await _until_proved(app, enrolment, who, setup, utf8=utf8)
        return await _until_confirmed(app, enrolment, who, codes) if codes else None
    finally:
        # A console that ends cancels this more than once, and a thread that has not begun would be cancelled with it.
        forgotten = asyncio.get_running_loop().run_in_executor(None, enrolment.leave, who)
        await asyncio.shield(forgotten)


async def _until_proved(
    app: App[Any], enrolment: EnrolmentService, who: Enrolling, setup: SetupKey, *, utf8: bool
) -> tuple[str, ...] | None:
    forced = isinstance(who, EnrolmentNeeded)
    while await app.push_screen_wait(InstallScreen(forced=forced)) is Move.NEXT:
        while (moved := await app.push_screen_wait(ScanScreen(setup, utf8=utf8))) is Move.NEXT:
            answer = await app.push_screen_wait(enter_code(enrolment, who))
            if isinstance(answer, Refusal):
                raise answer
            if isinstance(answer, tuple):
                return answer
            if answer is Move.CANCEL:
                return None
        if moved is Move.CANCEL:
            return None
    return None


async def _until_confirmed(
    app: App[Any], enrolment: EnrolmentService, who: Enrolling, codes: tuple[str, ...]
) -> Session | None:
    while await app.push_screen_wait(KeepCodesScreen(codes)) is Move.NEXT:
        answer = await app.push_screen_wait(confirm(enrolment, who))
        if isinstance(answer, Refusal):
            raise answer
        if isinstance(answer, Session):
            return answer
        if answer is Move.CANCEL:
            return None
    return None
