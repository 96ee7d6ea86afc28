"""Errors as application/problem+json (RFC 9457): what is wrong and where, never the value."""

import re
from collections.abc import Mapping, Sequence

import msgspec
from structlog.contextvars import get_contextvars

PROBLEM_JSON = "application/problem+json"
_PATH = re.compile(r" - at `(?:key in )?\$?(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_CODES = (
    ("Object contains unknown field", "unknown_field"),
    ("Object missing required field", "missing_field"),
    ("Invalid enum value", "not_allowed"),
    ("Invalid value", "not_allowed"),
    ("Invalid RFC3339", "invalid_time"),
    ("Expected `str` matching", "invalid_format"),
    ("Expected `str` of length", "invalid_length"),
    ("Expected `array` of length", "invalid_length"),
    ("Expected `int` >=", "out_of_range"),
    ("Expected `int` <=", "out_of_range"),
    ("Integer value out of range", "out_of_range"),
    ("Number out of range", "out_of_range"),
    ("Expected `datetime`", "invalid_time"),
    ("Expected", "wrong_type"),
)
_MISSING = re.compile(r"missing required field `([a-z_]+)`")


class FieldError(msgspec.Struct, frozen=True):
    """One fault: where (JSON pointer; "" is the whole body) and which (snake_case code)."""

    pointer: str
    code: str


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of an error answer."""

    type: str
    title: str
    status: int
    code: str
    request_id: str | None = None
    errors: list[FieldError] = msgspec.field(default_factory=list)


class Problem(Exception):
    """An error answer. `title` is for people: Indonesian first, English second."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.title = title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def body(self) -> ProblemBody:
        """What the client reads."""
        return ProblemBody(
            type=f"/docs#problem-{self.code}",
            title=self.title,
            status=self.status,
            code=self.code,
            request_id=get_contextvars().get("request_id"),
            errors=list(self.errors),
        )

    def json(self) -> bytes:
        """The body as JSON."""
        return msgspec.json.encode(self.body())


def field_error(error: Exception, *, under: str = "") -> FieldError:
    """Where and what a msgspec error complains about, without a word of the input."""
    message = str(error)
    code = next((code for start, code in _CODES if message.startswith(start)), "invalid")
    found = _PATH.search(message)
    pointer = under + _pointer(found["path"] if found else "")
    if code == "missing_field" and (missing := _MISSING.search(message)):
        pointer += f"/{missing[1]}"
    return FieldError(pointer, code)


def validation_problem(error: Exception, *, under: str = "") -> Problem:
    """400 for a body that is no JSON, 422 for JSON that does not fit."""
    if isinstance(error, msgspec.ValidationError):
        return invalid(field_error(error, under=under))
    return not_parseable()


def invalid(*errors: FieldError) -> Problem:
    """422: understood, but not acceptable."""
    return Problem(422, "invalid", "Data tidak sah · The data is not valid", errors=errors)


def not_parseable() -> Problem:
    """400: not JSON, not UTF-8, nested too deeply."""
    return Problem(
        400, "not_parseable", "Isi bukan JSON yang dapat dibaca · The body is not readable JSON"
    )


def unavailable(after_s: int = 1) -> Problem:
    """503: the database is away; nothing was accepted."""
    return Problem(
        503,
        "unavailable",
        "Sementara tidak tersedia, coba lagi · Temporarily unavailable, try again",
        headers={"Retry-After": str(after_s)},
    )


def _pointer(path: str) -> str:
    steps = [name or index for name, index in _STEP.findall(path)]
    return "".join(f"/{step}" for step in steps if step != "...")
