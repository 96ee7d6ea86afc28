"""`POST /v1/events` as a plain ASGI endpoint inside the FastAPI app, and `GET /v1/events/{id}`.

FastAPI's own routing costs more than the commit: 5,300 against 18,500 durable posts a second.
"""

import asyncio
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import structlog
from fastapi import APIRouter, Depends, Path, Response
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette._utils import get_route_path
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from services.intake.api.cloudevents import Incoming, Mode, mode_of
from services.intake.store.registry_snapshot import Snapshot
from services.intake.usecases.accept import Checker
from services.intake.usecases.candidates import Candidate, Outcome, Refusal, sender_of
from services.intake.usecases.group_commit import GroupCommit, NotCommitted
from services.intake.usecases.read_event import read_event
from services.intake.usecases.registry_cache import RegistryCache
from shared.auth import Keyring, Principal, forbidden, hash_of, parse, unauthorised
from shared.database import UNAVAILABLE
from shared.http import FieldError, Problem
from shared.http.middleware import request_id_of, security_headers
from shared.http.problem import PROBLEM_JSON, ProblemBody, invalid, unavailable
from shared.metrics import Metrics

log = structlog.get_logger()

PATH = "/v1/events"
BODY_S = 30
_ENCODER = msgspec.json.Encoder()


class Result(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What became of one event."""

    id: str | None
    status: str
    stream: str | None = None
    sequence: int | None = None
    problem: ProblemBody | None = None


class Results(msgspec.Struct, frozen=True):
    """The answer, one result per event, in the order of the request."""

    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What accepting needs, beside the request."""

    registry: RegistryCache
    commit: GroupCommit
    now: Callable[[], datetime]
    partitions: int


class AcceptEvents:
    """ASGI middleware that answers `POST /v1/events` itself and passes all else on."""

    def __init__(self, app: ASGIApp, acceptance: Acceptance, metrics: Metrics) -> None:
        self._app = app
        self._with = acceptance
        self._count = metrics.counter("events", "Events by what became of them", "status")
        self._refused = metrics.counter(
            "posts_refused", "Posts refused as a whole", "status", "code"
        )
        self._seconds = metrics.histogram("accept_seconds", "Duration of POST /v1/events")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = (
            scope["type"] == "http" and scope["method"] == "POST" and get_route_path(scope) == PATH
        )
        if not is_ours:
            await self._app(scope, receive, send)
            return
        request_id, started = request_id_of(scope), time.perf_counter()
        # Never unbound: the task of a request has a context of its own.
        bind_contextvars(request_id=request_id, correlation_id=request_id)
        try:
            status, body = await self._answer(scope, receive, request_id)
            await _send(send, status, body, "application/json", request_id, {})
        except Problem as problem:
            self._refused.labels(str(problem.status), problem.code).inc()
            log.info("post_refused", route=PATH, status=problem.status, code=problem.code)
            await _send(
                send, problem.status, problem.json(), PROBLEM_JSON, request_id, problem.headers
            )
        finally:
            self._seconds.observe(time.perf_counter() - started)

    async def _answer(self, scope: Scope, receive: Receive, request_id: str) -> tuple[int, bytes]:
        headers = _headers(scope)
        principal = await self._principal(headers.get("authorization"))
        if not principal.may("events:write"):
            raise forbidden()
        mode = mode_of(headers.get("content-type", ""), headers)
        body = await _read_body(receive, headers, mode)
        incoming = mode.read(body, headers)
        checked = await self._check(incoming, principal, request_id)
        if principal.mode == "test":  # the sandbox: everything is checked, nothing is stored
            return self._respond(mode, incoming, checked, None)
        candidates = [each for each in checked if isinstance(each, Candidate)]
        try:
            outcomes = await self._with.commit.submit(candidates)
        except NotCommitted:
            raise unavailable() from None
        return self._respond(mode, incoming, checked, outcomes)

    async def _principal(self, authorization: str | None) -> Principal:
        """From the snapshot; the flush checks again that nothing was revoked meanwhile."""
        parsed = parse(authorization)
        if parsed is None:
            raise unauthorised()
        mode, key_id, secret = parsed
        known = self._with.registry.snapshot.keys.get(key_id)
        if known is None:
            known = (await self._refreshed()).keys.get(key_id)
        if known is None or known[0].mode != mode:
            raise unauthorised()
        if not hmac.compare_digest(known[1], hash_of(secret)):
            raise unauthorised()
        return known[0]

    async def _check(
        self, incoming: Sequence[Incoming], principal: Principal, request_id: str
    ) -> list[Candidate | FieldError]:
        checked = self._check_once(incoming, principal, request_id)
        if any(isinstance(each, FieldError) for each in checked):
            before = self._with.registry.snapshot
            if await self._refreshed() is not before:  # registered a moment ago, elsewhere
                checked = self._check_once(incoming, principal, request_id)
        return checked

    def _check_once(
        self, incoming: Sequence[Incoming], principal: Principal, request_id: str
    ) -> list[Candidate | FieldError]:
        checker = Checker(
            self._with.registry.snapshot,
            sender_of(principal),
            self._with.now(),
            request_id,
            self._with.partitions,
        )
        return [
            each.event if isinstance(each.event, FieldError) else _field(checker.check(each.event))
            for each in incoming
        ]

    async def _refreshed(self) -> Snapshot:
        try:
            return await self._with.registry.refresh()
        except UNAVAILABLE:
            raise unavailable() from None

    def _respond(
        self,
        mode: Mode,
        incoming: Sequence[Incoming],
        checked: Sequence[Candidate | FieldError],
        outcomes: Sequence[Outcome] | None,
    ) -> tuple[int, bytes]:
        left = iter(outcomes) if outcomes is not None else None
        results: list[Result] = []
        counts: dict[str, int] = {}
        for each, verdict in zip(incoming, checked, strict=True):
            if isinstance(verdict, FieldError):
                results.append(_rejected(each.id, invalid(verdict)))
            elif left is None:
                results.append(Result(each.id, "valid"))
            else:
                results.append(_result(verdict, next(left)))
            status = results[-1].status
            counts[status] = counts.get(status, 0) + 1
        for status, count in counts.items():
            self._count.labels(status).inc(count)
        return _status_and_body(mode, results)


def _status_and_body(mode: Mode, results: Sequence[Result]) -> tuple[int, bytes]:
    first = results[0].problem
    if first is not None and not mode.is_batch:
        raise Problem(first.status, first.code, first.title, errors=first.errors)
    if all(result.status == "valid" for result in results):
        return 200, _ENCODER.encode(Results(results))
    refused = all(result.problem is not None for result in results)
    status = first.status if refused and first is not None else 202
    return status, _ENCODER.encode(Results(results))


def _result(candidate: Candidate, outcome: Outcome) -> Result:
    if outcome.status == "conflict":
        return _rejected(
            candidate.event_id,
            Problem(
                409,
                "id_reused",
                "Id sudah dipakai dengan isi lain · The id was used with another body",
                errors=[FieldError("/id", "id_reused")],
            ),
        )
    if outcome.status == "revoked":
        return _rejected(candidate.event_id, unauthorised())
    return Result(candidate.event_id, outcome.status, outcome.stream, outcome.sequence)


def _rejected(event_id: str | None, problem: Problem) -> Result:
    return Result(event_id, "rejected", problem=problem.body())


def _field(checked: Candidate | Refusal) -> Candidate | FieldError:
    return FieldError(checked.pointer, checked.code) if isinstance(checked, Refusal) else checked


def _headers(scope: Scope) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, value in scope["headers"]:
        name = raw_name.decode("latin-1")
        if name in headers and name.startswith("ce-"):
            raise invalid(FieldError("", "repeated_header"))
        headers[name] = value.decode("latin-1")
    return headers


async def _read_body(receive: Receive, headers: Mapping[str, str], mode: Mode) -> bytes:
    """The body, by counted bytes: a Content-Length may be missing or a lie."""
    if headers.get("content-encoding", "identity") != "identity":
        raise Problem(415, "encoded_body", "Isi terkompresi ditolak · Send the body unencoded")
    declared = headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared[:12]) > mode.limit:
        raise _too_large()
    try:
        async with asyncio.timeout(BODY_S):
            return await _receive_all(receive, mode.limit)
    except TimeoutError:
        raise Problem(408, "too_slow", "Isi terlalu lambat · The body came too slowly") from None


