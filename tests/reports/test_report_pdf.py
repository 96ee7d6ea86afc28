"""The laporan SKM on paper: the right figures in its chapters, whatever is missing or long."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from services.scoring.domain.ikm import WeightMethod
from services.scoring.reports.paper import PdfUnavailable, to_pdf
from services.scoring.reports.pdf import LONGEST_DATA_SHEET, report_html
from tests.reports.contents import (
    OFFICE_SUMS,
    REAL_N,
    REAL_SUMS,
    answers_of,
    full,
    report,
    rows,
    small,
)
from tests.reports.paper_reading import links, made, pages

EVIL = '<script>alert("x")</script><img src=http://127.0.0.1:9/x>{{ 7*7 }} & Co'
LONG = "Dinas Kependudukan, Pencatatan Sipil, Pemberdayaan Perempuan dan Perlindungan Anak " * 4


class Balanced(HTMLParser):
    """Collects tags and text, and notes what is not closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in {"meta", "hr", "br", "col"}:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def text_of(html: str) -> str:
    return " ".join(" ".join(Balanced(html).texts).split())


@pytest.fixture(scope="module")
def real_pdf() -> bytes:
    return made(full())


@pytest.fixture(scope="module")
def real_pages(real_pdf: bytes) -> list[str]:
    return pages(real_pdf)


def test_the_paper_has_cover_contents_five_chapters_and_annexes(
    real_pages: list[str],
) -> None:
    texts = real_pages

    assert "LAPORAN SURVEI KEPUASAN MASYARAKAT" in texts[0].upper().replace("  ", " ")
    assert "97,12" in texts[0] and "Mutu pelayanan A" in texts[0]
    assert "Halaman" not in texts[0]
    assert all("Laporan SKM · Mal Pelayanan Publik · Tahun 2021" in text for text in texts[1:])
    for title in ("Pendahuluan", "Metode Survei", "Hasil Survei", "Penutup", "Kuesioner"):
        assert title in texts[1]
    assert f"Halaman {len(texts)} dari {len(texts)}" in texts[-1]


def test_the_contents_name_the_pages_on_which_chapters_begin(
    real_pages: list[str],
) -> None:
    texts = real_pages

    at = next(n for n, text in enumerate(texts, start=1) if "BAB III Hasil" in text)

    assert re.search(rf"BAB III Hasil Survei [. ]+ {at} ", texts[1], re.IGNORECASE)


def test_the_paper_says_the_figures_of_the_survey(real_pdf: bytes, real_pages: list[str]) -> None:
    text = " ".join(real_pages)

    for figure in ("12.480", "373", "1.994", "96,81 – 97,41", "871450/8973", "7.788", "3,8746"):
        assert figure in text, figure
    assert "naik 6,10 poin" in text
    assert "10 Januari 2022" in text and "Drs. Contoh, M.Si." in text
    assert "fig-2021-mpp-0001" in text
    assert links(real_pdf) == {"https://skm.example.go.id/angka/fig-2021-mpp-0001"}


def test_the_same_content_is_the_same_file() -> None:
    assert made(small(), sheet=True) == made(small(), sheet=True)


def test_a_report_with_nothing_optional_is_whole() -> None:
    sheet = answers_of((105,) * 9, 29)
    texts = pages(made(report(rows((105,) * 9, 29), answers=sheet)))
    text = " ".join(texts)

    assert "90,52" in texts[0]
    assert f"29 {' '.join(str(score) for score in sheet[-1])}" in text
    assert "tidak diketahui" in text
    assert "Kuesioner" not in text
    assert "Belum ada periode lain" in text


def test_long_names_in_english_stay_inside_their_pages() -> None:
    pdf = made(full(name=LONG, agency=LONG, is_provisional=True, is_simulated=True), "en")
    texts = pages(pdf)

    assert "PUBLIC SATISFACTION SURVEY REPORT" in texts[0].upper()
    assert "97.12" in texts[0] and "Very good" in texts[0]
    assert all("SIMULATED DATA" in text.upper() for text in texts)
    assert "Compared with Year 2020, the index is up 6.10 points" in " ".join(texts)


