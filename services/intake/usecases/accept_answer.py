"""To which questionnaire an answer is: the one that it names, or the one in force on its day."""

from collections.abc import Sequence
from datetime import date

from msgspec import UNSET

from services.intake.domain.questionnaire import (
    QUESTIONNAIRES,
    Questionnaire,
    questionnaire_on,
)
from shared.contracts.feedback import FeedbackSubmitted

# JSON pointer and code.
Fault = tuple[str, str]


def asked_of(
    data: FeedbackSubmitted, forms: Sequence[Questionnaire], day: date
) -> str | Fault | None:
    """The version in force where it is the agency's to know and not said, or what is wrong.

    `forms` are the agency's own questionnaires, if it has any.
    """
    if not forms and data.questionnaire is UNSET and data.extra is UNSET:
        return None  # nearly all
    known = forms or QUESTIONNAIRES
    form = questionnaire_on(day, known)
    if data.questionnaire is not UNSET:
        named = [each for each in known if each.version == data.questionnaire]
        if not named:
            return "/data/questionnaire", "unknown_questionnaire"
        form = named[0]
    if form.valid_from > day:
        return "/data/questionnaire", "questionnaire_not_valid_then"
    if data.extra is not UNSET and not form.has_extra(data.extra):
        return "/data/extra", "unknown_element"
    return form.version if forms and data.questionnaire is UNSET else None
