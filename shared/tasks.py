"""Background tasks that end when they are told to."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


def is_wanted() -> bool:
    """Whether nobody has cancelled the task that asks: the condition of a loop that talks to Redis.

    redis-py sends through `asyncio.wait_for`, which swallows a cancellation on Python 3.11 when the
    bytes are out at the same moment; such a task would then go on for ever.
    """
    task = asyncio.current_task()
    return task is None or not task.cancelling()


@asynccontextmanager
async def in_background(work: Coroutine[Any, Any, None], *, name: str) -> AsyncIterator[None]:
    """Work that goes on for ever, until the block ends."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
