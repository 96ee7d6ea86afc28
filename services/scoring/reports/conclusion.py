"""Chapter V: what the figures come to, in sentences made from the figures alone."""

from collections.abc import Callable, Iterable

from services.scoring.domain import ikm
from services.scoring.domain.report import Report
from services.scoring.domain.report_rows import ElementRow
from services.scoring.reports.voice import Voice

Sentence = Callable[[Report, Voice], str | None]


def conclusion(report: Report, voice: Voice) -> list[str]:
    """The sentences that hold, in the order in which they matter."""
    return [text for sentence in SENTENCES if (text := sentence(report, voice))]


def movement(report: Report, voice: Voice) -> str | None:
    """ "naik 1,20 poin", or None without an earlier period."""
    points = report.change
    if points is None:
        return None
    if not points:
        return voice.t("tetap", "unchanged")
    went = voice.t("naik", "up") if points > 0 else voice.t("turun", "down")
    return f"{went} {voice.fraction(abs(points))} {voice.t('poin', 'points')}"


def _result(report: Report, voice: Voice) -> str | None:
    period, n = voice.period(report.period), voice.count(report.n)
    if report.band is None:
        return voice.t(
            f"Belum ada jawaban untuk {report.name} pada {period}, sehingga belum ada nilai IKM.",
            f"There are no answers for {report.name} in {period} yet, so there is no index.",
        )
    index, letter, name = voice.decimal(report.index), report.band.letter, voice.band(report.band)
    return voice.t(
        f"Indeks Kepuasan Masyarakat {report.name} pada {period} adalah {index} dengan mutu "
        f"pelayanan {letter} ({name}), berdasarkan jawaban {n} responden.",
        f"The Public Satisfaction Index of {report.name} in {period} is {index}, class {letter} "
        f"({name}), from the answers of {n} respondents.",
    )


def _best_and_worst(report: Report, voice: Voice) -> str | None:
    if len(report.answered) < 2:
        return None
    if report.ranked[0].nrr == report.ranked[-1].nrr:
        return voice.t(
            "Semua unsur memperoleh nilai yang sama.", "All elements have the same score."
        )
    best, worst = _listed(report.strongest, voice), _listed(report.weakest, voice)
    return voice.t(
        f"Unsur dengan nilai tertinggi adalah {best}. Unsur dengan nilai terendah, yang menjadi "
        f"prioritas perbaikan, adalah {worst}.",
        f"The highest elements are {best}. The lowest, to be improved first, are {worst}.",
    )


def _elements_below_good(report: Report, voice: Voice) -> str | None:
    below = [row for row in report.ranked if (band := report.band_of(row)) and band.letter in "CD"]
    if below:
        return voice.t(
            f"Unsur yang belum mencapai mutu B (Baik): {_listed(below, voice)}.",
            f"Elements that do not reach class B (Good) yet: {_listed(below, voice)}.",
        )
    if len(report.answered) < 2:
        return None
    return voice.t("Tidak ada unsur di bawah mutu B (Baik).", "No element is below class B (Good).")


def _trend(report: Report, voice: Voice) -> str | None:
    moved = movement(report, voice)
    if moved is None or report.earlier is None:
        return None
    period, index = voice.period(report.earlier.period), voice.decimal(report.earlier.index)
    return voice.t(
        f"Dibandingkan dengan {period} ({index}), indeks {moved}.",
        f"Compared with {period} ({index}), the index is {moved}.",
    )


def _sample(report: Report, voice: Voice) -> str | None:
    if report.minimum is None:
        return None
    n, minimum = voice.count(report.n), voice.count(report.minimum)
    if report.is_sample_met:
        return voice.t(
            f"Jumlah responden ({n}) memenuhi jumlah minimum ({minimum}).",
            f"The number of respondents ({n}) meets the minimum ({minimum}).",
        )
    return voice.t(
        f"Jumlah responden ({n}) belum mencapai jumlah minimum ({minimum}), sehingga hasil ini "
        "bersifat sementara.",
        f"The number of respondents ({n}) is below the minimum ({minimum}), so this result is "
        "provisional.",
    )


def _without_cost(report: Report, voice: Voice) -> str | None:
    if report.without_cost is None:
        return None
    index = voice.fraction(report.without_cost)
    letter = report.rules.classify(report.without_cost).letter
    return voice.t(
        f"Tanpa unsur biaya/tarif, yang otomatis tinggi pada layanan gratis, indeksnya {index} "
        f"({letter}).",
        f"Without the element cost, which is high by itself where a service is free, the index is "
        f"{index} ({letter}).",
    )


SENTENCES: tuple[Sentence, ...] = (
    _result,
    _best_and_worst,
    _elements_below_good,
    _trend,
    _sample,
    _without_cost,
)


def _listed(rows: Iterable[ElementRow], voice: Voice) -> str:
    names = [
        f"{voice.element(row.code)} ({voice.fraction(row.nrr, ikm.NRR_DECIMALS)})" for row in rows
    ]
    if len(names) < 2:
        return "".join(names)
    return f"{'; '.join(names[:-1])}; {voice.t('dan', 'and')} {names[-1]}"
