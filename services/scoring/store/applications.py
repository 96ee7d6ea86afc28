"""Applications: what is known of each, kept so that more can be learnt in any order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, Boolean, Date, DateTime, Integer, LargeBinary, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

# An application: its service and the reference that its agency chose.
Case = tuple[str, str]

_TYPES: Mapping[str, Any] = {
    "service": Text,
    "reference": Text,
    "place": Text,
    "state": Text,
    "outcome": Text,
    "received_on": Date,
    "registered_at": DateTime(timezone=True),
    "decided_on": Date,
    "due_at": DateTime(timezone=True),
    "is_late": Boolean,
    "elapsed_minutes": Integer,
    "paused_minutes": Integer,
    "is_invited": Boolean,
    "facts": LargeBinary,
}
_COLUMNS = ", ".join(_TYPES)
_CASES = (
    bindparam("services", type_=ARRAY(Text)),
    bindparam("references", type_=ARRAY(Text)),
)
_HOLD = text(f"""
    SELECT {_COLUMNS} FROM application WHERE (service, reference) IN (
        SELECT * FROM unnest(:services, :references)
    ) ORDER BY service, reference FOR UPDATE
""").bindparams(*_CASES)
_HOLD_NEXT = text(f"""
    SELECT {_COLUMNS} FROM application WHERE service = :service AND reference > :after
    ORDER BY reference LIMIT :most FOR UPDATE
""")
_KEEP = text(f"""
    INSERT INTO application ({_COLUMNS})
    SELECT * FROM unnest({", ".join(f":{name}" for name in _TYPES)})
    ON CONFLICT (service, reference) DO UPDATE SET {
    ", ".join(f"{name} = excluded.{name}" for name in list(_TYPES)[2:])
}
""").bindparams(*(bindparam(name, type_=ARRAY(type_)) for name, type_ in _TYPES.items()))
_ONE = text(
    f"SELECT {_COLUMNS} FROM application WHERE service = :service AND reference = :reference"
)
_NAMED = text(f"""
    SELECT {_COLUMNS} FROM application
    WHERE reference = :reference AND service BETWEEN :low AND :high ORDER BY service LIMIT 2
""")
_DUE = text(f"""
    SELECT {_COLUMNS} FROM application
    WHERE outcome IS NULL AND due_at < :before AND service BETWEEN :low AND :high
    AND (due_at, service, reference) > (:after_due, :after_service, :after_reference)
    ORDER BY due_at, service, reference LIMIT :most
""").bindparams(
    bindparam("before", type_=DateTime(timezone=True)),
    bindparam("after_due", type_=DateTime(timezone=True)),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One application. `state` is what its facts say, `outcome` that of them which ended it.

    `due_at` None: nothing was promised, or its clock stands. `facts` are bytes of the use cases.
    """

    service: str
    reference: str
    place: str
    state: str
    outcome: str | None
    received_on: date | None
    registered_at: datetime | None
    decided_on: date | None
    due_at: datetime | None
    is_late: bool | None
    elapsed_minutes: int | None
    paused_minutes: int | None
    is_invited: bool
    facts: bytes

    @property
    def case(self) -> Case:
        """Which application."""
        return self.service, self.reference


async def hold(connection: AsyncConnection, cases: Collection[Case]) -> dict[Case, Row]:
    """What is known of these, locked until the transaction ends."""
    ordered = sorted(cases)
    values = {
        "services": [each for each, _ in ordered],
        "references": [each for _, each in ordered],
    }
    rows = [Row(*row) for row in await connection.execute(_HOLD, values)]
    return {row.case: row for row in rows}


async def hold_next(
    connection: AsyncConnection, service: str, after: str, most: int
) -> Sequence[Row]:
    """The next applications of a service by reference, locked until the transaction ends."""
    values = {"service": service, "after": after, "most": most}
    return [Row(*row) for row in await connection.execute(_HOLD_NEXT, values)]


async def keep(connection: AsyncConnection, rows: Iterable[Row]) -> None:
    """Store applications as they are known now."""
    ordered = sorted(rows, key=lambda row: row.case)
    if ordered:
        columns = {name: [getattr(row, name) for row in ordered] for name in _TYPES}
        await connection.execute(_KEEP, columns)


async def one(connection: AsyncConnection, service: str, reference: str) -> Row | None:
    """An application, or None."""
    values = {"service": service, "reference": reference}
    row = (await connection.execute(_ONE, values)).one_or_none()
    return Row(*row) if row else None


async def named(
    connection: AsyncConnection, reference: str, services: tuple[str, str]
) -> Sequence[Row]:
    """Up to two applications of that reference within a range of services."""
    low, high = services
    values = {"reference": reference, "low": low, "high": high}
    return [Row(*row) for row in await connection.execute(_NAMED, values)]


async def due(
    connection: AsyncConnection,
    services: tuple[str, str],
    before: datetime,
    after: tuple[datetime, str, str],
    most: int,
) -> Sequence[Row]:
    """Open applications of a range of services whose time is up before a moment, soonest first."""
    values: Mapping[str, object] = {
        "low": services[0],
        "high": services[1],
        "before": before,
        "after_due": after[0],
        "after_service": after[1],
        "after_reference": after[2],
        "most": most,
    }
    return [Row(*row) for row in await connection.execute(_DUE, values)]
