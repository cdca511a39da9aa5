"""Files of many rows: CSV with a header line, or JSON with an object a line (alone, or between [ and ]).

A line is a row: none of what is taken has line breaks in it, and a quotation mark that is never closed spoils one line
instead of the rest of the file. Cells that a spreadsheet would compute are written with an apostrophe in front (OWASP,
CSV Injection), and it is taken off again when they are read.
"""

import csv
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import StringIO
from itertools import chain
from typing import Any, BinaryIO

from core.errors import ColumnMissing, ColumnUnknown, FieldRefused, Refusal, TooManyLines

LONGEST = 8 * 1024
"""Bytes of a line."""

MOST = 1_000_000
"""Lines of a file, its header aside."""

_BOM = b"\xef\xbb\xbf"
_COMPUTED = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_DEFUSED = re.compile(f"'*[{_COMPUTED}]")
_PARTS = {separator: re.compile(rf"((?:[^\\{separator}]|\\.)*\\?)(?:{separator}|$)") for separator in ";:"}


@dataclass(frozen=True)
class Record:
    """One row, every cell as text; a column that the file lacks is not there."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class BadLine:
    """A line that is not taken, and why."""

    line: int
    refusal: Refusal


# Reading


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is too long no more is kept than shows that it is."""
    while line := file.readline(LONGEST + 1):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST + 1)
        yield line


def records(lines: Iterable[bytes], *, columns: Collection[str], needed: Collection[str]) -> Iterator[Record | BadLine]:
    """The rows of a file, of which each column is one of `columns`, and none of `needed` is missing.

    Raises:
        ColumnUnknown, ColumnMissing, FieldRefused: of a CSV file's header line.
    """
    rows = _rows(lines)
    first = next(rows, None)
    if first is None:
        raise ColumnMissing(next(iter(needed)))
    if first[1].lstrip()[:1] in {b"{", b"["}:
        yield from _read(chain([first], rows), partial(_object, columns=columns))
    else:
        yield from _read(rows, partial(_row, header=_header(first[1], columns, needed)))


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not empty, with their numbers."""
    for number, line in enumerate(lines, start=1):
        content = line.removeprefix(_BOM) if number == 1 else line
        if content.strip():
            yield number, content


def _read(rows: Iterable[tuple[int, bytes]], read: Callable[[bytes], dict[str, str]]) -> Iterator[Record | BadLine]:
    count = 0
    for number, content in rows:
        if content.strip() in {b"[", b"]"}:
            continue
        count += 1
        if count > MOST:
            yield BadLine(number, TooManyLines(MOST))
            return
        try:
            yield Record(number, read(content))
        except Refusal as refusal:
            yield BadLine(number, refusal)


def split(cell: str, separator: str) -> tuple[str, ...]:
    """The parts of a cell that holds several, as they stand there; what has a backslash in front separates nothing."""
    parts = (match[1].strip() for match in _PARTS[separator].finditer(cell))
    return tuple(part for part in parts if part)


def unmasked(part: str) -> str:
    """A part as it is meant."""
    return re.sub(r"\\(.)", r"\1", part)


def listed(cell: str) -> tuple[str, ...]:
    """The names in a cell that holds several."""
    return tuple(map(unmasked, split(cell, ";")))


def yes_or_no(cell: str, *, field: str) -> bool:
    """What a cell says; no where it is empty.

    Raises:
        FieldRefused: neither.
    """
    said = {"": False, "no": False, "yes": True}.get(cell.strip().casefold())
    if said is None:
        raise FieldRefused(field, "be yes or no")
    return said


def _header(line: bytes, columns: Collection[str], needed: Collection[str]) -> list[str]:
    names = [name.strip() for name in _split(line)]
    for name in names:
        if name not in columns or names.count(name) > 1:
            raise ColumnUnknown(name)
    for name in needed:
        if name not in names:
            raise ColumnMissing(name)
    return names


def _row(line: bytes, header: Sequence[str]) -> dict[str, str]:
    cells = _split(line)
    if len(cells) != len(header):
        raise FieldRefused("The line", f"have {len(header)} fields")
    return {name: plain(cell) for name, cell in zip(header, cells, strict=True)}


def _split(line: bytes) -> list[str]:
    try:
        return next(csv.reader([_text(line)], strict=True))
    except csv.Error:
        raise FieldRefused("The line", "have its quotation marks closed and doubled inside a field") from None


def _object(line: bytes, columns: Collection[str]) -> dict[str, str]:
    try:
        found = json.loads(_text(line).rstrip().removesuffix(","))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise FieldRefused("The line", "be a JSON object")
    for name in found:
        if name not in columns:
            raise ColumnUnknown(name)
    return {name: _cell_of(value, field=name) for name, value in found.items()}


def _cell_of(value: object, *, field: str) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ";".join(masked(part) for part in value)
    if not isinstance(value, str):
        raise FieldRefused(field, "be a text, a list of texts, true or false")
    return value


def _text(line: bytes) -> str:
    if len(line) > LONGEST:
        raise FieldRefused("The line", f"have at most {LONGEST} bytes")
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise FieldRefused("The line", "be UTF-8") from None


# Writing


def masked(name: str, separators: str = ";") -> str:
    """A name as a part of a cell that holds several."""
    return re.sub(rf"[\\{separators}]", r"\\\g<0>", name)


def harmless(cell: str) -> str:
    """A cell that no spreadsheet computes."""
    return f"'{cell}" if _DEFUSED.match(cell) else cell


def plain(cell: str) -> str:
    """A cell as it was before it was made harmless."""
    return cell[1:] if cell.startswith("'") and _DEFUSED.match(cell) else cell


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Rows as lines of CSV (RFC 4180), the header first."""
    yield _csv_line(columns)
    for row in rows:
        yield _csv_line([harmless(_cell_of(row[name], field=name)) for name in columns])


def as_json(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Rows as lines of a JSON array, an object a line."""
    yield "["
    before = ""
    for row in rows:
        yield f"{before}\n{json.dumps(row, ensure_ascii=False)}"
        before = ","
    yield "\n]\n"


def _csv_line(cells: Sequence[str]) -> str:
    line = StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
