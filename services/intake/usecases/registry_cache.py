"""Keeps the newest registry snapshot; reloads when the registry's sequence has moved."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.intake.store import registry_snapshot
from services.intake.store.registry_snapshot import Snapshot
from shared.database import UNAVAILABLE

LOOK_S = 1.8  # a post is answered within 2 s, also before a database that is silent


class RegistryCache:
    """One snapshot for all requests of a process."""

    def __init__(self, engine: AsyncEngine, default_zone: str) -> None:
        self._engine = engine
        self._default_zone = default_zone
        self._looking = asyncio.Lock()
        self._looks = 0
        self._trouble: Exception | None = None
        self.snapshot = Snapshot()

    async def refresh(self) -> Snapshot:
        """The snapshot as of now. Raises one of UNAVAILABLE.

        However many ask at once, one look that began after they asked serves them all: before a
        database that does not answer, nobody waits for the patience of those before him.
        """
        looks = self._looks
        async with asyncio.timeout(LOOK_S), self._looking:
            if self._looks == looks:
                self._looks += 1
                await self._look()
            if self._trouble is not None:
                raise self._trouble
        return self.snapshot

    async def _look(self) -> None:
        self._trouble = TimeoutError("cut off")  # until it has ended well
        try:
            async with self._engine.connect() as connection:
                if await registry_snapshot.version(connection) != self.snapshot.version:
                    await self.load(connection)
        except UNAVAILABLE as trouble:
            self._trouble = trouble
        else:
            self._trouble = None

    async def load(self, connection: AsyncConnection) -> Snapshot:
        """Read the registry through an open connection."""
        self.snapshot = await registry_snapshot.load(connection, self._default_zone)
        return self.snapshot
