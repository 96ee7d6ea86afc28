"""Complaints: an agency tells of those about its own services; their text is sealed apart."""

from services.intake.domain.applications import reference_fault
from services.intake.domain.events import text_fault
from services.intake.store.registry_snapshot import Snapshot
from shared.contracts import complaints

# JSON pointer and code.
Fault = tuple[str, str]


def text_of(event: complaints.INCOMING) -> str | None:
    """The free text of an event, which the log does not get."""
    return (event.data.text or None) if isinstance(event, complaints.WithText) else None


def fault_of(event: complaints.INCOMING, agency: str, snapshot: Snapshot) -> Fault | None:
    """The first thing that is wrong with what `agency` tells.

    People complain about a service after it has ended, too: its validity is not asked.
    """
    data = event.data
    if data.service not in snapshot.services or data.service.partition(".")[0] != agency:
        return "/data/service", "unknown_service"
    if personal := reference_fault(data.reference):
        return "/data/reference", personal
    if isinstance(event, complaints.ForwardedEvent):
        is_known = event.data.agency in snapshot.agencies
        return None if is_known else ("/data/agency", "unknown_agency")
    text = text_of(event)
    fault = None if text is None else text_fault(text, lines=True)
    return ("/data/text", fault) if fault else None
