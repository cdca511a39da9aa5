"""Files of many rows, as they are read and written."""

import csv
import json
from collections.abc import Iterable
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import TooManyLines
from core.records import LONGEST, MOST, BadLine, Record, as_csv, as_json, harmless, lines_of, listed, masked, records

VISIBLE = st.text(st.characters(categories=("L", "M", "N", "P", "S")), min_size=1)
CELLS = st.text(st.sampled_from("=+-@'\";,\\\t a1ä\uff1d")) | VISIBLE


def read(lines: Iterable[bytes], *columns: str) -> list[Record | BadLine]:
    return list(records(lines, columns=columns, needed=columns[:1]))


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1))
def test_what_is_written_is_read_as_it_was_whatever_it_begins_with(written: list[tuple[str, str]]) -> None:
    rows = [{"one": one, "two": two} for one, two in written]
    for lines in (as_csv(("one", "two"), rows), as_json(rows)):
        found = read(lines_of(BytesIO("".join(lines).encode())), "one", "two")

        assert [each.cells for each in found if isinstance(each, Record)] == rows


@given(st.lists(VISIBLE))
def test_a_cell_of_several_names_is_read_as_they_were(names: list[str]) -> None:
    assert listed(";".join(map(masked, names))) == tuple(names)


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=1", "\uff1d1", "\n=1"])
def test_no_cell_begins_with_what_a_spreadsheet_computes(formula: str) -> None:
    """Attack: a user whose given name was =HYPERLINK(…) was computed on the computer of whoever opened the export."""
    assert harmless(formula) == f"'{formula}"
    assert all(harmless(name) == name for name in ("Jane", "O'Neil", "'t Hooft", "a=b", "", "''"))


def test_csv_is_what_rfc_4180_says() -> None:
    [header, line] = as_csv(("a", "b"), [{"a": 'say "hi", you', "b": True}])

    assert (header, line) == ("a,b\r\n", '"say ""hi"", you",yes\r\n')


def test_json_is_an_array_with_an_object_a_line() -> None:
    text = "".join(as_json([{"a": "ä", "b": None}, {"a": "\x1b[2J\n", "b": ["x"]}]))

    assert json.loads(text) == [{"a": "ä", "b": None}, {"a": "\x1b[2J\n", "b": ["x"]}]
    assert len(text.splitlines()) == 4
    assert "\x1b" not in text
    assert json.loads("".join(as_json([]))) == []


def test_a_line_without_an_end_is_not_held_in_memory() -> None:
    lines = list(lines_of(BytesIO(b"a\n" + b"x" * 100 * LONGEST + b"\nb\n" + b"y" * LONGEST)))

    assert [len(line) for line in lines] == [2, LONGEST + 1, 2, LONGEST]
    assert lines[2] == b"b\n"


def test_a_file_may_have_a_million_lines_and_is_read_no_further() -> None:
    def endless() -> Iterable[bytes]:
        yield b"a"
        while True:
            yield b"x\n"

    *rows, last = records(endless(), columns=("a",), needed=("a",))

    assert len(rows) == MOST
    assert isinstance(last, BadLine)
    assert (last.line, type(last.refusal)) == (MOST + 2, TooManyLines)


def test_columns_may_stand_in_any_order_and_one_that_is_not_needed_may_lack() -> None:
    [row] = read([b"b,a\n", b"1,2\n"], "a", "b", "c")

    assert row == Record(2, {"b": "1", "a": "2"})


def test_the_reader_of_the_standard_library_reads_what_is_written() -> None:
    rows = [{"a": "x\"y,z;'", "b": "=1"}]

    assert list(csv.reader(StringIO("".join(as_csv(("a", "b"), rows))))) == [["a", "b"], ["x\"y,z;'", "'=1"]]
