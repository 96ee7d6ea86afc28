"""CSV files are read whatever divides them, or refused with the reason; memory stays small."""

import io
import tracemalloc
from typing import Any

import pytest

from services.intake.domain.imports.faults import FileFault
from services.intake.domain.imports.rows import LONGEST_ROW
from services.intake.usecases.imports.options import Options
from services.intake.usecases.imports.tables import read_table
from tests.workbooks import MB, Rows


def csv_rows(body: bytes, **options: Any) -> tuple[list[str], Rows]:
    """Headers and rows of a CSV file."""
    chosen = Options(kind="csv", agency="pemkot", **options)
    headers, rows = read_table(io.BytesIO(body), chosen, most_unpacked=0)
    return headers, list(rows)


def csv_fault(body: bytes, **options: Any) -> tuple[str, str]:
    """Why a CSV file is refused, and where."""
    with pytest.raises(FileFault) as caught:
        csv_rows(body, **options)
    return caught.value.code, caught.value.pointers[0]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_file_is_read_whatever_divides_its_cells_and_lines(
    delimiter: str, line_end: str
) -> None:
    lines = [["tanggal", "U1", "U2"], ["2021-01-04", "4", ""], [""], ["x", '"a\ny"', '"b;,|\t"']]
    body = line_end.join(delimiter.join(line) for line in lines).encode()
    expected = [(2, ["2021-01-04", "4", ""]), (4, ["x", "a\ny", "b;,|\t"])]

    assert csv_rows(body) == (lines[0], expected)
    assert csv_rows(b"\xef\xbb\xbf" + body) == (lines[0], expected)


def test_the_delimiter_and_the_encoding_can_be_said() -> None:
    body = "a,b;c\né,1;2".encode("cp1252")

    named = csv_rows(body, encoding="cp1252", delimiter="semicolon")
    found = csv_rows(body, encoding="cp1252", delimiter="auto")

    assert named == (["a,b", "c"], [(2, ["é,1", "2"])])
    assert found == (["a", "b;c"], [(2, ["é", "1;2"])])
    assert csv_fault(body, sheet="Data") == ("wrong_option", "/query/sheet")


def test_a_csv_file_that_cannot_be_read_is_refused_with_the_reason() -> None:
    good = b"a,b\n1,2\n"

    assert csv_fault(good * 3_000 + b"\xe9,1\n") == ("wrong_encoding", "")
    assert csv_fault("a,b\n".encode("utf-16")) == ("wrong_encoding", "")
    assert csv_fault(b"a\n\x81", encoding="cp1252") == ("wrong_encoding", "")
    assert csv_fault(good + b'"x') == ("not_csv", "/rows/3")
    assert csv_fault(good + b'"x"y,1\n') == ("not_csv", "/rows/3")
    assert csv_fault(good + b'"' + b"x\n" * 200_000) == ("not_csv", "/rows/3")
    assert csv_fault(good + b'"' + b"x" * (LONGEST_ROW + 1)) == ("row_too_long", "/rows/3")
    assert csv_fault(good + b",".join([b"x"] * LONGEST_ROW)) == ("row_too_long", "/rows/3")
    assert csv_fault(b"") == csv_fault(b"\n \n,,\n") == ("empty_file", "")


def test_a_file_may_be_much_longer_than_its_longest_row() -> None:
    rows = LONGEST_ROW // 1000 + 1

    assert len(csv_rows(b"a,b\n" + (b"1," + b"2" * 1000 + b"\n") * rows)[1]) == rows


@pytest.mark.parametrize("endless", [b"x", b"x\n"])
def test_an_endless_quoted_row_takes_little_memory(endless: bytes) -> None:
    file = io.BytesIO(b'a,b\n"' + endless * (10 * MB))
    tracemalloc.start()
    try:
        with pytest.raises(FileFault):
            list(read_table(file, Options(kind="csv", agency="a"), most_unpacked=0)[1])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 4 * MB


def test_empty_cells_beyond_the_header_do_not_matter_and_filled_ones_are_kept() -> None:
    assert csv_rows(b"a,b,,\n1,2,,,\n1,2,x\n1\n") == (
        ["a", "b"],
        [(2, ["1", "2"]), (3, ["1", "2", "x"]), (4, ["1"])],
    )
