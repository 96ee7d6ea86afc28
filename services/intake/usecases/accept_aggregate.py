"""Sums of a survey taken elsewhere: of the agency's own units, and not of a time to come."""

from collections.abc import Container
from datetime import date

import msgspec
from msgspec import UNSET

from services.intake.domain.aggregate import Fault, Part, faults, period_fault
from services.intake.domain.events import text_fault
from shared.contracts.feedback import FeedbackAggregated, MeasuredElements


def service_of(data: FeedbackAggregated) -> str | None:
    """The service that was measured; None for an agency as a whole."""
    kind, _, code = data.scope.partition(":")
    return code if kind == "service" else None


def fault_of(
    data: FeedbackAggregated, agency: str, services: Container[str], today: date
) -> Fault | None:
    """The first thing that is wrong: (JSON pointer, code). `today` is the agency's local day."""
    service = service_of(data)
    if service is None:
        is_own = data.scope == f"agency:{agency}"
    else:
        is_own = service.startswith(f"{agency}.") and service in services
    if not is_own:
        return "/data/scope", "unknown_scope"
    if fault := period_fault(data.period, today):
        return "/data/period", fault
    if fault := text_fault(data.method):
        return "/data/method", fault
    if data.method != data.method.strip():  # two spellings of one method would stand side by side
        return "/data/method", "surrounding_space"
    wrong = next(faults(data.n, _parts(data.elements)), None)
    return None if wrong is None else (f"/data{wrong[0]}", wrong[1])


def _parts(elements: MeasuredElements) -> dict[str, Part]:
    return {
        name: Part(given.n, given.sum, None if given.counts is UNSET else given.counts)
        for name, given in msgspec.structs.asdict(elements).items()
        if given is not UNSET
    }
