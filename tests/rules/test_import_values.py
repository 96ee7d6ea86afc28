"""What cells of survey exports mean."""

from datetime import date

import pytest

from services.intake.domain.imports.names import service_code, service_name, slug
from services.intake.domain.imports.values import age_band, day, profile_value, score


@pytest.mark.parametrize(
    ("attribute", "text", "value"),
    [
        ("sex", "Laki-laki", "male"),
        ("sex", "LAKI - LAKI", "male"),
        ("sex", "Perempuan", "female"),
        ("sex", "L", "male"),
        ("occupation", "Wiraswasta", "wirausaha"),
        ("occupation", "wiraswasta ", "wirausaha"),
        ("occupation", "Pegawai  Swasta", "swasta"),
        ("occupation", "PNS/TNI/POLRI", "aparatur"),
        ("occupation", "Pelajar/Mahasiswa", "pelajar"),
        ("education", "S2 Keatas", "s2"),
        ("education", "D4", "s1"),
        ("education", "S-1", "s1"),
        ("disability", "Tidak", "no"),
        ("sex", "Nelayan", None),
        ("occupation", "", None),
    ],
)
def test_profile_values_are_recognised_in_their_usual_spellings(
    attribute: str, text: str, value: str | None
) -> None:
    assert profile_value(attribute, text) == value


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("26-35", "26_35"),
        ("26 \u2013 35 tahun", "26_35"),
        ("26_35", "26_35"),
        ("17 s/d 25", "17_25"),
        (">65", "over_65"),
        ("> 65 th", "over_65"),
        ("<17", "under_17"),
        ("16", "under_17"),
        ("17", "17_25"),
        ("65", "56_65"),
        ("66", "over_65"),
        ("over_65", "over_65"),
        ("121", None),
        ("20-30", None),
        ("-5", None),
    ],
)
def test_ages_and_bands_become_the_same_bands(text: str, band: str | None) -> None:
    assert age_band(text) == band


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-04",
        "2026/9/4",
        "04/09/2026",
        "4-9-2026",
        "4.9.2026",
        "4 September 2026",
        "04 Sept 2026",
        "2026-09-04 10:21:00",
        "2026-09-04T10:21",
        "4/9/2026 09.30",
    ],
)
def test_days_are_read_day_first(text: str) -> None:
    assert day(text) == date(2026, 9, 4)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "13/13/2026", "4/9/26", "46269", "besok", "", "2026"]
)
def test_anything_else_is_no_day(text: str) -> None:
    assert day(text) is None


@pytest.mark.parametrize("text", ["0", "5", "1.5", "true", "4,0", "\u0664", "1e0", "x", "44"])
def test_a_score_is_exactly_one_to_four(text: str) -> None:
    assert score(text) is None
    assert score(" 4 ") == 4


def test_a_counter_becomes_a_service_of_the_agency() -> None:
    assert service_code("pemkot", "DPMPTSP PROV") == "pemkot.dpmptsp-prov"
    assert service_code("pemkot", " bank  jateng") == "pemkot.bank-jateng"
    assert service_code("pemkot", "pemkot.nib") == "pemkot.nib"
    assert service_code("pemkot", "dinkes.nib") == "pemkot.dinkes-nib"
    assert service_code("pemkot", "???") is None


def test_two_long_names_stay_two_codes() -> None:
    names = [f"Pelayanan Perizinan Berusaha Terintegrasi Elektronik {letter}" for letter in "AB"]

    codes = {slug(name) for name in names}

    assert len(codes) == 2
    assert all(len(code) <= 40 for code in codes)


def test_the_name_of_a_new_service_is_the_counters_own() -> None:
    assert service_name("BANK  JATENG ") == "BANK JATENG"
    assert service_name("umum") == "Umum"
    assert service_name("layanan-umum") == "Layanan umum"
