"""Single posts as in FastAPI's and SQLAlchemy's tutorials: one route, one model, one row a post.

In its favour: no key is checked, nothing is looked up, a repeated id is not noticed.
"""

import os
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import JSON, Column, DateTime, MetaData, Table, Text, insert
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

table = Table(
    "bench_post",
    MetaData(),
    Column("id", Text),
    Column("time", DateTime(timezone=True)),
    Column("data", JSON),
)
engine = create_async_engine(
    make_url(os.environ["BENCH_DATABASE_URL"]).set(drivername="postgresql+asyncpg"),
    pool_size=32,
    max_overflow=0,
)


class Event(BaseModel):
    """The members that are stored."""

    id: str
    source: str
    type: str
    time: datetime
    data: dict[str, Any]


app = FastAPI()


@app.post("/v1/events", status_code=202)
async def accept(event: Event) -> dict[str, str]:
    """Stored and committed before the answer."""
    async with engine.begin() as connection:
        row = {"id": event.id, "time": event.time, "data": event.data}
        await connection.execute(insert(table), [row])
    return {"id": event.id, "status": "accepted"}
