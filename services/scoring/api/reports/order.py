"""Which report is asked for, in a query or as JSON, and what its agency gives."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import msgspec
from fastapi import Request
from msgspec import Meta

from services.scoring.api.index import LONGEST, MOST_USERS, period_and_scope
from services.scoring.domain.elements import CODES
from services.scoring.domain.ikm import WeightMethod
from services.scoring.domain.report import FollowUp, Method, PastFollowUp
from services.scoring.domain.report_inputs import NOTHING_GIVEN, Inputs
from services.scoring.usecases.index_answer import View
from services.scoring.usecases.report import ReportOf
from shared.http.body import read_body
from shared.http.problem import validation_problem
from shared.web.language import Language

Format = Literal["pdf", "xlsx", "csv", "json", "sheet", "sheet-html"]
MOST_LINES = 30
# No control, bidi or non-characters: nothing that a PDF or a workbook cannot hold, or hides in.
_LEGIBLE = (
    r"\A[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff"
    r"\ufffe\uffff]*\Z"
)
Short = Annotated[str, Meta(max_length=200, pattern=_LEGIBLE)]
Long = Annotated[str, Meta(max_length=1000, pattern=_LEGIBLE)]
Code = Annotated[str, Meta(max_length=LONGEST)]
ElementCode = Literal[CODES]  # type: ignore[valid-type]  # the nine, from where they are listed
Quarter = Annotated[int, Meta(ge=1, le=4)]


class PlanLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is done for an element, in which quarters (TW I-IV), by whom; "" stays blank."""

    element: ElementCode
    programme: Long = ""
    quarters: Annotated[tuple[Quarter, ...], Meta(max_length=4)] = ()
    owner: Short = ""


class PastLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the plan before, and what became of it. Its indexes are added from the figures."""

    element: ElementCode
    programme: Long = ""
    owner: Short = ""
    outcome: Long = ""


class MethodIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who was asked, how, where and when, in the agency's words; null takes the usual text."""

    who: Long | None = None
    how: Long | None = None
    where: Long | None = None
    when: Long | None = None


class InputsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What only the agency knows; all of it may be left out, and stays a blank line then."""

    plan: Annotated[tuple[PlanLine, ...], Meta(max_length=MOST_LINES)] = ()
    forum_on: date | None = None
    method: MethodIn = MethodIn()
    previous: Annotated[tuple[PastLine, ...], Meta(max_length=MOST_LINES)] = ()

    def as_given(self) -> Inputs:
        """The same as the report takes it."""
        method = self.method
        return Inputs(
            plan=tuple(
                FollowUp(line.element, line.programme, line.quarters, line.owner)
                for line in self.plan
            ),
            forum_on=self.forum_on,
            method=Method(
                method.who or None, method.how or None, method.where or None, method.when or None
            ),
            previous=tuple(
                PastFollowUp(line.element, line.programme, line.owner, line.outcome)
                for line in self.previous
            ),
        )


class ReportIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report: the parameters of `GET /v1/reports/skm`. `inputs` need the agency's key."""

    scope: Code
    period: Code
    format: Format = "pdf"
    view: View = "public"
    lang: Language = "id"
    weight_method: WeightMethod = WeightMethod.EXACT
    population: Annotated[int, Meta(ge=1, le=MOST_USERS)] | None = None
    inputs: InputsIn | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A report, and as what it is wanted."""

    asked: ReportOf
    kind: Format
    view: View
    language: Language

    @property
    def needs_key(self) -> bool:
        """Whether it shows, or says, what only the agency may."""
        return self.view == "live" or self.asked.inputs != NOTHING_GIVEN


async def read_order(request: Request) -> Order:
    """The order in the body, or in the query of a request without one. Raises 4xx problems."""
    if "content-type" in request.headers:
        return as_order(await read_body(request, ReportIn), under="")
    try:
        given = msgspec.convert(dict(request.query_params), ReportIn, strict=False)
    except msgspec.ValidationError as fault:
        raise validation_problem(fault, under="/query") from None
    return as_order(given)


def as_order(given: ReportIn, *, under: str = "/query") -> Order:
    """What is meant. Raises 422."""
    scope, period = period_and_scope(given.scope, given.period, under=under)
    inputs = NOTHING_GIVEN if given.inputs is None else given.inputs.as_given()
    asked = ReportOf(scope, period, given.weight_method, given.population, inputs)
    return Order(asked, given.format, given.view, given.lang)
