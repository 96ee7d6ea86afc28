"""Whose things a key may touch: the tenant comes from the key only."""

from services.notify.domain.scope import PLATFORM
from shared.auth import Principal


def tenant_of(principal: Principal) -> str:
    """The key's agency; keys of the platform itself share a tenant of their own."""
    return principal.agency or PLATFORM
