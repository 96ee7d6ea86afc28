"""What scoring consumes: feedback into rollups and, later, traces; applications into clocks; the
registry."""

from collections.abc import Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.settings import Settings
from services.scoring.store.trace import FOLLOWER
from services.scoring.usecases.count import Folder, count_feedback
from services.scoring.usecases.follow_applications import follow_applications
from services.scoring.usecases.leave_traces import Tracer
from services.scoring.usecases.promising import WorkTimes
from services.scoring.usecases.register import follow_registry
from shared.consume.consumer import Consumer, Source
from shared.consume.feed_client import Feed
from shared.consume.follower import Follower
from shared.contracts import applications, feedback, registry
from shared.log import Run
from shared.metrics import Metrics
from shared.streams import partitioned


def consumer(
    settings: Settings,
    engine: AsyncEngine,
    metrics: Metrics,
    times: WorkTimes,
    after_commit: Callable[[], None],
) -> Consumer:
    """The consumer that counts."""
    folder = Folder()

    async def apply(connection: AsyncConnection, runs: Sequence[Run]) -> None:
        match runs[0].stream.partition(".")[0]:
            case registry.TOPIC:
                await follow_registry(connection, runs)
            case applications.TOPIC:
                await follow_applications(connection, runs, times)
            case _:
                await count_feedback(connection, runs, folder, times)

    streams = [registry.TOPIC]
    for topic in (feedback.TOPIC, applications.TOPIC):
        streams += partitioned(topic, settings.partitions)
    return Consumer(
        "scoring",
        engine,
        [Source(settings.intake_url, streams)],
        apply,
        redis_url=settings.redis_url,
        service_key=settings.service_key,
        metrics=metrics,
        after_commit=after_commit,
    )


def follower(engine: AsyncEngine, intake: Feed, metrics: Metrics, counting: Consumer) -> Follower:
    """Reads for the marks of integrity what is counted long since; counting goes first."""
    return Follower(
        FOLLOWER,
        engine,
        intake,
        [feedback.TOPIC],
        Tracer().apply,
        metrics=metrics,
        gives_way=lambda: any(state.waiting for state in counting.states.values()),
    )
