"""Scopes: what a subscription watches, and in which scopes an event lies."""

import re
from collections.abc import Iterable

CITY = "city"
PLATFORM = ""  # the tenant of the platform's own keys
_CODE = r"[a-z0-9-]{1,40}"
_SCOPE = re.compile(rf"\A(city|agency:{_CODE}|place:{_CODE}|service:{_CODE}\.{_CODE})\Z")


class ScopeRefused(ValueError):
    """Not a scope, or one that the tenant may not watch; `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def checked(scope: str | None, tenant: str) -> str:
    """The scope to watch; None is everything the tenant may see. Raises ScopeRefused.

    Live figures of another agency are not public, so an agency cannot watch them; `city` and
    `place` show an agency its own part.
    """
    if scope is None:
        return CITY
    if not _SCOPE.match(scope):
        raise ScopeRefused("invalid_format")
    kind, _, code = scope.partition(":")
    owner = code.partition(".")[0]
    if tenant != PLATFORM and kind in ("agency", "service") and owner != tenant:
        raise ScopeRefused("not_allowed")
    return scope


def scopes_of(agency: str | None, service: str | None, places: Iterable[str]) -> list[str]:
    """All scopes that an event about these lies in."""
    scopes = [CITY]
    if agency:
        scopes.append(f"agency:{agency}")
    if service:
        scopes.append(f"service:{service}")
    return scopes + [f"place:{place}" for place in dict.fromkeys(places)]
