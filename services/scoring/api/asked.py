"""Questions about a scope and a period, in public or as it stands now: how they are answered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.api.index import (
    PeriodText,
    ScopeText,
    as_json,
    check_may_see_live,
    period_and_scope,
    unknown_parameters,
    unknown_scope,
)
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Scope
from services.scoring.usecases.index_answer import UnknownScope, View
from shared.auth import Keyring
from shared.http.problem import invalid

_PARAMETERS = frozenset({"scope", "period", "view"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about, and how."""

    scope: Scope
    period: Period
    view: View


def read_asked(
    request: Request, scope_text: ScopeText, period_text: PeriodText, view: View = "public"
) -> Asked:
    """The parameters of a request, or 422 that names every faulty one."""
    if faults := unknown_parameters(request, _PARAMETERS):
        raise invalid(*faults)
    scope, period = period_and_scope(scope_text, period_text)
    return Asked(scope, period, view)


AskedAbout = Annotated[Asked, Depends(read_asked)]


class Answering:
    """Answers such questions to whoever may ask them."""

    def __init__(self, engine: AsyncEngine, keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring

    async def answer(
        self,
        request: Request,
        asked: Asked,
        compute: Callable[[AsyncConnection], Awaitable[msgspec.Struct]],
    ) -> Response:
        """What `compute` answers. Raises the problems; UnknownScope of `compute` is one."""
        if asked.view == "live":
            await check_may_see_live(self._keyring, request, asked.scope)
        async with self._engine.connect() as connection:
            try:
                answer = await compute(connection)
            except UnknownScope:
                raise unknown_scope() from None
        return as_json(answer, asked.view)
