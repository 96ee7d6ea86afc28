"""API keys: made once, stored as a hash, checked by every service in its own schema."""

import hashlib
import hmac
import secrets
import zlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import msgspec
from fastapi import Request, Security
from fastapi.security import HTTPBearer
from pydantic import SecretStr
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.contracts.registry import KEY_ISSUED, KEY_REVOKED, KeyIssued, KeyRevoked, Mode
from shared.http import Problem

ADMIN = "admin"
SCOPES = frozenset(
    {
        ADMIN,
        "events:write",
        "import:write",
        "registry:write",
        "keys:write",
        "log:read",
        "index:live",
        "comments:read",
        "corrections:write",
        "corrections:approve",
        "subscriptions:write",
        "alerts:read",
    }
)
_SECRET_BYTES = 32
# Only says in the OpenAPI document that a route needs a key; the check itself is ours.
_DECLARED = HTTPBearer(scheme_name="key", description="rk_live_… or rk_test_…", auto_error=False)
_FIND = text("SELECT agency, scopes, mode, secret_hash FROM api_key WHERE id = :id AND NOT revoked")
_ISSUE = text("""
    INSERT INTO api_key (id, agency, scopes, mode, secret_hash, revoked, sequence)
    VALUES (:id, :agency, :scopes, :mode, :secret_hash, false, :sequence)
    ON CONFLICT (id) DO NOTHING
""")
# A revocation may arrive before the key it revokes: it leaves a row that can never be used.
_REVOKE = text("""
    INSERT INTO api_key (id, agency, scopes, mode, secret_hash, revoked, sequence)
    VALUES (:id, NULL, '{}', 'live', '', true, :sequence)
    ON CONFLICT (id) DO UPDATE SET revoked = true, sequence = excluded.sequence
""")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. The tenant comes from the key only; `agency` None is the platform itself."""

    key_id: str
    agency: str | None
    scopes: frozenset[str]
    mode: Mode

    def may(self, scope: str) -> bool:
        """Whether the key has a scope; an admin key has all."""
        return scope in self.scopes or ADMIN in self.scopes

    @property
    def is_admin(self) -> bool:
        """Whether this is a key of the platform itself."""
        return ADMIN in self.scopes and self.agency is None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is shown once, and the hash that is stored."""

    id: str
    key: str
    secret_hash: str


def unauthorised() -> Problem:
    """One 401 for all causes: nobody learns which part of a key was right."""
    return Problem(
        401,
        "unauthorised",
        "Kunci tidak ada atau tidak berlaku · Missing or invalid key",
        headers={"WWW-Authenticate": "Bearer"},
    )


def forbidden() -> Problem:
    """403: a valid key without the scope."""
    return Problem(403, "forbidden", "Kunci tidak berwenang · The key lacks the scope")


def key_table(metadata: MetaData) -> Table:
    """Declare `api_key` in a service's metadata."""
    return Table(
        "api_key",
        metadata,
        Column("id", Text, primary_key=True),
        Column("agency", Text),
        Column("scopes", ARRAY(Text), nullable=False),
        Column("mode", Text, nullable=False),
        Column("secret_hash", Text, nullable=False),
        Column("revoked", Boolean, nullable=False),
        Column("sequence", BigInteger, nullable=False),
    )


def new_key(mode: Mode) -> NewKey:
    """A new random key: `rk_<mode>_<id>_<secret>_<crc>`."""
    key_id, secret = secrets.token_hex(8), secrets.token_hex(_SECRET_BYTES)
    head = f"rk_{mode}_{key_id}_{secret}"
    return NewKey(key_id, f"{head}_{_crc(head)}", hash_of(secret))


def parse(authorization: str | None) -> tuple[str, str, str] | None:
    """Mode, id and secret of a well-formed `Bearer` key, else None; typing errors cost no query."""
    scheme, _, key = (authorization or "").partition(" ")
    parts = key.split("_")
    if scheme.lower() != "bearer" or len(key) > 200 or len(parts) != 5:
        return None
    kind, mode, key_id, secret, crc = parts
    if kind != "rk" or not hmac.compare_digest(crc.encode(), _crc(key[: -len(crc) - 1]).encode()):
        return None
    return mode, key_id, secret


def hash_of(secret: str) -> str:
    """What is stored of a secret (256 random bits need no slow hash)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_service(authorization: str | None, service_key: SecretStr) -> bool:
    """Whether the bearer is one of our own services."""
    given = (authorization or "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), service_key.get_secret_value().encode())


class Keyring:
    """Answers who a key belongs to, from this service's own schema."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def principal(self, authorization: str | None) -> Principal:
        """Who asks. Raises the 401 problem."""
        parsed = parse(authorization)
        if parsed is None:
            raise unauthorised()
        mode, key_id, secret = parsed
        async with self._engine.connect() as connection:
            row = (await connection.execute(_FIND, {"id": key_id})).one_or_none()
        stored = row.secret_hash if row else ""
        if not hmac.compare_digest(stored, hash_of(secret)) or row is None or row.mode != mode:
            raise unauthorised()
        return Principal(key_id, row.agency, frozenset(row.scopes), row.mode)

    def needs(self, scope: str) -> Callable[[Request], Awaitable[Principal]]:
        """A FastAPI dependency: the principal, or 401, or 403 without the scope."""

        async def dependency(request: Request, _: object = Security(_DECLARED)) -> Principal:
            principal = await self.principal(request.headers.get("authorization"))
            if not principal.may(scope):
                raise forbidden()
            return principal

        return dependency

    def service_or(
        self, scope: str, service_key: SecretStr
    ) -> Callable[[Request], Awaitable[None]]:
        """A FastAPI dependency: one of our services, or a key with the scope."""
        keyed = self.needs(scope)

        async def dependency(request: Request, _: object = Security(_DECLARED)) -> None:
            if not is_service(request.headers.get("authorization"), service_key):
                await keyed(request)

        return dependency


async def store_issued(connection: AsyncConnection, issued: KeyIssued, sequence: int) -> None:
    """Store a key (hash only)."""
    await connection.execute(_ISSUE, {**msgspec.structs.asdict(issued), "sequence": sequence})


async def store_revoked(connection: AsyncConnection, revoked: KeyRevoked, sequence: int) -> None:
    """Make a key unusable."""
    await connection.execute(_REVOKE, {"id": revoked.id, "sequence": sequence})


class _KeyEvent(msgspec.Struct):
    type: str
    data: msgspec.Raw


async def apply_key_events(
    connection: AsyncConnection, events: Iterable[tuple[int, bytes]]
) -> None:
    """Project `key.issued` and `key.revoked` into this schema; other types are passed over."""
    for sequence, raw in events:
        event = msgspec.json.decode(raw, type=_KeyEvent)
        if event.type == KEY_ISSUED:
            issued = msgspec.json.decode(event.data, type=KeyIssued)
            await store_issued(connection, issued, sequence)
        elif event.type == KEY_REVOKED:
            revoked = msgspec.json.decode(event.data, type=KeyRevoked)
            await store_revoked(connection, revoked, sequence)


def _crc(text_part: str) -> str:
    return f"{zlib.crc32(text_part.encode()):08x}"
