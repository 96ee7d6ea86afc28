"""Background tasks that end when they are told to."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


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


class Desk(Generic[Result]):
    """Long computing, one piece at a time, in a thread beside the event loop.

    The last `most` results are kept: nobody keeps the process busy by asking the same again.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Result] = OrderedDict()
        self._turn = asyncio.Semaphore(1)

    async def once(self, key: Hashable, compute: Callable[[], Result]) -> Result:
        """The kept result of this key, or what `compute` answers now."""
        if key not in self._kept:  # what is kept need not wait for another's turn
            async with self._turn:
                if key not in self._kept:
                    self._kept[key] = await asyncio.to_thread(compute)
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return self._kept[key]

    async def now(self, compute: Callable[[], Result]) -> Result:
        """What `compute` answers, which is not kept."""
        async with self._turn:
            return await asyncio.to_thread(compute)
