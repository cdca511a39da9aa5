"""What is painted in one go: neighbouring cells that can be written without another move or another look."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tui.hosting.cells import Row, is_agreed
from tui.hosting.looks import Look

_MOVE = 4
"""Bytes of a short move: what stands unchanged between two changes is written again if that is no longer."""

_BLANKS = re.compile("  {4,}")
"""What may be shorter erased than written: ECH takes four bytes or more."""

TO_THE_END = -1

OnBlank = str | tuple[str, str, int]


class Stroke(NamedTuple):
    """Some neighbouring cells of a row."""

    row: int
    column: int
    end: int
    """The column behind it."""
    look: Look | None
    """How it looks; None if only blanks are in it."""
    on_blank: OnBlank
    """What is seen of its look on blanks."""
    text: str
    erased: int = 0
    """How many cells are erased instead of written, or `TO_THE_END` of the row."""


def strokes(row: int, wanted: Row, shown: Row, *, erases_in_colour: bool) -> Iterator[Stroke]:
    """The strokes that turn the shown row into the wanted one, from left to right.

    Of no wide character is the first half erased alone: tmux takes what is written over the second for a change of
    both.
    """
    changed = _changed(wanted, shown)
    tail = _blank_from(wanted, erases_in_colour=erases_in_colour)
    in_tail = [at for at in changed if at >= tail]
    erases_tail = len(in_tail) >= _MOVE
    if erases_tail:
        changed = changed[: -len(in_tail)]
    for run in _runs(wanted, changed):
        yield from _parts(row, run, shown, erases_in_colour=erases_in_colour)
    if erases_tail:
        yield Stroke(row, in_tail[0], len(wanted.looks), None, wanted.looks[-1].on_blank, "", TO_THE_END)


def _changed(wanted: Row, shown: Row) -> list[int]:
    """The columns in which something else is to be seen."""
    cells = zip(wanted.characters, shown.characters, wanted.looks, shown.looks, strict=True)
    return [
        at
        for at, (new, old, look, old_look) in enumerate(cells)
        if new != old
        or (look is not old_look and look != old_look and (new != " " or look.on_blank != old_look.on_blank))
    ]


def _blank_from(wanted: Row, *, erases_in_colour: bool) -> int:
    """The column from which on the row may be erased, its width if there is none."""
    at = len(wanted.looks)
    on_blank = wanted.looks[-1].on_blank
    if _may_erase(on_blank, erases_in_colour=erases_in_colour):
        for character, look in zip(reversed(wanted.characters), reversed(wanted.looks), strict=True):
            if character != " " or look.on_blank != on_blank:
                break
            at -= 1
    return at


def _may_erase(on_blank: OnBlank, *, erases_in_colour: bool) -> bool:
    """Does an erased cell look as a blank that is written?"""
    return isinstance(on_blank, str) and (erases_in_colour or not on_blank)


class _Run:
    """Changed cells that are written in one look, with what stands unchanged between them."""

    __slots__ = ("_open", "_wanted", "end", "look", "on_blank", "start")

    def __init__(self, wanted: Row, start: int) -> None:
        self._wanted = wanted
        self.start = self.end = start
        self.look: Look | None = None
        self.on_blank = wanted.looks[start].on_blank
        self._open = True
        self.takes(start)

    @property
    def cells(self) -> list[str]:
        """What is written."""
        return self._wanted.characters[self.start : self.end]

    def takes(self, at: int) -> bool:
        """Take the cell in, with all before it, unless it is too far away or looks otherwise."""
        if not self._open or at - self.end > _MOVE:
            return False
        characters, looks = self._wanted.characters, self._wanted.looks
        look, cost = self.look, 0
        for each in range(self.end, at + 1):
            character = characters[each]
            if looks[each].on_blank != self.on_blank:
                return False
            if character != " ":
                if look is None:
                    look = looks[each]
                elif looks[each] != look:
                    return False
            if each < at:
                cost += len(character.encode())
                if cost > _MOVE or not is_agreed(character):
                    return False
        self.look = look
        self.end = at + 1
        self._open = is_agreed(characters[at])
        while self.end < len(characters) and not characters[self.end]:
            self.end += 1
        return True


def _runs(wanted: Row, changed: list[int]) -> Iterator[_Run]:
    run: _Run | None = None
    for at in changed:
        if run is None:
            run = _Run(wanted, at)
        elif at >= run.end and not run.takes(at):
            yield run
            run = _Run(wanted, at)
    if run is not None:
        yield run


def _parts(row: int, run: _Run, shown: Row, *, erases_in_colour: bool) -> Iterator[Stroke]:
    """A run as strokes: long blanks in it are erased where that is shorter."""
    cells = run.cells
    done = 0
    if len(cells) > _MOVE and _may_erase(run.on_blank, erases_in_colour=erases_in_colour):
        for blanks in _BLANKS.finditer("".join(cell if cell == " " else "x" for cell in cells)):
            start, end = blanks.span()
            end -= shown.characters[run.start + end : run.start + end + 1] == [""]
            erasing = len(f"\x1b[{end - start}X")
            if end - start > (erasing if end == len(cells) else 2 * erasing):
                if start > done:
                    yield _stroke(row, run, done, start)
                yield Stroke(row, run.start + start, run.start + end, None, run.on_blank, "", end - start)
                done = end
    if done < len(cells):
        yield _stroke(row, run, done, len(cells))


def _stroke(row: int, run: _Run, start: int, end: int) -> Stroke:
    cells = run.cells[start:end]
    if cells[-1:] == [""] and not is_agreed(cells[-2]):
        # A terminal that takes it for narrow leaves its second cell as it was; so that is made blank before.
        cells[-2] = f"  \x1b[{run.start + end - 1}G{cells[-2]}"
    text = "".join(cells)
    look = None if text.isspace() else run.look
    return Stroke(row, run.start + start, run.start + end, look, run.on_blank, text)