async def _receive_all(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "incomplete_body", "Isi terputus · The body was cut off")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large()
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _too_large() -> Problem:
    # uvicorn reads the rest and drops it. Closing instead resets the connection under a client that
    # is still sending: it never sees the 413 and sends the same again.
    return Problem(413, "too_large", "Isi terlalu besar · The body is too large")


async def _send(
    send: Send,
    status: int,
    body: bytes,
    media_type: str,
    request_id: str,
    headers: Mapping[str, str],
) -> None:
    pairs = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        *security_headers(request_id),
        *((name.lower().encode(), value.encode()) for name, value in headers.items()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


def router(engine: AsyncEngine, keyring: Keyring) -> APIRouter:
    """`GET /v1/events/{id}`: the agency that sent an event reads it back."""
    routes = APIRouter(prefix=PATH, tags=["events"])

    @routes.get("/{event_id:path}", summary="Baca satu peristiwa · Read one event back")
    async def read(
        event_id: str = Path(min_length=1, max_length=128),
        principal: Principal = Depends(keyring.needs("events:write")),
    ) -> Response:
        async with engine.connect() as connection:
            event = await read_event(connection, principal.agency or "", event_id)
        if event is None:
            raise Problem(404, "unknown_event", "Peristiwa tidak ditemukan · No such event")
        return Response(event, media_type="application/cloudevents+json")

    return routes
