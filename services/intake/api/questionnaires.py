"""An agency's own questionnaires: published as versions that never change. Reading is public."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from structlog.contextvars import get_contextvars

from services.intake.api.registry import CODE, Registering, unknown_agency
from services.intake.domain.questionnaire import QUESTIONNAIRES, Question, Questionnaire
from services.intake.store import questionnaires as store
from services.intake.store import registry
from services.intake.usecases.questionnaires import NotPublishable, publish
from services.intake.usecases.registry import UnknownAgency
from shared.auth import Principal
from shared.contracts.registry import QuestionnaireDraft, QuestionnairePublished, Wording
from shared.http import FieldError, Problem
from shared.http.body import json_body, read_body
from shared.http.openapi import answers
from shared.http.problem import invalid

PATH = "/v1/agencies/{code}/questionnaires"
NAME = r"^[a-z0-9-]{1,40}\.[1-9][0-9]{0,5}$"
AgencyCode = Annotated[str, Path(pattern=CODE)]


class AskedElement(msgspec.Struct, frozen=True):
    """One element as it is asked; `answers` are the words of the scores 1, 2, 3 and 4.

    `weight` is a fraction; null: outside the index.
    """

    code: str
    name: Wording
    question: Wording
    answers: list[Wording]
    weight: str | None


class QuestionnaireAnswer(msgspec.Struct, frozen=True):
    """A version in full. `version` is what answers and figures name: `dpmptsp.2`, `nasional.1`."""

    version: str
    valid_from: str
    elements: list[AskedElement]
    extra: list[AskedElement]


class Questionnaires(msgspec.Struct, frozen=True):
    """The agency's own versions, the oldest first. Before the first one holds `nasional.1`."""

    items: list[QuestionnaireAnswer]
    next: str | None


def router(registering: Registering, zone: str) -> APIRouter:
    """Publish, list and read. `zone` is that of agencies that name none."""
    routes = APIRouter(prefix=PATH, tags=["registry"])
    _add_publishing(routes, registering, zone)
    _add_reading(routes, registering)
    return routes


def _add_publishing(routes: APIRouter, registering: Registering, zone: str) -> None:
    @routes.post(
        "",
        status_code=201,
        summary="Terbitkan kuesioner · Publish the next version of a questionnaire",
        description="The newest version again answers 200 and changes nothing. "
        "A key of mode `test` only checks.",
        operation_id="publish_questionnaire",
        responses={
            **answers(QuestionnaireAnswer, {}),
            **answers(QuestionnaireAnswer, _PROBLEMS, status=201),
        },
        openapi_extra=json_body(QuestionnaireDraft),
    )
    async def post(
        request: Request,
        code: AgencyCode,
        principal: Principal = Depends(registering.keyring.needs("registry:write")),
    ) -> Response:
        if not principal.is_admin and code != principal.agency:
            raise unknown_agency()
        draft = await read_body(request, QuestionnaireDraft)
        only_check = principal.mode == "test"
        published, is_new = await _publish(registering, code, draft, zone, only_check=only_check)
        if is_new and not only_check:
            registering.after_commit()
        return _json(_answer(store.as_form(published)), 201 if is_new else 200)


async def _publish(
    registering: Registering, code: str, draft: QuestionnaireDraft, zone: str, *, only_check: bool
) -> tuple[QuestionnairePublished, bool]:
    engine = registering.engine
    try:
        # Without a commit nothing of it stays.
        async with engine.connect() if only_check else engine.begin() as connection:
            return await publish(
                connection,
                code,
                draft,
                now=registering.now(),
                default_zone=zone,
                correlation=get_contextvars().get("correlation_id"),
            )
    except UnknownAgency:
        raise unknown_agency() from None
    except NotPublishable as wrong:
        faults = (FieldError(each.pointer, each.code) for each in wrong.refusals)
        raise invalid(*faults) from None


def _add_reading(routes: APIRouter, registering: Registering) -> None:
    @routes.get(
        "",
        summary="Daftar kuesioner · The versions of a questionnaire",
        operation_id="list_questionnaires",
        responses=answers(Questionnaires, {404: "No such agency"}),
    )
    async def listed(
        code: AgencyCode,
        limit: int = Query(default=100, ge=1, le=100),
        cursor: str = Query(default="0", pattern=r"^[0-9]{1,6}$"),
    ) -> Response:
        async with registering.engine.connect() as connection:
            if await registry.find(connection, "agency", code) is None:
                raise unknown_agency()
            found = await store.listed(connection, code, after=int(cursor), limit=limit + 1)
        following = str(found[limit - 1].version) if len(found) > limit else None
        items = [_answer(store.as_form(each)) for each in found[:limit]]
        return _json(Questionnaires(items, following))

    @routes.get(
        "/{version}",
        summary="Baca kuesioner · One version of a questionnaire",
        operation_id="get_questionnaire",
        responses=answers(QuestionnaireAnswer, {404: "No such agency or version"}),
    )
    async def read(code: AgencyCode, version: str = Path(pattern=NAME)) -> Response:
        number = int(version.rpartition(".")[2])
        async with registering.engine.connect() as connection:
            found = await store.listed(connection, code, after=number - 1, limit=1)
        known = {form.version: form for form in (*QUESTIONNAIRES, *map(store.as_form, found))}
        if version not in known:
            raise Problem(404, "not_found", "Tidak ditemukan · Not found")
        return _json(_answer(known[version]))


def _answer(form: Questionnaire) -> QuestionnaireAnswer:
    return QuestionnaireAnswer(
        version=form.version,
        valid_from=form.valid_from.isoformat(),
        elements=[_element(question) for question in form.questions],
        extra=[_element(question) for question in form.extra],
    )


def _element(question: Question) -> AskedElement:
    return AskedElement(
        code=question.element,
        name=Wording(*question.name),
        question=Wording(*question.text),
        answers=[Wording(*words) for words in question.answers],
        weight=question.weight,
    )


def _json(body: msgspec.Struct, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")


_PROBLEMS = {
    400: "The body is not readable JSON",
    401: "No key, or one that is not valid",
    403: "The key lacks registry:write",
    404: "The agency is not registered, or is not the key's",
    413: "The body is too large",
    415: "Not plain application/json",
    422: "The questionnaire is not valid",
    503: "Try again (Retry-After)",
}
