"""Background tasks that end when they are told to."""

import asyncio


def is_wanted() -> bool:
    """Whether nobody has cancelled the task that asks: the condition of a loop that talks to Redis.

    redis-py sends through `asyncio.wait_for`, which swallows a cancellation on Python 3.11 when the
    bytes are out at the same moment; such a task would then go on for ever.
    """
    task = asyncio.current_task()
    return task is None or not task.cancelling()
