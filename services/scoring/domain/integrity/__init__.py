"""Marks of answers that do not look like those of many citizens: computed, shown, never acted on.

Each rule states what honest answers would be like and how often that would give a mark by chance.
"""

from services.scoring.domain.integrity.judge import RULES, marks_of
from services.scoring.domain.integrity.mark import Kind, Mark, Severity
from services.scoring.domain.integrity.trace import Trace, Unit

__all__ = ["RULES", "Kind", "Mark", "Severity", "Trace", "Unit", "marks_of"]
