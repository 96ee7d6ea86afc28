"""`/v1/rules`: the rules of alerts, and a rule tried on the past."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.index import LONGEST, check_is_own, parsed, unknown_scope
from services.scoring.domain import scope as scopes
from services.scoring.domain.alert_rules import RULES, BadRule, Rule
from services.scoring.domain.calendar import CalendarTooShort, WorkCalendar
from services.scoring.domain.scope import Scope
from services.scoring.usecases.index_answer import UnknownScope
from services.scoring.usecases.rule_test import MOST_DAYS, RuleTestAnswer, rule_test
from services.scoring.usecases.rules import RuleBody, body_of, rule_named, rule_of
from shared.auth import Keyring, Principal
from shared.http import FieldError
from shared.http.body import json_body, read_body
from shared.http.openapi import answers
from shared.http.problem import invalid

_PROBLEMS = {
    401: "No key, or one that is not valid",
    403: "The key lacks alerts:read",
    404: "No such agency or service; or another agency's",
    422: "The rule could not work, or is not known",
    503: "Try again (Retry-After)",
}


class Rules(msgspec.Struct, frozen=True):
    """The rules in force."""

    items: list[RuleBody]


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule in force by its name, or one to try; `scope` null: all that the key may see."""

    rule: Annotated[str, Meta(max_length=LONGEST)] | RuleBody
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = 90
    scope: Annotated[str, Meta(max_length=LONGEST)] | None = None


def router(
    engine: AsyncEngine, keyring: Keyring, calendar: WorkCalendar, now: Callable[[], datetime]
) -> APIRouter:
    """The routes of the rules. `now` gives the time in the zone of the city."""
    routes = APIRouter(prefix="/v1/rules", tags=["alerts"])
    turn = asyncio.Semaphore(1)  # seconds of computing for a city

    @routes.get("", summary="Aturan peringatan · The rules of alerts", responses=answers(Rules, {}))
    async def rules() -> Response:
        """What alerts are raised by, for anybody: a rule that nobody can read is not trusted."""
        return _json(Rules([body_of(rule) for rule in RULES]))

    @routes.post(
        "/test",
        summary="Coba aturan pada masa lalu · Try a rule on the past",
        responses=answers(RuleTestAnswer, _PROBLEMS),
        openapi_extra=json_body(Trial),
    )
    async def test(
        request: Request, principal: Principal = Depends(keyring.needs("alerts:read"))
    ) -> Response:
        """When the rule would have fired, and how often chance alone would have made it fire.

        Nothing is kept, nobody is told. An agency's key tries it on its own units.
        """
        trial = await read_body(request, Trial)
        rule, scope = _rule(trial), _scope(trial, principal)
        async with turn, engine.connect() as connection:
            try:
                answer = await rule_test(
                    connection, rule, scope, trial.days, calendar=calendar, now=now()
                )
            except UnknownScope:
                raise unknown_scope() from None
            except CalendarTooShort:
                raise invalid(FieldError("/days", "calendar_too_short")) from None
        return _json(answer)

    return routes


def _rule(trial: Trial) -> Rule:
    if isinstance(trial.rule, str):
        rule = rule_named(trial.rule)
        if rule is None:
            raise invalid(FieldError("/rule", "unknown_rule"))
        return rule
    try:
        return rule_of(trial.rule)
    except BadRule as refused:
        raise invalid(FieldError(f"/rule/{refused.member}", "not_allowed")) from None


def _scope(trial: Trial, principal: Principal) -> Scope:
    own = f"agency:{principal.agency}" if principal.agency else "city"
    scope = parsed(scopes.parse, trial.scope or own)
    if scope is None or scope.kind is scopes.Kind.PLACE:
        raise invalid(FieldError("/scope", "invalid_scope"))
    check_is_own(principal, scope)
    return scope


def _json(body: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
