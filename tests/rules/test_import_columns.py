"""Which column is what, and when it is better to refuse than to guess."""

import pytest

from services.intake.domain.imports.columns import Wanted, find_columns, wanted_elements
from services.intake.domain.imports.faults import FILE_FAULTS, FileFault, row_message
from services.intake.domain.imports.problems import job_message

NUMBERED = ["Tanggal", "Loket", *(f"U{number}" for number in range(1, 10))]
NAMED = [
    "tgl",
    "Persyaratan",
    "Sistem, Mekanisme, dan Prosedur",
    "Waktu Penyelesaian",
    "Biaya/Tarif",
    "Produk",
    "Kompetensi Pelaksana",
    "Perilaku Pelaksana",
    "Penanganan Pengaduan, Saran dan Masukan",
    "Sarana dan Prasarana",
]


def fault_of(headers: list[str], wanted: Wanted = Wanted()) -> tuple[str, tuple[str, ...]]:
    """The refusal."""
    with pytest.raises(FileFault) as caught:
        find_columns(headers, wanted)
    return caught.value.code, caught.value.pointers


def test_u8_and_u9_have_to_be_stated() -> None:
    assert fault_of(NUMBERED) == ("ambiguous_elements", ("/query/map",))
    half = Wanted(elements={"complaints": "U8"})
    assert fault_of(NUMBERED, half) == ("ambiguous_elements", ("/query/map",))


def test_the_preset_and_the_map_say_which_is_which() -> None:
    preset = find_columns(NUMBERED, Wanted(elements=wanted_elements([], "skm-app")))
    pairs = ["complaints=u9", "facilities= U8"]
    swapped = find_columns(NUMBERED, Wanted(elements=wanted_elements(pairs, None)))

    assert (preset.elements["complaints"], preset.elements["facilities"]) == (9, 10)
    assert (swapped.elements["complaints"], swapped.elements["facilities"]) == (10, 9)
    assert preset.elements["requirements"] == 2


def test_headers_with_the_regulations_names_need_no_map() -> None:
    found = find_columns(NAMED, Wanted())

    assert list(found.elements.values()) == list(range(1, 10))
    assert found.date == 0


def test_profile_columns_are_recognised_and_can_be_left_out() -> None:
    headers = [*NAMED, "Jenis_Kelamin", "kelompok usia", "PENDIDIKAN"]

    found = find_columns(headers, Wanted(attributes={"education": "-"}))

    assert found.attributes == {"sex": 10, "age": 11}


def test_a_missing_element_is_named_unless_it_is_said_to_be_missing() -> None:
    headers = [header for header in NAMED if header != "Biaya/Tarif"]

    assert fault_of(headers) == ("missing_column", ("/elements/cost",))
    assert "cost" not in find_columns(headers, Wanted(elements={"cost": "-"})).elements


@pytest.mark.parametrize(
    ("headers", "wanted", "code"),
    [
        ([], Wanted(), "empty_file"),
        (["", " "], Wanted(), "empty_file"),
        (["a"] * 201, Wanted(), "too_many_columns"),
        ([*NAMED, "produk"], Wanted(), "duplicate_column"),
        (NAMED[1:], Wanted(), "missing_column"),
        (NAMED, Wanted(service="Loket"), "missing_column"),
        (NAMED, Wanted(id="tgl"), "column_used_twice"),
    ],
)
def test_files_that_cannot_be_read_are_refused(
    headers: list[str], wanted: Wanted, code: str
) -> None:
    assert fault_of(headers, wanted)[0] == code


@pytest.mark.parametrize("pair", ["u8=U8", "complaints", "complaints=", "=U8"])
def test_a_map_names_elements_of_the_regulation(pair: str) -> None:
    with pytest.raises(FileFault, match="unknown_element"):
        wanted_elements([pair], None)


def test_an_element_is_mapped_once() -> None:
    with pytest.raises(FileFault, match="unknown_element"):
        wanted_elements(["cost=a", "cost=b"], None)


def test_every_fault_is_told_in_two_languages() -> None:
    messages = [*FILE_FAULTS.values(), row_message("anything"), job_message("gave_up")]

    assert all(" · " in message for message in messages)
