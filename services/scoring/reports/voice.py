"""How a report's facts are said in one language: names, numbers, days and marks."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from services.scoring.domain import ikm
from services.scoring.domain.ikm import Band
from services.scoring.domain.period import Period
from services.scoring.domain.report import Cell, Report
from services.scoring.domain.report_rows import Words
from services.scoring.pages.wording import ELEMENT_NAMES, SERIES_NAMES, period_name
from services.scoring.reports import wording
from shared.web import language as languages
from shared.web.language import Language

NOTHING = "–"
_PERCENT_DECIMALS = 1
_ROMAN = ("I", "II", "III", "IV")


@dataclass(frozen=True, slots=True)
class Voice:
    """Says facts in a language."""

    language: Language

    def t(self, indonesian: str, english: str) -> str:
        """The one of two texts that is in the language."""
        return english if self.language == "en" else indonesian

    def words(self, words: Words) -> str:
        """A text that comes in both languages."""
        return self.t(*words)

    def count(self, value: int | None) -> str:
        """1994 → 1.994"""
        return NOTHING if value is None else languages.count(value, self.language)

    def decimal(self, value: str | None) -> str:
        """ "97.12" → 97,12"""
        return NOTHING if value is None else languages.decimal(value, self.language)

    def fraction(self, value: Fraction | None, decimals: int = ikm.INDEX_DECIMALS) -> str:
        """A fraction as it is published."""
        return NOTHING if value is None else self.decimal(ikm.published(value, decimals))

    def percent(self, part: int | None, whole: int) -> str:
        """A share with one decimal; nothing for what is withheld."""
        if part is None or not whole:
            return NOTHING
        share = ikm.published(Fraction(100 * part, whole), _PERCENT_DECIMALS)
        return f"{self.decimal(share)}{self.t(' %', '%')}"

    def cell(self, cell: Cell, report: Report) -> str:
        """The number of a cell; a withheld one only says that it is small."""
        return f"<{report.least_cell}" if cell.count is None else self.count(cell.count)

    def day(self, day: date) -> str:
        """14 September 2026"""
        return f"{day.day} {languages.month(day.month, self.language)} {day.year}"

    def period(self, period: Period) -> str:
        """Triwulan III 2026"""
        return period_name(period, self.language)

    def short_period(self, period: Period) -> str:
        """TW III 2026, where there is little room"""
        name = self.period(period)
        for long, short in (("Triwulan", "TW"), ("Quarter", "Q"), ("Semester", "Sem.")):
            name = name.replace(long, short)
        return name

    def element(self, code: str) -> str:
        """The name of an element."""
        return self.words(ELEMENT_NAMES.get(code, (code, code)))

    def attribute(self, code: str) -> str:
        """The name of an attribute of respondents."""
        return self.words(wording.ATTRIBUTES.get(code, (code, code)))

    def option(self, cell: Cell) -> str:
        """What a cell stands for: the name that it brings, or that of its code."""
        return cell.name or self.words(wording.OPTIONS.get(cell.code, (cell.code, cell.code)))

    def series(self, cell: Cell) -> str:
        """The name of where answers came from."""
        return cell.name or self.words(SERIES_NAMES.get(cell.code, (cell.code, cell.code)))

    def band(self, band: Band | None) -> str:
        """Sangat baik"""
        return NOTHING if band is None else self.t(band.indonesian, band.english)

    def band_range(self, report: Report, band: Band) -> str:
        """88,31–100,00"""
        bands = report.rules.bands
        place = bands.index(band)
        highest = bands[place - 1].lowest - 1 if place else 100 * 100
        return NOTHING.join(self.fraction(Fraction(end, 100)) for end in (band.lowest, highest))

    def rule_set(self, report: Report) -> str:
        """The regulation whose classes hold."""
        name = report.rules.name
        return self.words(wording.RULE_SETS.get(name, (name, name)))

    def weight(self, report: Report) -> str:
        """The weight as it was used: 1/9, or 0,11."""
        equal = ikm.weight(len(report.elements) or 1, report.weight_method)
        weights = {row.weight for row in report.answered} or {equal}
        if len(weights) != 1:
            name = report.questionnaire_version
            return self.t(f"menurut tabel, kuesioner {name}", f"as in the table, by {name}")
        return self.share(report, weights.pop())

    def share(self, report: Report, weight: Fraction) -> str:
        """One element's weight: 2/9, or 0,11."""
        if report.weight_method is ikm.WeightMethod.EXACT:
            return ikm.exact_text(weight)
        return self.fraction(weight, len(report.weight_method.value) - 2)

    def weight_method(self, report: Report) -> str:
        """How the weight was written down."""
        return self.words(wording.WEIGHT_METHODS[report.weight_method])

    def title(self, report: Report) -> str:
        """The report's own title, or the usual one."""
        return report.title or self.words(wording.TITLE)

    def quarter(self, number: int) -> str:
        """TW III"""
        return f"{self.t('TW', 'Q')} {_ROMAN[number - 1]}"

    def marks(self, report: Report) -> tuple[str, ...]:
        """What a reader must know before the number: simulated, provisional, still running."""
        marks = (
            (report.is_simulated, wording.SIMULATED),
            (report.is_provisional, wording.PROVISIONAL),
            (report.is_live, wording.LIVE),
        )
        return tuple(self.words(words) for holds, words in marks if holds)
