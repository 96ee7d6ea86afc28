"""What a rule finds in a situation: one list, one function per kind."""

from collections.abc import Callable, Mapping, Sequence

from services.scoring.domain.alert_rules.alert import Finding
from services.scoring.domain.alert_rules.conduct import (
    fall,
    late_share,
    marked,
    silent,
    unreviewed,
)
from services.scoring.domain.alert_rules.published import class_drop, element_low
from services.scoring.domain.alert_rules.rule import Kind, Rule
from services.scoring.domain.alert_rules.situation import Situation

Judge = Callable[[Rule, Situation], list[Finding]]

# An application past its time is found by its clock (`usecases.overdue`): it needs no judgement.
JUDGES: Mapping[Kind, Judge] = {
    Kind.CLASS_DROP: class_drop,
    Kind.ELEMENT_LOW: element_low,
    Kind.FALL: fall,
    Kind.LATE_SHARE: late_share,
    Kind.MARK: marked,
    Kind.SILENT: silent,
    Kind.UNREVIEWED: unreviewed,
}


def findings(rule: Rule, situation: Situation) -> Sequence[Finding]:
    """All causes that the rule looks at in a situation; none where too little is known."""
    return JUDGES[rule.kind](rule, situation)
