"""Rows become answers, with ids that are the same in every run."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.imports.columns import Wanted, find_columns
from services.intake.domain.imports.faults import RowFault
from services.intake.domain.imports.rows import EventIds, Reading, Row, read_row

HEADERS = ["tanggal", "loket", "usia", *(f"U{number}" for number in range(1, 10)), "nomor"]
ELEMENTS = {"complaints": "U8", "facilities": "U9"}
COLUMNS = find_columns(HEADERS, Wanted(service="loket", elements=ELEMENTS))
READING = Reading(COLUMNS, "pemkot", general_service="umum")


def cells(*, day: str = "2021-01-04", counter: str = "SAMSAT", score: str = "4") -> list[str]:
    """A row that is in order unless told otherwise."""
    return [day, counter, "26-35", *[score] * 9, ""]


def row(**changes: str) -> Row:
    """The same, understood."""
    read = read_row(cells(**changes), READING)
    assert isinstance(read, Row)
    return read


def test_a_row_says_when_about_what_and_how_good() -> None:
    read = row()

    assert read.service == "pemkot.samsat"
    assert set(read.answers.values()) == {4}
    assert read.respondent == {"age_band": "26_35"}
    assert row(counter=" ").service == "pemkot.umum"


def test_everything_that_is_wrong_with_a_row_is_told_at_once() -> None:
    wrong = ["kemarin", "???", "x", "5", *["4"] * 8, ""]

    assert read_row(wrong, READING) == [
        RowFault("tanggal", "invalid_date"),
        RowFault("loket", "invalid_service_name"),
        RowFault("U1", "invalid_score"),
    ]


def test_an_empty_score_is_a_question_without_an_answer_but_one_is_needed() -> None:
    some = cells()
    some[3] = ""

    read = read_row(some, READING)

    assert isinstance(read, Row)
    assert "requirements" not in read.answers
    assert read_row(cells(score=""), READING) == [RowFault("", "no_answers")]


def test_a_row_with_other_cells_than_the_header_is_refused() -> None:
    assert read_row(cells()[:-1], READING) == [RowFault("", "wrong_number_of_cells")]


def test_an_unknown_profile_value_costs_the_attribute_not_the_answer() -> None:
    odd = cells()
    odd[2] = "dewasa"

    read = read_row(odd, READING)

    assert isinstance(read, Row)
    assert read.respondent == {}
    assert read.unrecognised == [("usia", "dewasa")]


@given(st.lists(st.sampled_from("1234"), min_size=1, max_size=30), st.randoms())
def test_ids_do_not_depend_on_the_order_of_the_file(scores: list[str], random: Random) -> None:
    rows = [row(score=score) for score in scores]
    shuffled = list(rows)
    random.shuffle(shuffled)

    first, second = EventIds(None, "mpp", "imported"), EventIds(None, "mpp", "imported")

    assert {first.next(one) for one in rows} == {second.next(one) for one in shuffled}


def test_equal_rows_are_different_answers() -> None:
    ids = EventIds(None, "mpp", "imported")

    assert len({ids.next(row()) for _ in range(5)}) == 5


def test_ids_never_change_between_versions() -> None:
    assert EventIds(None, "mpp", "imported").next(row()) == "fed50bda-c92a-5b38-a8b8-4490c6b2ab8b"


def test_a_label_keeps_equal_rows_of_two_files_apart() -> None:
    ids = {EventIds(label, "mpp", "imported").next(row()) for label in (None, "pagi", "sore")}

    assert len(ids) == 3


def test_an_id_column_is_taken_as_it_is_below_the_label() -> None:
    columns = find_columns(HEADERS, Wanted(service="loket", id="nomor", elements=ELEMENTS))
    reading = Reading(columns, "pemkot")
    numbered = [*cells()[:-1], "A-1"]

    read = read_row(numbered, reading)

    assert isinstance(read, Row)
    assert EventIds(None, None, "imported").next(read) == "A-1"
    assert EventIds("pagi", None, "imported").next(read) == "pagi:A-1"
    assert read_row(cells(), reading) == [RowFault("nomor", "missing_id")]
    assert read_row([*cells()[:-1], "x" * 88], reading) == [RowFault("nomor", "invalid_id")]
