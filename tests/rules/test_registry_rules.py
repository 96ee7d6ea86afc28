"""What registry entries and the services of an import must satisfy beyond their types."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.imports.columns import ELEMENTS, LONGEST_HEADER, Wanted, find_columns
from services.intake.domain.imports.faults import FILE_FAULTS, FileFault
from services.intake.domain.imports.names import are_too_many, service_name
from services.intake.domain.imports.problems import job_message
from services.intake.domain.imports.values import legible
from services.intake.domain.registry import (
    name_fault,
    successor_fault,
    timezone_fault,
    validity_fault,
)


@pytest.mark.parametrize(
    "name",
    [
        "Dinas Kesehatan",
        "A",
        "7",
        "RSUD dr. Loekmono Hadi (Kudus)",
        "Kelurahan Ngaliyan – Loket 3",
        "Médiathèque",
        "東京都",
        "دائرة الصحة",
        "¿Izin?",
    ],
)
def test_names_of_every_script_are_accepted(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize(
    "character",
    "\x00\t\n\x7f\x85\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u180e\u200b\u200d\u200e\u2028\u202e"
    "\u2060\u2066\u2800\u3000\u3164\ud800\ue000\ufe0f\ufeff\uffa0\ufffe\U000e0001\U000e0100\U0010ffff",
)
def test_nothing_invisible_hides_in_a_name(character: str) -> None:
    assert name_fault(f"Di{character}nas") == "forbidden_character"
    assert name_fault(character) == "forbidden_character"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (" Dinas", "invalid_format"),
        ("Dinas ", "invalid_format"),
        ("Dinas  Kesehatan", "invalid_format"),
        (" ", "invalid_format"),
        ("", "invalid_format"),
        ("--- !", "invalid_format"),
        ("\u0301", "invalid_format"),
        ("Dine\u0301s", "not_nfc"),
    ],
)
def test_a_name_says_something_in_one_way_of_writing_it(name: str, fault: str) -> None:
    assert name_fault(name) == fault


@pytest.mark.parametrize("zone", [None, "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "UTC"])
def test_a_timezone_is_one_of_ianas_or_none(zone: str | None) -> None:
    assert timezone_fault(zone) is None


@pytest.mark.parametrize(
    "zone", ["", "WIB", "asia/jakarta", "Asia", "localtime", "Factory", "../UTC", "UTC\0", "+07:00"]
)
def test_anything_else_is_no_timezone(zone: str) -> None:
    assert timezone_fault(zone) == "unknown_timezone"


def test_a_service_ends_on_the_day_it_begins_at_the_earliest() -> None:
    first, second = date(2026, 1, 1), date(2026, 1, 2)

    assert validity_fault(second, first) == "ends_before_it_begins"
    for start, end in ((first, first), (first, second), (None, first), (second, None)):
        assert validity_fault(start, end) is None
    assert validity_fault(None, None) is None


def test_a_service_does_not_follow_itself() -> None:
    assert successor_fault("dinkes.sip", "dinkes.sip") == "not_allowed"
    assert successor_fault("dinkes.sip", "dinkes.sip-2") is None
    assert successor_fault("dinkes.sip", None) is None


@given(st.text())
def test_a_text_made_legible_shows_all_of_itself_and_stays(text: str) -> None:
    shown = legible(text)

    assert shown.isprintable()
    assert shown == " ".join(shown.split()) == legible(shown)
    assert {c for c in text if c.isprintable() and c != " "} == set(shown) - {" "}


def test_what_hides_in_a_text_becomes_a_space() -> None:
    assert legible(" U1\u202e\x00U2\u00a0\n\u200bU3 ") == "U1 U2 U3"


@given(st.text(max_size=300))
def test_the_name_of_a_new_service_could_be_registered_or_is_refused_for_what_it_says(
    text: str,
) -> None:
    name = service_name(text)

    assert len(name) <= 200
    assert unicodedata.is_normalized("NFC", name)
    assert name_fault(name) in {None, "invalid_format", "forbidden_character"}
    assert name == " ".join(name.split())


@pytest.mark.parametrize(
    ("new", "rows", "too_many"),
    [
        (0, 0, False),
        (20, 20, False),
        (21, 41, True),
        (21, 42, False),
        (500, 1_000, False),
        (500, 999, True),
        (501, 1_000_000, True),
    ],
)
def test_a_file_may_register_few_services_or_some_for_many_rows(
    new: int, rows: int, too_many: bool
) -> None:
    assert are_too_many(new, rows) is too_many


def test_a_long_header_is_cut_where_it_is_shown_and_whole_where_it_is_sought() -> None:
    long = [f"{'pertanyaan ' * 100}{number}" for number in range(1, 10)]
    wanted = Wanted(elements=dict(zip(ELEMENTS, long, strict=True)))

    found = find_columns(["tanggal", *long], wanted)

    assert list(found.elements.values()) == list(range(1, 10))
    assert max(map(len, found.headers)) == LONGEST_HEADER
    with pytest.raises(FileFault, match="duplicate_column"):
        find_columns(["tanggal", *long, long[0].upper()], wanted)


def test_why_a_job_failed_is_told_in_two_languages_whatever_it_was() -> None:
    for code in (*FILE_FAULTS, "key_revoked", "gave_up", "internal", "kenari"):
        assert " · " in job_message(code)
    assert job_message("too_many_services") == FILE_FAULTS["too_many_services"]
    assert job_message("kenari") == job_message("internal")
