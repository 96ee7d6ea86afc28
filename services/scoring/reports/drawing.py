"""The pictures of a report: which of its figures become charts, and the code to its receipt."""

from collections.abc import Sequence
from fractions import Fraction

import segno
from markupsafe import Markup

from services.scoring.domain.report import Report
from services.scoring.reports import charts
from services.scoring.reports.charts import Bar, Point, Zone
from services.scoring.reports.voice import Voice

# More bars or points than this are a table's matter.
MOST_BARS = 20
MOST_POINTS = 8


def element_chart(report: Report, voice: Voice) -> Markup | None:
    """The index of each answered element."""
    rows = [
        Bar(voice.element(row.code), row.exact, voice.decimal(row.index))
        for row in report.elements
        if row.exact is not None
    ]
    return _bars(voice.t("Indeks per unsur", "Index per element"), rows, report)


def unit_chart(report: Report, voice: Voice) -> Markup | None:
    """The index of each unit, where there are not too many."""
    rows = [
        Bar(unit.name, Fraction(unit.index), voice.decimal(unit.index))
        for unit in report.units
        if unit.index is not None
    ]
    if not 1 < len(rows) <= MOST_BARS:
        return None
    return _bars(voice.t("Indeks per unit pelayanan", "Index per unit"), rows, report)


def trend_chart(report: Report, voice: Voice) -> Markup | None:
    """The index of the last periods, where two or more have one."""
    points = [
        Point(
            voice.short_period(point.period),
            None if point.index is None else Fraction(point.index),
            voice.decimal(point.index),
        )
        for point in report.history[-MOST_POINTS:]
    ]
    known = [point for point in points if point.value is not None]
    if len(known) < 2:
        return None
    summary = "; ".join(f"{point.name}: {point.text}" for point in known)
    return charts.line(voice.t("Perkembangan indeks", "Trend of the index"), summary, points)


def receipt_code(report: Report, voice: Voice) -> Markup | None:
    """A QR code with the address of the receipt, where that may be followed."""
    link = receipt_link(report)
    if link is None:
        return None
    code = segno.make(link, error="m", micro=False)
    svg = code.svg_inline(
        scale=4,
        border=2,
        dark="#211c17",
        light="#ffffff",
        omitsize=True,
        svgclass="qr",
        title=voice.t("Kode QR ke tanda terima", "QR code to the receipt"),
    )
    return Markup(svg)


def receipt_link(report: Report) -> str | None:
    """The receipt's address where it is one that may be followed."""
    url = report.receipt.url if report.receipt else ""
    return url if url.startswith(("https://", "http://")) else None


def _bars(title: str, rows: Sequence[Bar], report: Report) -> Markup | None:
    if not rows:
        return None
    zones = [Zone(Fraction(band.lowest, 100), band.letter) for band in report.rules.bands]
    return charts.bars(title, "; ".join(f"{row.name}: {row.text}" for row in rows), rows, zones)
