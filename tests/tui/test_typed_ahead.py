"""Keys that come faster than screens open: what they do is nobody's business, but no console may fail of them."""

from pathlib import Path
from random import Random

import pytest
from textual import events

from tests.tui.consoles import console
from tests.tui.test_wire import KEYS

WALKS, KEYS_AHEAD, MOST = 3, 12, 150


@pytest.mark.parametrize("seed", range(WALKS))
async def test_no_keys_end_a_console_however_fast_they_come(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    async with console(tmp_path) as seen:
        await seen.sign_in()
        await seen.sees("How your account is protected")
        for number in range(MOST):
            key = random.choice(KEYS)
            seen.app.post_message(events.Key(key, key if len(key) == 1 else None))
            if number % KEYS_AHEAD == 0:
                await seen.pilot.pause()
            if not seen.app.is_running:  # it was asked to quit
                break

        assert seen.app._exception is None
