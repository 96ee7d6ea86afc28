"""Publish a questionnaire: the next version of an agency, its row and its event at once."""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.own_questionnaire import (
    RESERVED,
    elements_fault,
    extra_fault,
    start_fault,
    weights_fault,
)
from services.intake.domain.registry import name_fault
from services.intake.store import questionnaires as store
from services.intake.store import registry as agencies
from services.intake.usecases.candidates import Refusal
from services.intake.usecases.own_events import end_of, tell
from services.intake.usecases.registry import UnknownAgency
from shared.contracts import registry
from shared.contracts.registry import QuestionnaireDraft, QuestionnairePublished, Wording


class NotPublishable(ValueError):
    """The questionnaire breaks a rule; `refusals` say which and where."""

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__(", ".join(each.code for each in refusals))
        self.refusals = refusals


async def publish(
    connection: AsyncConnection,
    agency: str,
    draft: QuestionnaireDraft,
    *,
    now: datetime,
    default_zone: str,
    correlation: str | None = None,
) -> tuple[QuestionnairePublished, bool]:
    """The version that says so, and whether it is new: the newest one again makes no other.

    Raises UnknownAgency or NotPublishable.
    """
    # The lock comes first: two at once make two versions, one after the other.
    end = await end_of(connection, registry.TOPIC)
    row = await agencies.find(connection, "agency", agency)
    if row is None:
        raise UnknownAgency(agency)
    before = await store.latest(connection, agency)
    if before is not None and _says(before, draft):
        return before, False
    today = now.astimezone(ZoneInfo(row["timezone"] or default_zone)).date()
    if refusals := faults_of(agency, draft, today, before):
        raise NotPublishable(refusals)
    published = QuestionnairePublished(
        agency=agency,
        version=before.version + 1 if before else 1,
        **{name: getattr(draft, name) for name in QuestionnaireDraft.__struct_fields__},
    )
    await store.add(connection, published, end.sequence)
    kind, about = registry.QUESTIONNAIRE_PUBLISHED, f"questionnaire-{store.name_of(published)}"
    await tell(connection, end, kind, published, about=about, now=now, correlation=correlation)
    return published, True


def faults_of(
    agency: str, draft: QuestionnaireDraft, today: date, before: QuestionnairePublished | None
) -> list[Refusal]:
    """Everything that is wrong with it. `before` is the newest version."""
    weights = {code: own.weight for code, own in draft.elements.items() if own.weight}
    found = {
        "": "not_allowed" if agency == RESERVED else None,
        "/valid_from": _start_fault(draft, today, before),
        "/elements": elements_fault(draft.elements) or weights_fault(weights),
        "/extra": extra_fault(draft.extra),
    }
    found |= {pointer: name_fault(text) for pointer, text in _texts(draft)}
    return [Refusal(pointer, code) for pointer, code in found.items() if code]


def _says(before: QuestionnairePublished, draft: QuestionnaireDraft) -> bool:
    return all(
        getattr(before, name) == getattr(draft, name)
        for name in QuestionnaireDraft.__struct_fields__
    )


def _start_fault(
    draft: QuestionnaireDraft, today: date, before: QuestionnairePublished | None
) -> str | None:
    try:
        start = date.fromisoformat(draft.valid_from)
    except ValueError:
        return "invalid_format"
    return start_fault(start, today, date.fromisoformat(before.valid_from) if before else None)


def _texts(draft: QuestionnaireDraft) -> Iterator[tuple[str, str]]:
    """Every text that people will read, with where it stands."""
    for code, own in draft.elements.items():
        if own.question is not None:
            yield from _said(f"/elements/{code}/question", own.question)
    for code, element in draft.extra.items():
        yield from _said(f"/extra/{code}/name", element.name)
        yield from _said(f"/extra/{code}/question", element.question)
        for place, words in enumerate(element.answers):
            yield from _said(f"/extra/{code}/answers/{place}", words)


def _said(pointer: str, words: Wording) -> Iterator[tuple[str, str]]:
    for language, text in msgspec.to_builtins(words).items():
        yield f"{pointer}/{language}", text
