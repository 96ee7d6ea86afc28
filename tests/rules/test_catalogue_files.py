"""Catalogue files: what is written is read again, and what is wrong is told with its cell."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from services.commands.catalogue import files, workbook, yaml_file
from services.commands.catalogue.check import REASONS, Known, check
from services.commands.catalogue.plan import plan, rows_of
from services.commands.catalogue.rows import KINDS, Row, Unreadable
from services.intake.domain.completeness import completeness
from tests.standards import COMPLETE

TODAY = date(2026, 3, 16)
SMALL: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "agencies": [{"code": "dinkes", "name": "Dinas Kesehatan", "kind": "dinas", "example": True}],
    "places": [{"code": "mpp", "name": "MPP", "kind": "mpp", "timezone": "Asia/Makassar"}],
    "services": [
        {"code": "dinkes.lama", "name": "Lama", "successor": "dinkes.sip"},
        {"code": "dinkes.sip", "name": "=Izin +1", "valid_from": "2024-01-31"},
    ],
    "standards": [
        {"service": "dinkes.lama", "valid_from": "2025-01-02", "fee": {"amount": 0}},
        {"service": "dinkes.sip", **COMPLETE},
    ],
}


def known_from(rows: Sequence[Row]) -> Known:
    """A registry into which the rows were put."""
    entries, refused = check(rows, Known(), TODAY)
    assert refused == []
    contents = {
        kind: {entry.code: entry.content for entry in entries if entry.kind == kind}
        for kind in KINDS
    }
    return Known(**contents)


def small() -> list[Row]:
    return [Row(kind, row) for kind in KINDS for row in SMALL[kind]]


@pytest.mark.parametrize("form", [yaml_file, workbook])
def test_what_is_written_is_read_again(form: Any) -> None:
    for rows in (small(), files.read(files.EXAMPLE)):
        known = known_from(rows)
        read = form.read(form.write(rows_of(known)))

        entries, refused = check(read, known, TODAY)

        assert refused == []
        assert len(entries) == len(rows)
        assert plan(entries, known) == []
        assert rows_of(known_from(read)) == rows_of(known)


def test_equal_catalogues_are_equal_yaml() -> None:
    written = yaml_file.write(rows_of(known_from(small())))

    assert yaml_file.write(rows_of(known_from(yaml_file.read(written)))) == written


def test_the_example_is_a_city_and_says_of_every_row_that_it_is_one() -> None:
    rows = files.read(files.EXAMPLE)
    known = known_from(rows)
    scores = [completeness(each).filled for each in known.standards.values()]

    assert all(row.values["example"] is True for row in rows)
    assert len(known.agencies) >= 60
    assert sum(each.kind == "kecamatan" for each in known.agencies.values()) == 11
    assert [code for code, each in known.places.items() if each.kind == "mpp"] == ["mpp"]
    assert {known.services[f"dpmptsp.{old}"].successor for old in ("situ", "siup", "tdp")} == {
        "dpmptsp.nib"
    }
    assert len(known.standards) > 100
    assert max(scores) == 14 > min(scores), "some show what an incomplete one looks like"


def test_a_plan_says_what_is_new_and_which_members_changed() -> None:
    known = known_from(small())
    changed = dict(SMALL["services"][1], name="Izin Praktik")
    slower = {**SMALL["standards"][1], "valid_from": "2026-04-01", "fee": {"amount": 0}}
    added = {"code": "rsud", "name": "RSUD", "kind": "rsud"}
    rows = [Row("standards", slower), Row("services", changed), Row("agencies", added)]

    steps = plan(check(rows, known, TODAY)[0], known)

    assert [(step.entry.code, step.changed) for step in steps] == [
        ("rsud", ()),
        ("dinkes.sip", ("name",)),
        ("dinkes.sip", ("valid_from", "fee")),
    ]


YAML_FAULTS = """
agencies:
- {code: dinkes, name: Dinas Kesehatan, kind: dina}
- {code: Dinkes, name: X, kind: dinas}
- {name: X, kind: dinas}
services:
- {code: dinkes.sip, name: ' Izin', successor: dinkes.sik}
- {code: dinkes.sik, name: Izin, successor: dinkes.sip}
- {code: dinkes.a, name: A, successor: dinkes.b}
- {code: dinkes.b, name: B, successor: dinkes.a}
- {code: lain.c, name: C}
- {code: lain.c, name: C}
- {code: lain.b, name: B, valid_from: kemarin}
standards:
- service: dinkes.sip
  valid_from: 2025-01-02
  requirements:
  - {name: KTP}
  - {name: KK, issued_by: 7}
