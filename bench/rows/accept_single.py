"""Accept: single-event POSTs over 64 connections, each answered after its commit."""

from collections.abc import Sequence

import msgspec

from bench import singles
from bench.options import Options
from bench.processes import Usage
from bench.results import Measure, Row, row, total
from bench.world import world
from bench.wrk import CONNECTIONS, Report

NAME = "accept-single"
WHAT = f"single-event POSTs, {CONNECTIONS} connections, one intake process"
POSTS_A_SECOND, P99_MS = 8_000, 60


async def measure(options: Options) -> Sequence[Row]:
    """As many posts as it takes."""
    reports: list[Report] = []
    usages: list[Usage] = []
    async with world(options.say) as made:
        await made.start("intake")
        for number in range(options.rounds):
            options.say(f"{NAME}: round {number + 1} of {options.rounds}")
            report, usage = await singles.post(made, options.seconds)
            reports.append(report)
            usages.append(usage)
        # wrk does not count the answers that come after its time: the log may hold more.
        lost = max(0, sum(each.requests - each.failed for each in reports) - await made.head())
        machine = await made.machine()
    return [msgspec.structs.replace(_row(options, reports, usages, lost), machine=machine)]


def _row(options: Options, reports: Sequence[Report], usages: Sequence[Usage], lost: int) -> Row:
    rates = [(report.requests - report.failed) / report.seconds for report in reports]
    return row(
        NAME,
        WHAT,
        options.seconds,
        [
            Measure(name="posts a second", unit="/s", runs=rates, wanted=POSTS_A_SECOND),
            Measure(
                name="p99",
                unit="ms",
                runs=[report.p99_ms for report in reports],
                wanted=P99_MS,
                at_least=False,
            ),
            Measure(
                name="p50", unit="ms", runs=[report.p50_ms for report in reports], at_least=False
            ),
            Measure(
                name="failed, or acknowledged and not in the log",
                unit="",
                runs=[sum(report.failed for report in reports) + lost],
                wanted=0,
                at_least=False,
            ),
        ],
        usage=total(usages),
        events=sum(report.requests for report in reports),
        notes=[singles.generator_in_words()],
    )
