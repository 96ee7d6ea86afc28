"""Agencies' own questionnaires as they were published, and as a form can show them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import msgspec
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.questionnaire import NATIONAL, Question, Questionnaire, Wording
from services.intake.store.tables import questionnaire
from shared.contracts import registry
from shared.contracts.registry import QuestionnairePublished

_ALL = text("SELECT body FROM questionnaire ORDER BY agency, version")


async def latest(connection: AsyncConnection, agency: str) -> QuestionnairePublished | None:
    """The newest version of an agency, in force or not yet."""
    query = select(questionnaire.c.body).where(questionnaire.c.agency == agency)
    body = await connection.scalar(query.order_by(questionnaire.c.version.desc()).limit(1))
    return None if body is None else _read(body)


async def listed(
    connection: AsyncConnection, agency: str, *, after: int, limit: int
) -> Sequence[QuestionnairePublished]:
    """The versions of an agency, the oldest first."""
    query = select(questionnaire.c.body).where(
        questionnaire.c.agency == agency, questionnaire.c.version > after
    )
    rows = await connection.execute(query.order_by(questionnaire.c.version).limit(limit))
    return [_read(body) for (body,) in rows]


async def add(
    connection: AsyncConnection, published: QuestionnairePublished, sequence: int
) -> None:
    """Store the next version; `sequence` is that of the registry event that says so."""
    await connection.execute(
        insert(questionnaire).values(
            agency=published.agency,
            version=published.version,
            valid_from=date.fromisoformat(published.valid_from),
            body=msgspec.json.encode(published),
            sequence=sequence,
        )
    )


async def by_agency(connection: AsyncConnection) -> dict[str, tuple[Questionnaire, ...]]:
    """Of each agency that has its own: all that hold there, the national one first."""
    found: dict[str, tuple[Questionnaire, ...]] = {}
    for (body,) in await connection.execute(_ALL):
        published = _read(body)
        before = found.get(published.agency, (NATIONAL,))
        found[published.agency] = (*before, as_form(published))
    return found


def as_form(published: QuestionnairePublished) -> Questionnaire:
    """The nine with what the agency changed of them, and its own elements."""
    return Questionnaire(
        version=name_of(published),
        valid_from=date.fromisoformat(published.valid_from),
        questions=tuple(_changed(question, published) for question in NATIONAL.questions),
        profile=NATIONAL.profile,
        extra=tuple(
            Question(
                code,
                _words(element.name),
                _words(element.question),
                (
                    _words(element.answers[0]),
                    _words(element.answers[1]),
                    _words(element.answers[2]),
                    _words(element.answers[3]),
                ),
                weight=None,
            )
            for code, element in published.extra.items()
        ),
    )


def name_of(published: QuestionnairePublished) -> str:
    """How answers and figures name it: `dpmptsp.2`."""
    return f"{published.agency}.{published.version}"


def _changed(question: Question, published: QuestionnairePublished) -> Question:
    own = published.elements.get(question.element, registry.NationalElement())
    return replace(
        question,
        text=question.text if own.question is None else _words(own.question),
        weight=own.weight or question.weight,
    )


def _words(wording: registry.Wording) -> Wording:
    return Wording(wording.indonesian, wording.english)


def _read(body: bytes) -> QuestionnairePublished:
    return msgspec.json.decode(body, type=QuestionnairePublished)
