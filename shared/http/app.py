"""Makes a FastAPI app answer as the contract says, errors too."""

from collections.abc import Awaitable, Callable

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from structlog.contextvars import bound_contextvars

from shared.database import UNAVAILABLE
from shared.http.middleware import REQUEST_ID, RequestEdge, security_headers
from shared.http.openapi import describe_problems
from shared.http.problem import PROBLEM_JSON, FieldError, Problem, invalid, unavailable
from shared.metrics import Metrics

log = structlog.get_logger()

# FastAPI would look for OpenTelemetry's providers at every request, for as long as a small answer
# takes; what we tell stands in our own logs and metrics.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
# Renders an error as a page for a browser; None = answer with problem+json.
ErrorPage = Callable[[Request, Problem], Response]
_PYDANTIC_CODES = {
    "missing": "missing_field",
    "extra_forbidden": "unknown_field",
    "literal_error": "not_allowed",
    "enum": "not_allowed",
    "string_too_long": "invalid_length",
    "string_too_short": "invalid_length",
    "string_pattern_mismatch": "invalid_format",
    "string_type": "wrong_type",
    "list_type": "wrong_type",
    "int_type": "wrong_type",
    "int_parsing": "wrong_type",
    "too_short": "invalid_length",
    "too_long": "invalid_length",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
}
_TITLES = {
    404: ("not_found", "Tidak ditemukan · Not found"),
    405: ("method_not_allowed", "Metode tidak diizinkan · Method not allowed"),
}


def prepare(app: FastAPI, metrics: Metrics, *, error_page: ErrorPage | None = None) -> None:
    """Add the edge around every request and the handlers that turn exceptions into problems."""
    durations = metrics.histogram(
        "http_request_seconds", "Duration of requests", "method", "route", "status"
    )
    app.add_middleware(RequestEdge, durations=durations)
    answer = _answerer(error_page)

    async def on_problem(request: Request, error: Exception) -> Response:
        return await answer(request, _problem_of(error))

    async def on_bug(request: Request, error: Exception) -> Response:
        # Answered outside of RequestEdge, so what that binds and adds is done here again.
        request_id = request.scope.get("state", {}).get(REQUEST_ID, "")
        with bound_contextvars(request_id=request_id, correlation_id=request_id):
            log.error("unexpected_error", error=type(error).__name__, exc_info=error)
            bug = Problem(500, "internal", "Kesalahan di pihak kami · A fault on our side")
            response = await answer(request, bug)
        for name, value in security_headers(request_id):
            response.headers[name.decode()] = value.decode()
        return response

    for expected in (Problem, RequestValidationError, HTTPException, *UNAVAILABLE):
        app.add_exception_handler(expected, on_problem)
    app.add_exception_handler(Exception, on_bug)
    describe_problems(app)


def _answerer(error_page: ErrorPage | None) -> Callable[[Request, Problem], Awaitable[Response]]:
    async def answer(request: Request, problem: Problem) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "")
        if error_page is not None and wants_page and not request.url.path.startswith("/v1/"):
            return error_page(request, problem)
        return Response(
            problem.json(), problem.status, media_type=PROBLEM_JSON, headers=problem.headers
        )

    return answer


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return invalid(*(_field_error(fault) for fault in error.errors()))
    if isinstance(error, HTTPException):
        code, title = _TITLES.get(
            error.status_code, ("refused", "Permintaan ditolak · Request refused")
        )
        return Problem(error.status_code, code, title, headers=error.headers)
    if isinstance(error, DataError):  # a NUL in a path, say: the database cannot even compare it
        return invalid()
    log.warning("database_unavailable", reason=type(error).__name__)
    return unavailable()


def _field_error(fault: dict[str, object]) -> FieldError:
    """FastAPI's own answer echoes the input, and NaN makes it a 500: take place and kind."""
    location = fault.get("loc", ())
    steps = (
        [str(step) for step in location if step != "body"] if isinstance(location, tuple) else []
    )
    kind = str(fault.get("type", ""))
    return FieldError("".join(f"/{step}" for step in steps), _PYDANTIC_CODES.get(kind, "invalid"))
