"""Make the streams that a service publishes; they are never removed."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, LargeBinary, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.log.run import GENESIS

_ENSURE = text("""
    INSERT INTO stream (name, tip) SELECT name, :genesis FROM unnest(:names) AS name
    ON CONFLICT DO NOTHING
""").bindparams(bindparam("names", type_=ARRAY(Text)), bindparam("genesis", type_=LargeBinary))


async def ensure_streams(connection: AsyncConnection, names: Sequence[str]) -> None:
    """Add the streams that are not there yet."""
    await connection.execute(_ENSURE, {"names": sorted(names), "genesis": GENESIS})
