"""Keeps the newest registry snapshot; reloads when the registry's sequence has moved."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.intake.store import registry_snapshot
from services.intake.store.registry_snapshot import Snapshot


class RegistryCache:
    """One snapshot for all requests of a process."""

    def __init__(self, engine: AsyncEngine, default_zone: str) -> None:
        self._engine = engine
        self._default_zone = default_zone
        self._reloading = asyncio.Lock()
        self.snapshot = Snapshot()

    async def refresh(self) -> Snapshot:
        """The snapshot as of now; waits for at most one reload, however many ask at once."""
        async with self._reloading, self._engine.connect() as connection:
            if await registry_snapshot.version(connection) != self.snapshot.version:
                await self.load(connection)
        return self.snapshot

    async def load(self, connection: AsyncConnection) -> Snapshot:
        """Read the registry through an open connection."""
        self.snapshot = await registry_snapshot.load(connection, self._default_zone)
        return self.snapshot
