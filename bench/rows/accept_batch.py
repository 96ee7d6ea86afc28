"""Accept: batches of 500 by HTTP into the committed log with idempotency, beside a bare COPY."""

from collections.abc import Sequence

import msgspec

from bench import peers
from bench.load import CONNECTIONS, Report
from bench.options import Options
from bench.processes import Usage
from bench.results import Measure, Row, ratio, row, total
from bench.world import World, world

NAME = "accept-batch"
WHAT = "500-event batches by HTTP into the committed log with idempotency, one intake process"
EVENTS_A_SECOND, OF_COPY = 70_000, 0.3
COPIED = 150_000


async def measure(options: Options) -> Sequence[Row]:
    """Batches and COPY take turns, so that both see the same machine."""
    accepted: list[Report] = []
    usages: list[Usage] = []
    copied: list[peers.Outcome] = []
    async with world(options.say) as made:
        await made.start("intake")
        for number in range(options.rounds):
            options.say(f"{NAME}: round {number + 1} of {options.rounds}")
            report, usage = await post_batches(made, options.seconds)
            accepted.append(report)
            usages.append(usage)
            copied.append(await peers.run(made, "copy", COPIED))
        lost = sum(report.acknowledged for report in accepted) - await made.head()
        machine = await made.machine()
    return [msgspec.structs.replace(_row(options, accepted, usages, copied, lost), machine=machine)]


async def post_batches(made: World, seconds: float) -> tuple[Report, Usage]:
    """What a load generator saw, and what it cost."""
    generator = await made.generator(seconds)
    meter = made.meter(load_generator=generator.pid)
    report = msgspec.json.decode(await generator.ask(b"go"), type=Report)
    usage = meter.stop()
    await generator.finish()
    return report, usage


def _row(
    options: Options,
    accepted: Sequence[Report],
    usages: Sequence[Usage],
    copied: Sequence[peers.Outcome],
    lost: int,
) -> Row:
    rates = [report.acknowledged / report.seconds for report in accepted]
    copy = peers.as_peer("copy", copied)
    refusals = [text for report in accepted for text in report.refusals]
    return row(
        NAME,
        WHAT,
        options.seconds,
        [
            Measure(name="events a second", unit="/s", runs=rates, wanted=EVENTS_A_SECOND),
            ratio("of a bare COPY of the same events as rows", rates, copy.runs, OF_COPY),
            Measure(
                name="acknowledged, not in the log", unit="", runs=[lost], wanted=0, at_least=False
            ),
            Measure(
                name="p99 of a batch",
                unit="ms",
                runs=[report.percentile(0.99) for report in accepted],
                at_least=False,
            ),
        ],
        usage=total(usages),
        events=sum(report.acknowledged for report in accepted),
        peers=[copy],
        notes=[f"{CONNECTIONS} connections; the load generator is on the same cores", *refusals],
    )
