"""Follow the registry: names of agencies, places and services, questionnaires, the keys."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.store import questionnaires
from services.scoring.store import registry as store
from shared import auth
from shared.contracts import registry
from shared.log import Run


class _Event(msgspec.Struct):
    type: str
    data: msgspec.Raw


async def follow_registry(connection: AsyncConnection, runs: Sequence[Run]) -> None:
    """Project registry events into this schema; types of later versions are passed over."""
    for run in runs:
        events = list(enumerate(run.events(), run.first))
        for sequence, raw in events:
            await _project(connection, sequence, msgspec.json.decode(raw, type=_Event))
        await auth.apply_key_events(connection, events)


async def _project(connection: AsyncConnection, sequence: int, event: _Event) -> None:
    match event.type:
        case registry.AGENCY_REGISTERED:
            agency = msgspec.json.decode(event.data, type=registry.AgencyRegistered)
            await store.store_agency(connection, agency.code, agency.name, agency.kind, sequence)
        case registry.PLACE_REGISTERED:
            place = msgspec.json.decode(event.data, type=registry.PlaceRegistered)
            await store.store_place(connection, place.code, place.name, place.kind, sequence)
        case registry.SERVICE_REGISTERED:
            service = msgspec.json.decode(event.data, type=registry.ServiceRegistered)
            await store.store_service(connection, service.code, service.name, sequence)
        case registry.QUESTIONNAIRE_PUBLISHED:
            published = msgspec.json.decode(event.data, type=registry.QuestionnairePublished)
            await questionnaires.store(connection, published, sequence)
