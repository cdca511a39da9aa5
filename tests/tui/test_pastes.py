"""What is pasted stays text: no part of it becomes a key."""

import pytest
from textual.events import Paste

from tui.hosting.pastes import BEGIN, END, LONGEST, PATIENCE, Pastes


def arrived(*reads: str) -> list[str | tuple[str]]:
    """What is typed as strings, joined; what is pasted as tuples."""
    pastes = Pastes()
    parts: list[str | tuple[str]] = []
    for part in (part for text in reads for part in pastes.apart(text)):
        if isinstance(part, Paste):
            parts.append((part.text,))
        elif part and parts and isinstance(parts[-1], str):
            parts[-1] += part
        elif part:
            parts.append(part)
    return parts


@pytest.mark.parametrize(
    "content", ["plain", "", "\x1b", "\x1bq", "two\nlines", "\x1b]52;c;eA==\x07", BEGIN, "\x1b[201", "\x03\r", "é名"]
)
def test_a_paste_is_text_wherever_it_is_cut(content: str) -> None:
    """An ESC in a paste ended it in Textual 8.2.8: the screen was left, and the rest pressed keys."""
    text = f"a{BEGIN}{content}{END}b"

    for cut in range(len(text) + 1):
        if cut == len("a\x1b"):
            continue  # a lone ESC cannot be held back: it may be the key
        assert arrived(text[:cut], text[cut:], "") == ["a", (content,), "b"]


def test_two_pastes_at_once_stay_two() -> None:
    assert arrived(f"{BEGIN}one{END}{BEGIN}two{END}") == [("one",), ("two",)]


def test_keys_arrive_at_once_and_what_looks_like_the_begin_of_a_paste_after_a_silence() -> None:
    assert arrived("\x1b") == ["\x1b"]
    assert arrived("\x1b[A") == ["\x1b[A"]
    assert arrived("x\x1b[") == ["x"]
    assert arrived("x\x1b[", "") == ["x\x1b["]


def test_a_paste_that_never_ends_gives_the_keyboard_back() -> None:
    assert arrived(f"{BEGIN}lost", *[""] * (PATIENCE - 1)) == []
    assert arrived(f"{BEGIN}lost", *[""] * PATIENCE, "\x03") == [("lost",), "\x03"]


def test_a_paste_without_bounds_is_cut() -> None:
    assert arrived(BEGIN, *["x" * 100_000] * 12, END) == [("x" * LONGEST,)]


def test_a_nul_is_not_pasted() -> None:
    assert arrived(f"{BEGIN}a\0b{END}") == [("ab",)]
