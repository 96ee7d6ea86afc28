"""All rules, and the marks that they give a unit."""

from collections.abc import Callable

from services.scoring.domain.integrity.mark import Mark
from services.scoring.domain.integrity.rhythm import bursts, too_regular
from services.scoring.domain.integrity.scores import all_four_days, straight_lining
from services.scoring.domain.integrity.senders import mostly_assisted, one_key
from services.scoring.domain.integrity.trace import Unit

Rule = Callable[[Unit], list[Mark]]

RULES: tuple[Rule, ...] = (
    straight_lining,
    bursts,
    too_regular,
    all_four_days,
    one_key,
    mostly_assisted,
)


def marks_of(unit: Unit) -> list[Mark]:
    """What the rules find in one unit and period."""
    return [mark for rule in RULES for mark in rule(unit)]
