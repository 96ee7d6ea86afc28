"""Wait for a condition, with a limit, instead of sleeping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

PAUSE_S = 0.02


async def wait_until(
    condition: Callable[[], bool | Awaitable[bool]], what: str, *, timeout: float = 10
) -> None:
    """Poll until the condition holds; fail with its description."""
    deadline = time.monotonic() + timeout
    while True:
        holds = condition()
        if inspect.isawaitable(holds):
            holds = await holds
        if holds:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s in vain for {what}")
        await asyncio.sleep(PAUSE_S)
