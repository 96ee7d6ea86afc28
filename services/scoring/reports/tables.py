"""The report for programs: one long CSV table, and JSON with codes instead of words."""

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from io import StringIO
from typing import Any

from services.scoring.domain import ikm
from services.scoring.domain.report import Report, TrendPoint, UnitRow
from services.scoring.domain.report_rows import ElementRow, ExtraRow
from services.scoring.reports.voice import Voice
from shared.web.language import Language

# A spreadsheet takes a cell that begins like this for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
Line = tuple[str, str, str, str]


def report_csv(report: Report, language: Language = "id") -> bytes:
    """A line per value: section, name, measure, value; numbers with a point, in UTF-8."""
    voice = Voice(language)
    head = (voice.t("bagian", "section"), voice.t("nama", "name"))
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow((*head, voice.t("ukuran", "measure"), voice.t("nilai", "value")))
    for line in _lines(report, voice):
        writer.writerow([_harmless(cell) for cell in line])
    return out.getvalue().encode("utf-8-sig")


def report_json(report: Report) -> bytes:
    """The facts by code, figures as text as they were published, fractions beside them."""
    body = {**_subject(report), **_figures(report), **_parts(report)}
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def _subject(report: Report) -> dict[str, Any]:
    return {
        "scope": str(report.scope),
        "name": report.name,
        "agency": report.agency,
        "city": report.city,
        "period": str(report.period),
        "made_on": report.made_on.isoformat(),
        "provisional": report.is_provisional,
        "simulated": report.is_simulated,
        "live": report.is_live,
        "receipt": asdict(report.receipt) if report.receipt else None,
    }


def _figures(report: Report) -> dict[str, Any]:
    without_cost = report.without_cost
    return {
        "n": report.n,
        "population": report.population,
        "minimum": report.minimum,
        "index": report.index,
        "exact": _exact(report.exact),
        "class": report.band.letter if report.band else None,
        "interval": report.interval,
        "without_cost": None if without_cost is None else ikm.published(without_cost),
        "rule_set": report.rules.name,
        "weight_method": str(report.weight_method),
        "questionnaire": report.questionnaire_version,
        "elements": {row.code: _element(report, row) for row in report.elements},
        "extra": [_extra(row) for row in report.extra],
        "weakest": [row.code for row in report.weakest],
        "strongest": [row.code for row in report.strongest],
    }


def _parts(report: Report) -> dict[str, Any]:
    return {
        "respondents": {
            attribute.code: {cell.name or cell.code: cell.count for cell in attribute.cells}
            for attribute in report.respondents
        },
        "withheld_below": report.least_cell,
        "by_series": {cell.code: cell.count for cell in report.series},
        "units": [{"name": unit.name, **_published(unit)} for unit in report.units],
        "trend": [{"period": str(point.period), **_published(point)} for point in report.history],
        "follow_up": [asdict(line) for line in report.follow_up],
        "forum_on": report.forum_on.isoformat() if report.forum_on else None,
        "answers": report.answers,
    }


def _published(figure: UnitRow | TrendPoint) -> dict[str, Any]:
    return {"n": figure.n, "index": figure.index, "class": figure.letter}


def _lines(report: Report, voice: Voice) -> Iterator[Line]:
    yield from _report_lines(report, voice)
    yield from _element_lines(report, voice)
    t = voice.t
    count, index, letter = t("jumlah", "count"), t("indeks", "index"), t("mutu", "class")
    for extra in report.extra:
        name = f"{voice.words(extra.name)} ({extra.questionnaire})"
        yield t("di luar IKM", "outside the index"), name, "n", str(extra.tally.n)
        yield t("di luar IKM", "outside the index"), name, index, _text(extra.index)
    for attribute in report.respondents:
        for cell in attribute.cells:
            value = voice.cell(cell, report) if cell.count is None else str(cell.count)
            yield voice.attribute(attribute.code), voice.option(cell), count, value
    for unit in report.units:
        yield t("unit", "unit"), unit.name, "n", _text(unit.n)
        yield t("unit", "unit"), unit.name, index, _text(unit.index)
        yield t("unit", "unit"), unit.name, letter, _text(unit.letter)
    for point in report.history:
        yield t("tren", "trend"), str(point.period), "n", _text(point.n)
        yield t("tren", "trend"), str(point.period), index, _text(point.index)
        yield t("tren", "trend"), str(point.period), letter, _text(point.letter)


def _report_lines(report: Report, voice: Voice) -> Iterator[Line]:
    t = voice.t
    section = t("laporan", "report")
    facts = {
        t("instansi", "agency"): report.agency,
        t("periode", "period"): str(report.period),
        "n": report.n,
        t("populasi", "population"): report.population,
        t("sampel minimum", "minimum sample"): report.minimum,
        "ikm": report.index,
        t("nilai tepat", "exact value"): _exact(report.exact),
        t("mutu", "class"): report.band.letter if report.band else None,
        t("aturan", "rule set"): report.rules.name,
        t("cara bobot", "weight method"): str(report.weight_method),
        t("kuesioner", "questionnaire"): report.questionnaire_version,
        t("status", "status"): ", ".join(voice.marks(report)),
        t("tanda terima", "receipt"): report.receipt.id if report.receipt else None,
        "hash": report.receipt.hash if report.receipt else None,
    }
    for measure, value in facts.items():
        yield section, report.name, measure, _text(value)


def _element_lines(report: Report, voice: Voice) -> Iterator[Line]:
    t = voice.t
    for row in report.elements:
        band = report.band_of(row)
        facts = {
            "n": row.n,
            t("jumlah nilai", "sum of scores"): row.total,
            "nrr": None if row.nrr is None else ikm.published(row.nrr, ikm.NRR_DECIMALS),
            t("bobot", "weight"): _exact(row.weight),
            t("indeks", "index"): row.index,
            t("mutu", "class"): band.letter if band else None,
        }
        for score, count in enumerate(row.counts or (), start=1):
            facts[f"{t('nilai', 'score')} {score}"] = count
        for measure, value in facts.items():
            yield t("unsur", "element"), voice.element(row.code), measure, _text(value)


def _element(report: Report, row: ElementRow) -> dict[str, Any]:
    band = report.band_of(row)
    return {
        "n": row.n,
        "sum": row.total,
        "counts": row.counts,
        "nrr": None if row.nrr is None else ikm.published(row.nrr, ikm.NRR_DECIMALS),
        "weight": _exact(row.weight),
        "index": row.index,
        "class": band.letter if band else None,
    }


def _extra(row: ExtraRow) -> dict[str, Any]:
    nrr = row.tally.nrr
    return {
        "questionnaire": row.questionnaire,
        "code": row.code,
        "name": {"id": row.name[0], "en": row.name[1]},
        "n": row.tally.n,
        "sum": row.tally.total,
        "counts": row.tally.counts,
        "nrr": None if nrr is None else ikm.published(nrr, ikm.NRR_DECIMALS),
        "index": row.index,
    }


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else ikm.exact_text(value)


def _text(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
