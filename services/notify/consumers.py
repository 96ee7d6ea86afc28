"""What notify consumes: scoring's figures and alerts, and intake's registry for the keys."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.usecases.receive import receive
from shared.auth import apply_key_events
from shared.consume import Apply
from shared.consume.consumer import Source
from shared.contracts import alerts, figures, registry
from shared.log import Run


def sources(*, scoring_url: str, intake_url: str) -> Sequence[Source]:
    """The publishers."""
    return [
        Source(scoring_url, [figures.TOPIC, alerts.TOPIC]),
        Source(intake_url, [registry.TOPIC]),
    ]


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
