"""The other sheets of the workbook: what to know first, respondents, units, trend, follow-up."""

from services.scoring.domain.report import QUARTERS, Report
from services.scoring.reports.voice import NOTHING, Voice
from services.scoring.reports.xlsx_book import Book, Page
from services.scoring.reports.xlsx_index import DATA, INDEX

_HEAD, _FIRST = 4, 5
_TICK = "✓"


def write_notes(book: Book) -> None:
    """What a reader must know before the numbers: rules, weights, receipt, how to check."""
    report, voice, t = book.report, book.voice, book.voice.t
    page = book.page(t("Baca dulu", "Read first"), voice.title(report), [30, 96], wide=False)
    row = _HEAD
    for label, text in _facts(report, voice):
        page.text(row, 0, label, "label")
        page.text(row, 1, text)
        row += 1
    for paragraph in _explanations(report, voice):
        row += 1
        page.text(row, 1, paragraph, "plain")


def write_respondents(book: Book) -> None:
    """Respondents by what they said of themselves; shares are live."""
    report, voice, t = book.report, book.voice, book.voice.t
    name = t("Responden", "Respondents")
    page = book.page(name, t("Profil responden", "Respondents"), [34, 34, 14, 14], wide=False)
    page.text(3, 0, t("Seluruh responden", "All respondents"), "label")
    page.number(3, 2, report.n)
    page.head(_HEAD, [t("Data", "Attribute"), t("Kelompok", "Group"), t("Jumlah", "Count"), "%"])
    row = _FIRST
    for attribute in report.respondents:
        for cell in attribute.cells:
            page.text(row, 0, voice.attribute(attribute.code))
            page.text(row, 1, voice.option(cell))
            if cell.count is None:
                page.text(row, 2, voice.cell(cell, report), "right")
                page.text(row, 3, NOTHING, "right")
            else:
                page.number(row, 2, cell.count)
                share = cell.count / report.n if report.n else 0
                page.formula(row, 3, f"=IF($C$4=0,0,C{row + 1}/$C$4)", share, "percent")
            row += 1


def write_units(book: Book) -> None:
    """The units below, as published."""
    report, t = book.report, book.voice.t
    if not report.units:
        return
    page = book.page(
        t("Unit", "Units"), t("Indeks per unit", "Index per unit"), [6, 70, 12, 12, 10]
    )
    page.head(
        _HEAD,
        [
            t("No.", "No."),
            t("Unit pelayanan", "Unit"),
            "n",
            t("Indeks", "Index"),
            t("Mutu", "Class"),
        ],
    )
    for row, unit in enumerate(report.units, start=_FIRST):
        page.number(row, 0, row - _FIRST + 1, "order")
        page.text(row, 1, unit.name)
        page.number(row, 2, unit.n)
        _index(page, row, 3, unit.index)
        page.text(row, 4, unit.letter or NOTHING, "centre")


def write_trend(book: Book) -> None:
    """The index of each period, with its change as a live formula, and a line."""
    report, voice, t = book.report, book.voice, book.voice.t
    name = t("Tren", "Trend")
    page = book.page(name, t("Perkembangan indeks", "Trend of the index"), [26, 12, 12, 10, 12, 12])
    page.head(
        _HEAD,
        [
            t("Periode", "Period"),
            "n",
            t("Indeks", "Index"),
            t("Mutu", "Class"),
            t("Selisih", "Change"),
            t("Arah", "Direction"),
        ],
    )
    last = _FIRST + len(report.history) - 1
    for row, point in enumerate(report.history, start=_FIRST):
        page.text(row, 0, voice.period(point.period))
        page.number(row, 1, point.n)
        _index(page, row, 2, point.index)
        page.text(row, 3, point.letter or NOTHING, "centre")
        if row > _FIRST:
            _change(book, page, row)
    _trend_chart(book, page, name, last)


def write_follow_up(book: Book) -> None:
    """The follow-up plan in the form's columns, blank where it is to be filled in."""
    report, voice, t = book.report, book.voice, book.voice.t
    page = book.page(
        t("Tindak lanjut", "Follow-up"),
        t("Rencana tindak lanjut", "Follow-up plan"),
        [6, 34, 60, 8, 8, 8, 8, 30],
    )
    forum = voice.day(report.forum_on) if report.forum_on else "…………"
    page.text(3, 1, f"{t('Forum Konsultasi Publik', 'Consultation forum')}: {forum}", "quiet")
    quarters = [voice.quarter(number) for number in QUARTERS]
    page.head(
        _HEAD,
        [
            t("No.", "No."),
            t("Prioritas unsur", "Element"),
            t("Program/kegiatan", "Programme"),
            *quarters,
            t("Penanggung jawab", "Owner"),
        ],
    )
    for row, line in enumerate(report.plan, start=_FIRST):
        page.number(row, 0, row - _FIRST + 1, "order")
        page.text(row, 1, voice.element(line.element))
        page.text(row, 2, line.programme)
        for number in QUARTERS:
            page.text(row, 2 + number, _TICK if number in line.quarters else "", "centre")
        page.text(row, 7, line.owner)


