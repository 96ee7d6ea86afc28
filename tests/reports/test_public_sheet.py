"""The public sheet is one page that needs nothing else, whatever it has to hold."""

import re

import pytest

from services.scoring.domain.report import Attribute, Cell
from services.scoring.reports.paper import PdfUnavailable
from services.scoring.reports.sheet import sheet_html, sheet_pdf
from services.scoring.reports.stages import Stage
from tests.reports.contents import full, report, rows, small
from tests.reports.paper_reading import made, pages

LONG = "Badan Pengelolaan Keuangan, Pendapatan, dan Aset Daerah Kabupaten Kepulauan " * 9


def test_the_sheet_has_the_index_large_and_who_answered() -> None:
    (text,) = pages(made(full(), sheet=True))

    for part in ("NILAI IKM", "97,12", "Sangat baik", "Tahun 2021", "1.994", "Penerbitan NIB"):
        assert part in text, part
    for part in ("Perempuan 1.001", "Di atas 65 tahun <10", "SMA/SMK 1.029", "Wirausaha 720"):
        assert part in text, part


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_sheet_stays_one_page(language: str) -> None:
    crowded = tuple(
        Attribute(code, tuple(Cell(f"{code}-{n} {LONG[:60]}", 10) for n in range(30)))
        for code in ("sex", "age", "education", "occupation", "service")
    )
    content = full(
        name=LONG,
        agency=LONG,
        city=LONG,
        services=(LONG,) * 40,
        respondents=crowded,
        is_provisional=True,
        is_simulated=True,
        is_live=True,
    )

    assert len(pages(made(content, language, sheet=True))) == 1  # type: ignore[arg-type]


def test_a_sheet_without_profile_or_receipt_shows_the_elements() -> None:
    html = sheet_html(small())

    assert "Unsur pelayanan" in html and 'class="chart"' in html
    assert 'class="qr"' not in html
    assert "Belum ada jawaban" in sheet_html(report(rows((0,) * 9, 0)))


def test_the_page_needs_no_other_file() -> None:
    html = sheet_html(full(receipt=None))

    assert not re.search(r"(src|href)=|url\(|@import", html)


def test_the_code_leads_to_the_receipt_only_where_that_is_an_address() -> None:
    assert 'class="qr"' in sheet_html(full())
    odd = full().receipt
    assert odd is not None
    evil = type(odd)(odd.id, odd.hash, "javascript:alert(1)")
    assert 'class="qr"' not in sheet_html(full(receipt=evil))


def test_names_are_text_and_never_markup() -> None:
    html = sheet_html(full(name="<b>Unit</b>", services=("<i>x",), city='"><script>'))

    assert "<b>" not in html and "<i>" not in html and "<script" not in html
    assert "&lt;b&gt;Unit&lt;/b&gt;" in html


def test_the_sheet_speaks_english_and_marks_what_is_not_final() -> None:
    html = sheet_html(full(is_provisional=True, is_simulated=True), "en")

    for part in ('lang="en"', "97.12", "Very good", "Female", "Simulated data", "Provisional"):
        assert part in html, part


def test_the_making_of_paper_tells_every_page_that_is_laid_out_and_printed() -> None:
    told: list[tuple[Stage, int | None, int | None]] = []

    try:
        sheet_pdf(small(), watch=lambda *stage: told.append(stage))
    except PdfUnavailable as reason:
        pytest.skip(str(reason))

    assert told == [(Stage.LAYOUT, None, None), (Stage.LAYOUT, 1, None), (Stage.PAGES, 0, 1)]
