"""Agencies' questionnaires as scoring needs them: weights, and the names of their own elements."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.elements import CODES
from services.scoring.domain.weights import Questionnaires, Version, agency_in, weights_from
from shared.contracts.registry import ExtraElement, QuestionnairePublished

_STORE = text("""
    INSERT INTO questionnaire (agency, version, valid_from, weights, extra, sequence)
    VALUES (:agency, :version, :valid_from, :weights, :extra, :sequence)
    ON CONFLICT (agency, version) DO NOTHING
""").bindparams(bindparam("weights", type_=ARRAY(Text)))
_VERSIONS = text("""
    SELECT agency, version, valid_from, weights FROM questionnaire ORDER BY agency, version
""")
_VERSIONS_OF = text("""
    SELECT agency, version, valid_from, weights FROM questionnaire
    WHERE agency = :agency ORDER BY version
""")
_EXTRA = text("""
    SELECT agency || '.' || version, extra FROM questionnaire
    WHERE agency || '.' || version = ANY(:names)
""").bindparams(bindparam("names", type_=ARRAY(Text)))


async def store(
    connection: AsyncConnection, published: QuestionnairePublished, sequence: int
) -> None:
    """Keep a version; it never changes."""
    given = [own.weight for code in CODES if (own := published.elements.get(code)) and own.weight]
    await connection.execute(
        _STORE,
        {
            "agency": published.agency,
            "version": published.version,
            "valid_from": date.fromisoformat(published.valid_from),
            "weights": given or None,
            "extra": msgspec.json.encode(published.extra),
            "sequence": sequence,
        },
    )


async def read(connection: AsyncConnection) -> Questionnaires:
    """The versions of all agencies."""
    return _by_agency(await connection.execute(_VERSIONS))


async def read_for(connection: AsyncConnection, scope: str) -> Questionnaires:
    """Those that can matter for a scope: of its agency; a city or place mixes agencies, so none."""
    agency = agency_in(scope)
    if not agency:
        return Questionnaires()
    return _by_agency(await connection.execute(_VERSIONS_OF, {"agency": agency}))


def _by_agency(rows: Iterable[Sequence[Any]]) -> Questionnaires:
    found: dict[str, list[Version]] = {}
    for agency, number, valid_from, weights in rows:
        own = None if weights is None else weights_from(weights)
        found.setdefault(agency, []).append(Version(number, valid_from, own))
    return Questionnaires(found)


async def extra_elements(
    connection: AsyncConnection, names: Iterable[str]
) -> Mapping[str, Mapping[str, ExtraElement]]:
    """The own elements of versions (`dpmptsp.2`), by code."""
    rows = await connection.execute(_EXTRA, {"names": sorted(names)})
    return {name: msgspec.json.decode(extra, type=dict[str, ExtraElement]) for name, extra in rows}
