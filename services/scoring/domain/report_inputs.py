"""What only the agency knows of its survey: its plan, its forum, how it asked, what it did since.

Chapters II and IV and the last annex of the report (PermenPANRB 14/2017). What is not given stays a
blank line to be filled in by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from services.scoring.domain.report import FollowUp, Method, PastFollowUp, Report


@dataclass(frozen=True, slots=True)
class Inputs:
    """`previous` are the lines of the plan before this one; their indexes are ours to say."""

    plan: tuple[FollowUp, ...] = ()
    forum_on: date | None = None
    method: Method = field(default_factory=Method)
    previous: tuple[PastFollowUp, ...] = ()


NOTHING_GIVEN = Inputs()


def with_inputs(report: Report, inputs: Inputs, before: Mapping[str, str | None]) -> Report:
    """The report with what the agency gave.

    `before` has the index of each element in the period before, as it was published: whether a plan
    helped is told by figures that have a receipt, not by whoever carried it out.
    """
    now = {row.code: row.index for row in report.elements}
    return replace(
        report,
        follow_up=inputs.plan,
        forum_on=inputs.forum_on,
        method=inputs.method,
        previous_follow_up=tuple(
            replace(line, before=before.get(line.element), after=now.get(line.element))
            for line in inputs.previous
        ),
    )
