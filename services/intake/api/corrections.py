"""`/v1/corrections`: take answers out of the figures or count them elsewhere, with two persons."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response
from msgspec import Meta
from structlog.contextvars import get_contextvars

from services.intake.api.registry import Registering
from services.intake.domain.events import text_fault
from services.intake.usecases.corrections import (
    Asking,
    CitizensOwn,
    SamePerson,
    UnknownAnswer,
    UnknownCorrection,
    Wish,
    approve,
    lift,
    propose,
)
from shared.auth import Principal
from shared.contracts import corrections as contract
from shared.contracts.cloudevent import Code, EventId, ServiceCode
from shared.contracts.feedback import Series
from shared.http import FieldError, Problem
from shared.http.body import json_body, read_body
from shared.http.openapi import answers
from shared.http.problem import invalid

_LARGEST = 2**53
Reason = Annotated[str, Meta(min_length=10, max_length=1000)]
Moment = Annotated[datetime, Meta(tz=True)]


class SliceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers of a service that match every member given; `until` is exclusive."""

    service: ServiceCode
    place: Code | None = None
    series: Series | None = None
    key: Annotated[str, Meta(max_length=40)] | None = None
    since: Moment | None = None
    until: Moment | None = None


class CorrectionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`quarantine` takes the slice out, `move` counts it for `target`, a service of the same
    agency; `withdraw` takes out the one answer that the agency sent as `event`."""

    action: contract.Action
    slice: SliceIn
    reason: Reason
    target: ServiceCode | None = None
    event: EventId | None = None


class ReasonIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: Reason


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """Its id, and what became of it: `proposed`, `in_force` or `lifted`.

    Scoring tells at `GET /v1/adjustments` what it changes.
    """

    id: str
    state: str


def router(registering: Registering, partitions: int) -> APIRouter:
    """The routes of corrections."""
    routes = APIRouter(prefix="/v1/corrections", tags=["corrections"])
    _add_propose(routes, registering, partitions)
    _add_approve(routes, registering)
    _add_lift(routes, registering)
    return routes


def _add_propose(routes: APIRouter, registering: Registering, partitions: int) -> None:
    @routes.post(
        "",
        status_code=201,
        summary="Usulkan koreksi · Propose a correction",
        operation_id="post_correction",
        responses=answers(Correction, _PROBLEMS, status=201),
        openapi_extra=json_body(CorrectionIn),
    )
    async def post(
        request: Request,
        principal: Principal = Depends(registering.keyring.needs("corrections:write")),
    ) -> Response:
        """Nothing changes before somebody else approves it; a withdrawal holds at once."""
        wish = _wish(await read_body(request, CorrectionIn))
        try:
            async with registering.engine.begin() as connection:
                asking = _asking(registering, principal)
                proposal = await propose(connection, wish, asking, partitions)
        except UnknownAnswer:
            raise Problem(
                404, "unknown_answer", "Layanan atau jawaban tidak dikenal · No such answer"
            ) from None
        registering.after_commit()
        state = "in_force" if wish.action == "withdraw" else "proposed"
        return _json(Correction(id=proposal.id, state=state), 201)


def _add_approve(routes: APIRouter, registering: Registering) -> None:
    @routes.post(
        "/{correction}/approval",
        summary="Setujui koreksi · Approve a correction that somebody else proposed",
        operation_id="approve_correction",
        responses=answers(Correction, _PROBLEMS),
    )
    async def post(
        correction: str = Path(max_length=40),
        principal: Principal = Depends(registering.keyring.needs("corrections:approve")),
    ) -> Response:
        try:
            async with registering.engine.begin() as connection:
                await approve(connection, correction, _asking(registering, principal))
        except UnknownCorrection:
            raise _unknown() from None
        except SamePerson:
            raise Problem(
                403, "same_person", "Orang kedua harus menyetujui · A second person must approve"
            ) from None
        registering.after_commit()
        return _json(Correction(id=correction, state="in_force"))


def _add_lift(routes: APIRouter, registering: Registering) -> None:
    @routes.post(
        "/{correction}/lift",
        summary="Akhiri koreksi · End a correction",
        operation_id="lift_correction",
        responses=answers(Correction, _PROBLEMS),
        openapi_extra=json_body(ReasonIn),
    )
    async def post(
        request: Request,
        correction: str = Path(max_length=40),
        principal: Principal = Depends(registering.keyring.needs("corrections:approve")),
    ) -> Response:
        given = await read_body(request, ReasonIn)
        _check_text(given.reason)
        try:
            async with registering.engine.begin() as connection:
                asking = _asking(registering, principal)
                await lift(connection, correction, given.reason, asking)
        except UnknownCorrection:
            raise _unknown() from None
        except CitizensOwn:
            raise Problem(
                403, "citizens_own", "Ditarik warga sendiri · The citizen withdrew it"
            ) from None
        registering.after_commit()
        return _json(Correction(id=correction, state="lifted"))


def _wish(given: CorrectionIn) -> Wish:
    _check_text(given.reason)
    wants_target, wants_event = given.action == "move", given.action == "withdraw"
    faults = [
        FieldError(pointer, "not_allowed" if value is not None else "missing_field")
        for pointer, value, wanted in (
            ("/target", given.target, wants_target),
            ("/event", given.event, wants_event),
        )
        if (value is not None) != wanted
    ]
    own_agency = given.slice.service.partition(".")[0]
    if given.target is not None and given.target.partition(".")[0] != own_agency:
        faults.append(FieldError("/target", "another_agency"))
    if given.slice.since and given.slice.until and given.slice.until <= given.slice.since:
        faults.append(FieldError("/slice/until", "ends_before_it_begins"))
    if faults:
        raise invalid(*faults)
    where = contract.Slice(
        service=given.slice.service,
        place=given.slice.place,
        series=given.slice.series,
        key=given.slice.key,
        since=_text(given.slice.since),
        until=_text(given.slice.until),
    )
    return Wish(given.action, where, given.reason, given.target, given.event)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _check_text(reason: str) -> None:
    if fault := text_fault(reason, lines=True):
        raise invalid(FieldError("/reason", fault))


def _asking(registering: Registering, principal: Principal) -> Asking:
    if principal.mode == "test":
        raise Problem(
            403, "test_key", "Kunci uji tidak mengubah apa pun · A test key changes nothing"
        )
    return Asking(principal, registering.now(), get_contextvars().get("correlation_id"))


def _unknown() -> Problem:
    return Problem(404, "unknown_correction", "Koreksi tidak ditemukan · No such correction")


def _json(body: msgspec.Struct, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")


_PROBLEMS = {
    400: "The body is not readable JSON",
    401: "No key, or one that is not valid",
    403: "The key lacks the scope, proposed the correction itself, or a citizen withdrew",
    404: "No such service, answer or correction, or another agency's",
    413: "The body is too large",
    415: "Not plain application/json",
    422: "The correction is not valid",
    503: "Try again (Retry-After)",
}