- service: dinkes.tiada
  valid_from: 2025-01-02
  deadline: {number: 0, unit: working_days}
- {service: dinkes.tiada, valid_from: 2025-01-02}
"""


def test_a_refused_row_is_told_with_its_line_member_and_reason() -> None:
    _, refused = check(yaml_file.read(YAML_FAULTS.encode()), Known(), TODAY)

    told = {(one.place, one.pointer, one.reason) for one in refused}
    assert told == {
        (f"line {line}", pointer, REASONS[code])
        for line, pointer, code in (
            (3, "/kind", "not_allowed"),
            (4, "/code", "invalid_format"),
            (5, "/code", "missing_field"),
            (7, "/name", "invalid_format"),
            (9, "/successor", "successor_circle"),
            (10, "/successor", "successor_circle"),
            (12, "/code", "duplicate"),
            (11, "/code", "unknown_agency"),
            (12, "/code", "unknown_agency"),
            (13, "/valid_from", "invalid_time"),
            (19, "/requirements/1/issued_by", "wrong_type"),
            (22, "/deadline/number", "out_of_range"),
            (23, "/service", "unknown_service"),
        )
    }


def test_a_new_version_that_begins_in_the_past_is_seen_before_anything_is_sent() -> None:
    late = {**SMALL["standards"][1], "fee": {"amount": 0}}

    _, refused = check([Row("standards", late)], known_from(small()), TODAY)

    assert [one.reason for one in refused] == [REASONS["begins_in_the_past"]]


def test_a_refused_cell_of_a_workbook_is_told_by_its_name() -> None:
    book = openpyxl.load_workbook(BytesIO(workbook.write(rows_of(known_from(small())))))
    book["standards"]["E3"] = "lima"
    book["standards"]["Y2"] = "mungkin"
    assert [book["standards"][f"{column}1"].value for column in "EY"] == [
        "deadline_number",
        "example",
    ]
    book["services"]["C3"] = date(2024, 2, 29)  # a real date, as a spreadsheet program makes it
    del book["places"]
    saved = BytesIO()
    book.save(saved)

    entries, refused = check(workbook.read(saved.getvalue()), Known(), TODAY)

    assert {(one.place, one.pointer) for one in refused} == {
        ("standards!E3", "/deadline/number"),
        ("standards!Y2", "/example"),
    }
    dates = [entry.content.valid_from for entry in entries if entry.code == "dinkes.sip"]
    assert dates == [date(2024, 2, 29)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"agencies:\n- {code: a\n", "line"),
        (b"- a", "expected the lists"),
        (b"agencies: []\nagencies: []", "stands twice (line 2)"),
        (b"agencies:\n- {code: a, name: x, name: y}", "stands twice (line 2)"),
        (b"agencies: {code: a}", "not a list (line 1)"),
        (b"agencies:\n- dinkes", "expected a mapping in line 2"),
        (b"instansi: []", "unknown list: instansi"),
        (b"agencies: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
        (b"agencies: \xff", "invalid"),
        (b"", "expected the lists"),
        (b"agencies: " + b"[" * 990 + b"]" * 990, "nested too deeply"),
        (b"agencies: &a [*a]", "expected a mapping in line 1"),
    ],
)
def test_what_is_no_catalogue_is_refused_as_a_whole(content: bytes, told: str) -> None:
    with pytest.raises(Unreadable, match=r".*") as refused:
        yaml_file.read(content)

    assert told in str(refused.value)


def test_a_workbook_with_unknown_columns_or_none_at_all_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "agencies"  # type: ignore[union-attr]  # a new workbook has a sheet
    book.active.append(["code", "nama"])  # type: ignore[union-attr]
    book.save(tmp_path / "salah.xlsx")
    (tmp_path / "bukan.xlsx").write_bytes(b"kode,nama")
    (tmp_path / "katalog.csv").touch()

    for name, told in (
        ("salah.xlsx", "unknown column nama"),
        ("bukan.xlsx", "not_xlsx"),
        ("katalog.csv", "a .yaml or .xlsx file"),
    ):
        with pytest.raises(Unreadable, match=told):
            files.read(tmp_path / name)