@pytest.mark.parametrize(
    "content",
    [full(), small(), report(rows((0,) * 9, 0)), full(answers=answers_of(REAL_SUMS, REAL_N))],
    ids=["full", "small", "no answers", "data sheet"],
)
@pytest.mark.parametrize("language", ["id", "en"])
def test_the_document_is_well_formed_and_its_anchors_are_unique(
    content: object, language: str
) -> None:
    page = Balanced(report_html(content, language))  # type: ignore[arg-type] # both from lists

    assert not page.wrong
    assert len(page.ids) == len(set(page.ids))


def test_names_of_agencies_are_text_and_never_markup() -> None:
    html = report_html(
        full(name=EVIL, agency=EVIL, city=EVIL, title=EVIL, background=(EVIL,), legal_basis=(EVIL,))
    )

    assert "<script" not in html and "<img" not in html
    assert EVIL in text_of(html)
    assert "49" not in text_of(html).split("{{ 7*7 }}")[0][-5:]


def test_a_withheld_number_is_only_said_to_be_small() -> None:
    text = text_of(report_html(full()))

    assert "Di atas 65 tahun <10 –" in text
    assert "Jumlah di bawah 10 tidak ditampilkan" in text
    assert "<5" in text_of(report_html(full(least_cell=5)))


def test_marks_stand_on_the_cover_and_on_every_page() -> None:
    text = text_of(report_html(full(is_provisional=True, is_simulated=True, is_live=True)))

    assert text.count("Data simulasi") >= 3
    assert "Data simulasi · Sementara · Angka berjalan" in text
    assert "simulasi" not in text_of(report_html(full()))


def test_a_missing_plan_leaves_lines_to_fill_in() -> None:
    html = report_html(small())

    assert html.count('class="to-fill"') == 3
    assert 'class="to-fill"' not in report_html(full())
    assert report_html(report(rows((0,) * 9, 0))).count('class="to-fill"') == 3


def test_a_weight_that_was_cut_is_named() -> None:
    cut = WeightMethod.TWO_DECIMALS
    content = report(rows(OFFICE_SUMS, 29, cut), weight_method=cut)

    text = text_of(report_html(content))

    assert "90,56" in text
    assert "0,11 (bobot dipotong menjadi dua desimal)" in text
    assert "1/9 (bobot pecahan tepat" in text_of(report_html(small()))


def test_a_sample_below_the_minimum_is_called_provisional() -> None:
    text = text_of(report_html(small(minimum=60, population=70)))

    assert "(29) belum mencapai jumlah minimum (60)" in text


def test_a_very_long_data_sheet_is_left_to_the_workbook() -> None:
    n = LONGEST_DATA_SHEET + 1
    content = report(rows((3 * n,) * 9, n), answers=((3,) * 9,) * n)

    html = report_html(content)

    assert "berkas XLSX" in html and "<pre>" not in html


@pytest.fixture
def visited() -> Iterator[tuple[str, list[str]]]:
    """The address of a server, and what was asked of it."""
    asked: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Noting)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_making_a_pdf_fetches_nothing(visited: tuple[str, list[str]]) -> None:
    address, asked = visited
    html = f"""<link rel="stylesheet" href="{address}/style"><link rel="attachment"
        href="file:///etc/passwd"><style>@import "{address}/import"; p {{ background:
        url({address}/background) }}</style><p>Isi<img src="{address}/picture"><svg>
        <image href="{address}/svg"/><use href="{address}/use#a"/></svg></p>"""
    try:
        pdf = to_pdf(html, b"x")
    except PdfUnavailable as reason:
        pytest.skip(str(reason))

    assert pages(pdf) == ["Isi"]
    assert not asked
    assert b"root:" not in pdf and b"EmbeddedFile" not in pdf


def test_a_machine_without_the_libraries_says_what_is_missing() -> None:
    program = """
import sys
sys.modules["weasyprint"] = None  # as where it cannot be imported
from services.scoring.reports import paper, pdf, sheet, xlsx
try:
    paper.to_pdf("<p>x", b"x")
except paper.PdfUnavailable as reason:
    print(reason)
"""
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert said.startswith("PDF files cannot be made on this machine: ")
    missing = PdfUnavailable(("libpango-1.0-0", "libharfbuzz0b"), "cannot load")
    assert str(missing).endswith("apt-get install libpango-1.0-0 libharfbuzz0b")
