"""Events of applications: an agency tells of its own services, and of its stages in others'."""

from msgspec import UNSET

from services.intake.domain.applications import reference_fault
from services.intake.store.registry_snapshot import Snapshot
from shared.contracts import applications

# JSON pointer and code.
Fault = tuple[str, str]


def owner_of(event: applications.INCOMING) -> str:
    """The agency that owns the service: one application lies in its stream, whoever tells of it."""
    return event.data.service.partition(".")[0]


def fault_of(event: applications.INCOMING, agency: str, snapshot: Snapshot) -> Fault | None:
    """The first thing that is wrong with what `agency` tells."""
    if event.data.service not in snapshot.services:
        return "/data/service", "unknown_service"
    if personal := reference_fault(event.data.reference):
        return "/data/reference", personal
    is_owner = owner_of(event) == agency
    if not isinstance(event, applications.OfStage):
        return None if is_owner else ("/data/service", "unknown_service")
    teller = event.data.agency
    if teller is not UNSET and teller not in snapshot.agencies:
        return "/data/agency", "unknown_agency"
    if not is_owner and teller != agency:
        return "/data/agency", "foreign_stage"
    return None
