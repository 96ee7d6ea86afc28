"""What notify consumes: scoring's figures, and intake's registry for the keys."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notify.settings import Settings
from services.notify.usecases.receive import receive
from shared.auth import apply_key_events
from shared.consume import Apply, Consumer, Source
from shared.contracts import figures, registry
from shared.log import Run
from shared.metrics import Metrics


def build_consumer(
    settings: Settings,
    engine: AsyncEngine,
    metrics: Metrics,
    now: Callable[[], datetime],
    after_commit: Callable[[], None],
) -> Consumer:
    """One consumer over both publishers."""
    keep = timedelta(days=settings.notify_keep_days)
    return Consumer(
        "notify",
        engine,
        [
            Source(settings.scoring_url, [figures.TOPIC]),
            Source(settings.intake_url, [registry.TOPIC]),
        ],
        apply_with(now, keep),
        redis_url=settings.redis_url,
        service_key=settings.service_key,
        metrics=metrics,
        after_commit=after_commit,
    )


def apply_with(now: Callable[[], datetime], keep: timedelta) -> Apply:
    """How runs are applied: keys are projected, everything else is to be delivered."""

    async def apply(connection: AsyncConnection, runs: Sequence[Run]) -> None:
        if runs[0].stream == registry.TOPIC:
            for run in runs:
                await apply_key_events(connection, enumerate(run.events(), run.first))
        else:
            at = now()
            await receive(connection, runs, now=at, not_before=at - keep)

    return apply
