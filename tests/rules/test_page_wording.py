"""How pages write numbers, times and periods in both languages."""

import pytest

from services.scoring.domain import period
from services.scoring.domain.elements import SERIES
from services.scoring.domain.publication.label import MIXED
from services.scoring.pages.wording import SERIES_NAMES, period_name
from shared.web.language import count, decimal, moment


@pytest.mark.parametrize(
    ("text", "indonesian", "english"),
    [
        ("2026", "Tahun 2026", "Year 2026"),
        ("2026-S2", "Semester II 2026", "Semester II 2026"),
        ("2026-Q3", "Triwulan III 2026", "Quarter III 2026"),
        ("2026-09", "September 2026", "September 2026"),
        ("2026-05-04", "4 Mei 2026", "4 May 2026"),
    ],
)
def test_periods_are_named_as_people_say_them(text: str, indonesian: str, english: str) -> None:
    parsed = period.parse(text)

    assert (period_name(parsed, "id"), period_name(parsed, "en")) == (indonesian, english)


def test_numbers_follow_the_language() -> None:
    assert (decimal("97.12", "id"), decimal("97.12", "en")) == ("97,12", "97.12")
    assert (count(1234567, "id"), count(1234567, "en")) == ("1.234.567", "1,234,567")


def test_a_moment_names_its_zone() -> None:
    assert moment("2026-09-14T10:21:05+07:00", "id") == "14 September 2026, 10.21.05 WIB"
    assert moment("2026-08-01T10:21:05+09:00", "en") == "1 August 2026, 10:21:05 WIT"
    assert moment("2026-08-01T10:21:05+00:00", "en").endswith("UTC+0")


def test_every_series_has_a_name() -> None:
    assert set(SERIES_NAMES) == {*SERIES, MIXED}
