"""Contents of reports to test with; the sums are those of a real survey of 2021."""

from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

from services.scoring.domain import ikm, period, scope
from services.scoring.domain.elements import CODES
from services.scoring.domain.ikm import WeightMethod
from services.scoring.domain.report import (
    Asked,
    Attribute,
    Cell,
    FollowUp,
    Method,
    PastFollowUp,
    Receipt,
    Report,
    Signatory,
    TrendPoint,
    UnitRow,
)
from services.scoring.domain.report_rows import (
    Counts,
    ElementRow,
)

NOW = ikm.rules_on(date(2026, 9, 14))
# A Mal Pelayanan Publik on Java, 1,994 answers; complaints before facilities.
REAL_N = 1994
REAL_SUMS = (7788, 7718, 7726, 7712, 7766, 7783, 7788, 7685, 7750)
# A service office with 29 answers, published as 91.48, and as 90.56 with the weight 0.11.
OFFICE_SUMS = (105, 101, 100, 116, 102, 105, 106, 115, 105)
RECEIPT = Receipt(
    "fig-2021-mpp-0001",
    "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
    "https://skm.example.go.id/angka/fig-2021-mpp-0001",
)


def rows(
    sums: tuple[int, ...],
    n: int | tuple[int, ...],
    method: WeightMethod = WeightMethod.EXACT,
    counts: tuple[Counts, ...] | None = None,
) -> tuple[ElementRow, ...]:
    """Element rows of the same weight, from ΣS and n."""
    answers = n if isinstance(n, tuple) else (n,) * len(sums)
    share = ikm.weight(sum(1 for given in answers if given) or 1, method)
    return tuple(
        ElementRow(
            code,
            given,
            total,
            share if given else Fraction(0),
            counts[place] if counts else None,
        )
        for place, (code, total, given) in enumerate(zip(CODES, sums, answers, strict=False))
    )


def counts_of(total: int, n: int) -> Counts:
    """Counts per score that make a sum of threes and fours."""
    return (0, 0, 4 * n - total, total - 3 * n)


def answers_of(sums: tuple[int, ...], n: int) -> tuple[tuple[int, ...], ...]:
    """A data sheet that makes the sums, of threes and fours in no order."""
    random = Random(2021)
    columns = []
    for total in sums:
        _, _, threes, fours = counts_of(total, n)
        column = [3] * threes + [4] * fours
        random.shuffle(column)
        columns.append(column)
    return tuple(zip(*columns, strict=True))


def report(elements: tuple[ElementRow, ...], **values: Any) -> Report:
    """A report with as little as it may have."""
    given: dict[str, Any] = {
        "scope": scope.parse("service:dpmptsp.nib"),
        "name": "Penerbitan NIB",
        "period": period.parse("2026-Q3"),
        "made_on": date(2026, 10, 5),
        "n": max((row.n for row in elements), default=0),
        "rules": NOW,
        "weight_method": WeightMethod.EXACT,
    }
    return Report(elements=elements, **{**given, **values})


def small(**values: Any) -> Report:
    """The service office and nothing optional."""
    return report(rows(OFFICE_SUMS, 29), **values)


def full(**values: Any) -> Report:
    """The real survey with every part that a report can have."""
    counts = tuple(counts_of(total, REAL_N) for total in REAL_SUMS)
    parts: dict[str, Any] = {
        "scope": scope.parse("place:mpp"),
        "name": "Mal Pelayanan Publik",
        "agency": "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu",
        "city": "Pemerintah Kota Contoh",
        "period": period.parse("2021"),
        "made_on": date(2022, 1, 14),
        "services": ("Penerbitan NIB", "Pembayaran pajak kendaraan"),
        "legal_basis": ("Peraturan Wali Kota Nomor 7 Tahun 2020.",),
        "method": Method(who="Tim Survei Mandiri"),
        "population": 12_480,
        "minimum": 373,
        "series": (Cell("imported", REAL_N),),
        "respondents": RESPONDENTS,
        "doubt": ("Nilai ini perlu dibaca hati-hati.", "Read this figure with care."),
        "interval": ("96.81", "97.41"),
        "units": (
            UnitRow("Loket Samsat", 386, "97.82", "A"),
            UnitRow("Loket Pajak", 62, None, None),
        ),
        "trend": (
            TrendPoint(period.parse("2020"), 905, "91.02", "A"),
            TrendPoint(period.parse("2019"), 1104, "88.64", "A"),
        ),
        "follow_up": (
            FollowUp("complaints", "Meja pengaduan di lobi", (1, 2), "Bidang Pengaduan"),
            FollowUp("cost", "Papan biaya di setiap loket", (4,), "Sekretariat"),
        ),
        "forum_on": date(2022, 1, 10),
        "previous_follow_up": (
            PastFollowUp(
                "time", "Loket cepat", "Bidang Pelayanan", "Dibuka Maret", "94.10", "96.87"
            ),
        ),
        "questionnaire": QUESTIONNAIRE,
        "receipt": RECEIPT,
        "signatory": Signatory("Kota Contoh", "Kepala Dinas", "Drs. Contoh, M.Si."),
    }
    return report(rows(REAL_SUMS, REAL_N, counts=counts), **{**parts, **values})


RESPONDENTS = (
    Attribute("sex", (Cell("male", 928), Cell("female", 1001), Cell("unstated", 65))),
    Attribute(
        "age",
        (
            Cell("17_25", 293),
            Cell("26_35", 919),
            Cell("36_45", 515),
            Cell("46_55", 166),
            Cell("over_65", None),
            Cell("unstated", None),
        ),
    ),
    Attribute("education", (Cell("sma", 1029), Cell("s1", 814), Cell("unstated", 151))),
    Attribute("occupation", (Cell("wirausaha", 720), Cell("lainnya", 1274))),
    Attribute("service", (Cell("dpmptsp.nib", 1994, "Penerbitan NIB"),)),
)
QUESTIONNAIRE = (
    Asked(
        "time",
        ("Bagaimana kecepatan waktu pelayanan?", "How fast was the service given?"),
        (
            ("Tidak cepat", "Not fast"),
            ("Kurang cepat", "Not very fast"),
            ("Cepat", "Fast"),
            ("Sangat cepat", "Very fast"),
        ),
    ),
)
