"""What a citizen entered in the form: read against the questionnaire, field by field."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.intake.domain.events import text_fault
from services.intake.domain.questionnaire import Questionnaire

LONGEST_COMMENT = 1_000
COMMENT = "comment"
_SCORES = {"1": 1, "2": 2, "3": 3, "4": 4}


@dataclass(frozen=True, slots=True)
class Reply:
    """What was entered, as far as it is valid; `faults` names the fields that are not, and why."""

    answers: Mapping[str, int] = field(default_factory=dict)
    respondent: Mapping[str, str] = field(default_factory=dict)
    comment: str | None = None
    extra: Mapping[str, int] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


def read_reply(questionnaire: Questionnaire, fields: Mapping[str, str]) -> Reply:
    """The nine must be answered; an agency's own elements, the profile and the comment need not."""
    faults: dict[str, str] = {}
    answers: dict[str, int] = {}
    for question in questionnaire.questions:
        score = _SCORES.get(fields.get(question.element, ""))
        if score is None:
            faults[question.element] = "missing"
        else:
            answers[question.element] = score
    extra: dict[str, int] = {}
    for question in questionnaire.extra:
        if not (entered := fields.get(question.field)):
            continue
        if entered in _SCORES:
            extra[question.element] = _SCORES[entered]
        else:
            faults[question.field] = "not_allowed"
    respondent: dict[str, str] = {}
    for choice in questionnaire.profile:
        if not (value := fields.get(choice.attribute)):
            continue
        if value in {known for known, _ in choice.options}:
            respondent[choice.attribute] = value
        else:
            faults[choice.attribute] = "not_allowed"
    comment = cleaned(fields.get(COMMENT, ""))
    if len(comment) > LONGEST_COMMENT:
        faults[COMMENT] = "too_long"
    return Reply(answers, respondent, comment or None, extra, faults)


def cleaned(text: str) -> str:
    """A text as the log takes it: NFC, one kind of newline, nothing invisible.

    Phones send such characters by themselves; refusing them would blame the citizen.
    """
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    return "".join(sign for sign in lines if sign == "\n" or text_fault(sign) is None)