def _trend_chart(book: Book, page: Page, name: str, last: int) -> None:
    chart = book.chart(
        {"type": "line"},
        book.voice.t("Perkembangan indeks", "Trend of the index"),
        {
            "categories": [name, _FIRST, 0, last, 0],
            "values": [name, _FIRST, 2, last, 2],
            "line": {"color": "#a3392c", "width": 2},
            "marker": {"type": "circle", "size": 7, "fill": {"color": "#a3392c"}},
            "data_labels": {"value": True, "num_format": "0.00", "position": "above"},
        },
    )
    chart.set_y_axis({"min": 25, "max": 100, "major_unit": 25})
    chart.set_size({"width": 640, "height": 320})
    page.sheet.insert_chart(last + 2, 0, chart)


def _change(book: Book, page: Page, row: int) -> None:
    """From the row above; nothing where one of the two has no index."""
    history, t = book.report.history, book.voice.t
    before, now = history[row - _FIRST - 1].index, history[row - _FIRST].index
    known = before is not None and now is not None
    points = round(float(now) - float(before), 2) if before and now else NOTHING
    up, down, level = t("naik", "up"), t("turun", "down"), t("tetap", "unchanged")
    above, here, change = f"C{row}", f"C{row + 1}", f"E{row + 1}"
    page.formula(
        row,
        4,
        f'=IF(AND(ISNUMBER({above}),ISNUMBER({here})),ROUND({here}-{above},2),"{NOTHING}")',
        points,
        "two" if known else "right",
    )
    word = NOTHING if isinstance(points, str) else up if points > 0 else down if points else level
    page.formula(
        row,
        5,
        f'=IF(ISNUMBER({change}),IF({change}>0,"{up}",IF({change}<0,"{down}","{level}")),'
        f'"{NOTHING}")',
        word,
        "right",
    )


def _index(page: Page, row: int, column: int, index: str | None) -> None:
    if index is None:
        page.text(row, column, NOTHING, "right")
    else:
        page.number(row, column, float(index), "two")


def _facts(report: Report, voice: Voice) -> list[tuple[str, str]]:
    t = voice.t
    band = f"{report.band.letter} ({voice.band(report.band)})" if report.band else NOTHING
    facts = [
        (t("Unit pelayanan", "Unit"), report.name),
        (t("Instansi", "Agency"), report.agency or NOTHING),
        (t("Periode", "Period"), voice.period(report.period)),
        ("IKM", voice.decimal(report.index)),
        (t("Mutu pelayanan", "Class"), band),
        (t("Nilai tepat", "Exact value"), str(report.exact) if report.exact else NOTHING),
        (t("Responden (n)", "Respondents (n)"), voice.count(report.n)),
        (t("Populasi (N)", "Population (N)"), voice.count(report.population)),
        (t("Sampel minimum", "Minimum sample"), voice.count(report.minimum)),
        (t("Aturan mutu", "Rule set"), f"{voice.rule_set(report)} ({report.rules.name})"),
        (
            t("Bobot", "Weight"),
            f"{voice.weight(report)} ({report.weight_method}): {voice.weight_method(report)}",
        ),
        (t("Kuesioner", "Questionnaire"), report.questionnaire_version),
        *(
            (
                f"{t('Di luar IKM', 'Outside the index')}: {voice.words(row.name)}",
                f"{voice.decimal(row.index)} (n = {voice.count(row.tally.n)}, {row.questionnaire})",
            )
            for row in report.extra
        ),
        (t("Status", "Status"), ", ".join(voice.marks(report)) or t("final", "final")),
        (t("Tanggal laporan", "Date of the report"), voice.day(report.made_on)),
    ]
    if report.interval:
        low, high = (voice.decimal(end) for end in report.interval)
        facts.append((t("Selang kepercayaan 95%", "95% interval"), f"{low} – {high}"))
    if report.doubt:
        facts.append((t("Catatan", "Note"), voice.words(report.doubt)))
    if report.receipt:
        facts += [
            (t("Tanda terima", "Receipt"), report.receipt.id),
            (t("Alamat tanda terima", "Address of the receipt"), report.receipt.url),
            ("Hash", report.receipt.hash),
        ]
    return facts


def _explanations(report: Report, voice: Voice) -> list[str]:
    t = voice.t
    if report.answers is not None:
        source = t(
            f"Lembar {DATA} memuat jawaban setiap responden, tanpa identitas.",
            f"The sheet {DATA} holds the answers of each respondent, without who they are.",
        )
    elif all(row.counts is not None for row in report.elements):
        source = t(
            f"Lembar {DATA} memuat berapa kali setiap nilai diberikan.",
            f"The sheet {DATA} says how often each score was given.",
        )
    else:
        source = t(
            "Jawaban per nilai tidak diterbitkan; jumlah nilai per unsur dicantumkan langsung.",
            "Answers per score are not published; the sums per element are given as they are.",
        )
    return [
        source,
        t(
            f"Lembar {INDEX} menghitung ulang indeks dengan rumus hidup. Karena 1/9 tidak dapat "
            "ditulis tepat dalam angka desimal, indeks dihitung dalam bilangan bulat dan "
            "dibulatkan satu kali, setengah ke atas, ke dua desimal; baru kemudian digolongkan.",
            f"The sheet {INDEX} computes the index again with live formulas. As 1/9 cannot be "
            "written exactly as a decimal number, it is computed in whole numbers and rounded "
            "once, half up, to two decimals; only then it is classified.",
        ),
        t(
            f"Jumlah di bawah {report.least_cell} ditulis <{report.least_cell} dan tidak "
            "ditampilkan demi kerahasiaan responden.",
            f"Numbers below {report.least_cell} are written <{report.least_cell}: they are "
            "withheld to protect the respondents.",
        ),
    ]
