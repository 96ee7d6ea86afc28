"""What an agency's own questionnaire must satisfy (PermenPANRB 14/2017: the nine stay as they are).

The dates keep what was published: a version starts on the first of a month that is still to come.
"""

from collections.abc import Collection, Mapping
from datetime import date
from fractions import Fraction

from services.intake.domain.questionnaire import NATIONAL

NINE = tuple(question.element for question in NATIONAL.questions)
MOST_EXTRA = 10
# Versions are called `<agency>.<number>`, and the national ones `nasional.1`.
RESERVED = NATIONAL.version.partition(".")[0]


def elements_fault(codes: Collection[str]) -> str | None:
    """Only the nine can be reworded or weighted."""
    return None if set(codes) <= set(NINE) else "unknown_element"


def weights_fault(weights: Mapping[str, str]) -> str | None:
    """Fractions for all nine or for none, each more than 0, together exactly 1."""
    if not weights:
        return None
    if set(weights) != set(NINE):
        return "all_nine_or_none"
    given = [Fraction(text) for text in weights.values()]
    return None if min(given) > 0 and sum(given) == 1 else "weights_do_not_sum_to_1"


def extra_fault(codes: Collection[str]) -> str | None:
    """At most ten more, none of them called like one of the nine."""
    if not set(codes).isdisjoint(NINE):
        return "national_element"
    return None if len(codes) <= MOST_EXTRA else "too_many"


def start_fault(start: date, today: date, latest: date | None) -> str | None:
    """The first of a month, not in the past, and not before the version that is there."""
    if start.day != 1:
        return "not_first_of_month"
    if start < today:
        return "in_the_past"
    return "before_an_earlier_version" if latest is not None and start < latest else None
