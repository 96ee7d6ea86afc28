"""The questionnaire: the contract's elements and values, each in words of both languages."""

from datetime import date
from typing import get_args, get_type_hints

from services.intake.domain.questionnaire import (
    QUESTIONNAIRES,
    Questionnaire,
    questionnaire_on,
)
from services.intake.domain.reply import LONGEST_COMMENT, cleaned, read_reply
from shared.contracts.feedback import Answers, Respondent

TODAY = questionnaire_on(date(2026, 9, 14))
COMPLETE = {question.element: "3" for question in TODAY.questions}


def test_it_asks_the_nine_elements_in_the_fixed_order() -> None:
    asked = tuple(question.element for question in TODAY.questions)

    assert asked == Answers.__struct_fields__


def test_it_offers_values_of_the_contract_only() -> None:
    hints = get_type_hints(Respondent)
    for choice in TODAY.profile:
        allowed = {value for part in get_args(hints[choice.attribute]) for value in get_args(part)}
        assert {value for value, _ in choice.options} <= allowed


def test_everything_is_said_in_both_languages() -> None:
    words = [words for _, words in TODAY.names]
    words += [text for question in TODAY.questions for text in (question.text, *question.answers)]
    words += [text for choice in TODAY.profile for _, text in choice.options]

    assert all(one.indonesian.strip() and one.english.strip() for one in words)


def test_the_version_in_force_on_the_day_is_asked() -> None:
    later = Questionnaire("later", date(2027, 1, 1), (), ())
    versions = (later, *QUESTIONNAIRES)

    assert questionnaire_on(date(2026, 12, 31), versions) is QUESTIONNAIRES[0]
    assert questionnaire_on(date(2027, 1, 1), versions) is later
    assert questionnaire_on(date(2000, 1, 1), versions) is QUESTIONNAIRES[0]


def test_a_reply_needs_every_element_and_nothing_else() -> None:
    assert read_reply(TODAY, COMPLETE).faults == {}
    assert read_reply(TODAY, {**COMPLETE, "unknown": "x", "sex": ""}).faults == {}
    for wrong in ("", "0", "5", "1.5", "true", "४", " 3"):
        assert read_reply(TODAY, {**COMPLETE, "time": wrong}).faults == {"time": "missing"}
    assert set(read_reply(TODAY, {}).faults) == set(COMPLETE)


def test_what_the_form_does_not_offer_is_not_taken() -> None:
    reply = read_reply(TODAY, {**COMPLETE, "sex": "other", "age_band": "17_25"})

    assert reply.faults == {"sex": "not_allowed"}
    assert reply.respondent == {"age_band": "17_25"}


def test_a_comment_is_cleaned_rather_than_refused() -> None:
    assert cleaned(" a\r\nb\u0000\u202e\u200f\ud800 ") == "a\nb"
    assert cleaned("e\u0301") == "é"
    assert read_reply(TODAY, {**COMPLETE, "comment": " \r\n "}).comment is None


def test_a_comment_is_measured_in_characters_after_cleaning() -> None:
    longest = "é" * LONGEST_COMMENT

    assert read_reply(TODAY, {**COMPLETE, "comment": f" {longest}\r\n"}).comment == longest
    assert read_reply(TODAY, {**COMPLETE, "comment": longest + "x"}).faults == {
        "comment": "too_long"
    }
