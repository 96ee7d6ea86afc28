"""Rules about published figures: a class that was lost, an element below a limit.

They see what anybody sees and nothing else, so no alert says more than the figure that is its
receipt. Figures of quarters: a month has few answers, a year forgives too long.
"""

from collections.abc import Sequence
from fractions import Fraction

from services.scoring.domain.alert_rules.alert import Finding
from services.scoring.domain.alert_rules.rule import Rule
from services.scoring.domain.alert_rules.situation import Quarter, Shown, Situation
from services.scoring.domain.elements import ELEMENTS
from services.scoring.domain.ikm import (
    INDEX_DECIMALS,
    NRR_DECIMALS,
    SCALE_TO_INDEX,
    RuleSet,
    published,
)
from services.scoring.domain.publication.label import month_number

MONTHS_BACK = 12
# A class that was lost is regained for sure half a point above its lowest index, not on the edge.
EDGE = Fraction(1, 2)
_UNIT = 10**INDEX_DECIMALS


def class_drop(rule: Rule, situation: Situation) -> list[Finding]:
    """The class of the newest quarter against the best of the four quarters before it.

    The value is the number of classes lost; 1/2 if none is, but only just.
    """
    quarters = _judged(rule, situation)
    if len(quarters) < 2:
        return []
    now, best = quarters[-1], min(quarters[:-1], key=lambda each: (each.whole.letter, each.first))
    lost = ord(now.whole.letter) - ord(best.whole.letter)
    edge = _lowest(now.rules, best.whole.letter) + EDGE
    only_just = lost == 0 and now.whole.index < edge
    figures = {
        "period": now.name,
        "class": now.whole.letter,
        "index": _points(now.whole.index),
        "n": str(now.n),
        "before_period": best.name,
        "before_class": best.whole.letter,
        "before_index": _points(best.whole.index),
        "before_figure": best.figure,
    }
    words = (
        f"{situation.name}: kelas {now.whole.letter} ({_points(now.whole.index)}, {now.n} jawaban) "
        f"pada {now.name}; terbaik dalam setahun {best.whole.letter} "
        f"({_points(best.whole.index)}, {best.name})",
        f"{situation.name}: class {now.whole.letter} ({_points(now.whole.index)}, {now.n} answers) "
        f"in {now.name}; the best within a year was {best.whole.letter} "
        f"({_points(best.whole.index)}, {best.name})",
    )
    value = Fraction(1, 2) if only_just else Fraction(max(0, lost))
    return [Finding(value, figures, words, receipt=now.figure)]


def element_low(rule: Rule, situation: Situation) -> list[Finding]:
    """Each element of the newest quarter; the value is its index, 25 to 100 (NRR 1 to 4)."""
    quarters = _judged(rule, situation)
    if not quarters:
        return []
    now = quarters[-1]
    findings = []
    for element in ELEMENTS:
        shown = now.elements.get(element.code)
        if shown is None:
            continue
        value = _within_class(shown, now.rules)
        nrr = published(value / SCALE_TO_INDEX, NRR_DECIMALS)
        index = _points(shown.index)
        figures = {
            "period": now.name,
            "element": element.code,
            "index": index,
            "nrr": nrr,
            "class": shown.letter,
            "n": str(now.n),
        }
        words = (
            f"{situation.name}: unsur {element.indonesian} {index}, kelas {shown.letter} "
            f"(NRR {nrr}) pada {now.name}, {now.n} jawaban",
            f"{situation.name}: element {element.english} {index}, class {shown.letter} "
            f"(NRR {nrr}) in {now.name}, {now.n} answers",
        )
        findings.append(Finding(value, figures, words, element.code, now.figure))
    return findings


def _judged(rule: Rule, situation: Situation) -> Sequence[Quarter]:
    """The newest quarter with enough answers, and those of the year before it that have them."""
    enough = [each for each in situation.quarters if each.n >= rule.least_n]
    if not enough:
        return []
    newest = month_number(enough[-1].first)
    return [each for each in enough if newest - month_number(each.first) <= MONTHS_BACK]


def _within_class(shown: Shown, rules: RuleSet) -> Fraction:
    """A coarse index brought into its class: "77" of class C is at most 76.60."""
    higher = [band.lowest for band in rules.bands if band.letter < shown.letter]
    highest = Fraction(min(higher) - 1, _UNIT) if higher else shown.index
    return min(highest, max(_lowest(rules, shown.letter), shown.index))


def _lowest(rules: RuleSet, letter: str) -> Fraction:
    return next(Fraction(band.lowest, _UNIT) for band in rules.bands if band.letter == letter)


def _points(index: Fraction) -> str:
    return published(index)
