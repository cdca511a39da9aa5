"""A bracketed paste is text, whatever stands in it. Textual takes an ESC in it for its end and the rest for keys."""

from collections.abc import Iterator

from textual.events import Paste

BEGIN, END = "\x1b[200~", "\x1b[201~"

LONGEST = 1_000_000
"""Characters of a paste that are kept; no field takes more."""

PATIENCE = 30
"""So many looks in a row at a silent line, a tenth of a second each, end a paste that its terminal never ended."""


class Pastes:
    """Takes the pastes out of what arrives, wherever reading has cut it."""

    def __init__(self) -> None:
        self._cut_off = ""
        self._pasted: list[str] | None = None
        self._left = LONGEST
        self._silent = 0

    @property
    def wait(self) -> bool:
        """Whether what came so far is the beginning of something, and silence would end it."""
        return self._pasted is not None or bool(self._cut_off)

    @property
    def is_full(self) -> bool:
        """Whether what comes is thrown away, until the paste ends."""
        return self._pasted is not None and not self._left

    def apart(self, text: str) -> Iterator[str | Paste]:
        """What was typed and what was pasted, in order; no text means that nothing has come for a tenth of a second."""
        self._silent = 0 if text else self._silent + 1
        rest, self._cut_off = self._cut_off + text, ""
        while self._pasted is not None or BEGIN in rest:
            if self._pasted is None:
                typed, _, rest = rest.partition(BEGIN)
                yield typed
                self._pasted, self._left = [], LONGEST
            inside, end, after = rest.partition(END)
            if not end and self._silent < PATIENCE:
                self._keep(inside)
                return
            self._pasted.append(inside[: self._left])
            yield Paste("".join(self._pasted).replace("\0", ""))
            self._pasted, rest = None, after
        keys = rest if not text else _without_cut_off(rest, BEGIN, at_least=2)  # a lone ESC may be the key
        self._cut_off = rest[len(keys) :]
        yield keys

    def _keep(self, inside: str) -> None:
        whole = _without_cut_off(inside, END, at_least=1)
        self._cut_off = inside[len(whole) :]
        if self._pasted is not None and whole:
            self._pasted.append(whole[: self._left])
            self._left = max(0, self._left - len(whole))


def _without_cut_off(text: str, mark: str, *, at_least: int) -> str:
    """The text without the beginning of a mark, of so many characters at least, at its end."""
    for length in range(len(mark) - 1, at_least - 1, -1):
        if text.endswith(mark[:length]):
            return text[:-length]
    return text
