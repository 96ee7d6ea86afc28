"""Scopes that may be asked about: what is registered, or has answers anyway."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.scope import CITY, Scope
from services.scoring.store import registry
from services.scoring.store.registry import Called
from services.scoring.usecases.index_answer import UnknownScope


async def registered(connection: AsyncConnection, scope: Scope, *, is_used: bool = False) -> Called:
    """What a scope is called. Raises UnknownScope, unless it `is_used`."""
    called = await registry.scope_of(connection, scope)
    check_known(called, scope, is_used=is_used)
    return called


def check_known(called: Called, scope: Scope, *, is_used: bool) -> None:
    """Raises UnknownScope for a scope that is not registered and was never used."""
    if called.name is None and scope != CITY and not is_used:
        raise UnknownScope(str(scope))
