"""Follow the registry: names and belongings, questionnaires, what services promise, the keys."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.store import performance, promises, questionnaires
from services.scoring.store import registry as store
from shared import auth
from shared.contracts import registry, standard
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
            await store.store_agency(connection, _named(agency, sequence))
        case registry.PLACE_REGISTERED:
            place = msgspec.json.decode(event.data, type=registry.PlaceRegistered)
            await store.store_place(connection, _named(place, sequence))
        case registry.SERVICE_REGISTERED:
            service = msgspec.json.decode(event.data, type=registry.ServiceRegistered)
            known = store.Known(service.code, service.name, service.example)
            await store.store_service(connection, known, sequence)
        case standard.PUBLISHED:
            published = msgspec.json.decode(event.data, type=standard.StandardPublished)
            await promises.publish(connection, _deadline(published))
            await _publish_fee(connection, published)
            await promises.restate(connection, [published.service])
        case registry.QUESTIONNAIRE_PUBLISHED:
            form = msgspec.json.decode(event.data, type=registry.QuestionnairePublished)
            await questionnaires.store(connection, form, sequence)


def _named(
    unit: registry.AgencyRegistered | registry.PlaceRegistered, sequence: int
) -> store.Named:
    return store.Named(unit.code, unit.name, unit.kind, unit.timezone, unit.example, sequence)


def _deadline(published: standard.StandardPublished) -> promises.Published:
    time = published.deadline
    return promises.Published(
        service=published.service,
        version=published.version,
        valid_from=published.valid_from,
        number=time.number if time else None,
        unit=time.unit if time else None,
        starts=time.starts if time else None,
        pauses=time.pauses if time else (),
    )


async def _publish_fee(connection: AsyncConnection, published: standard.StandardPublished) -> None:
    amount = published.fee.amount if published.fee else None
    await performance.publish_fee(
        connection, published.service, published.version, published.valid_from, amount
    )
