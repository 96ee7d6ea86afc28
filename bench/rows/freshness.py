"""Freshness: from the 202 of a single event until the agency's live index shows it."""

from collections.abc import Sequence

import msgspec

from bench import steady
from bench.options import Options
from bench.processes import Usage
from bench.results import Measure, Row, row, total
from bench.steady import Order, Report
from bench.world import SERVICES, World, world

NAME = "freshness"
RATE = 1_000
WHAT = f"{RATE:,} single events a second: accepted → visible in the agency's live index over HTTP"
P50_MS, P99_MS = 60, 300


async def measure(options: Options) -> Sequence[Row]:
    """Open-loop: events are sent when they are due, however long the answers take."""
    reports: list[Report] = []
    usages: list[Usage] = []
    async with world(options.say) as made:
        await made.start(*SERVICES)
        await made.until_registered()
        for number in range(options.rounds):
            options.say(f"{NAME}: round {number + 1} of {options.rounds}")
            report, usage = await _round(made, options.seconds)
            reports.append(report)
            usages.append(usage)
        machine = await made.machine()
    return [msgspec.structs.replace(_row(options, reports, usages), machine=machine)]


async def _round(made: World, seconds: float) -> tuple[Report, Usage]:
    made.runs += 1
    order = Order(
        intake_port=made.ports["intake"],
        scoring_port=made.ports["scoring"],
        keys=made.keys,
        rate=RATE,
        seconds=seconds,
        run=made.runs,
    )
    child = await made.helper("bench.steady", order)
    meter = made.meter(load_generator=child.pid)
    report = msgspec.json.decode(await child.ask(b"go"), type=Report)
    usage = meter.stop()
    await child.finish()
    return report, usage


def _row(options: Options, reports: Sequence[Report], usages: Sequence[Usage]) -> Row:
    def visible(share: float) -> list[float]:
        return [_percentile(report.visible_ms, share) for report in reports]

    refused = sum(report.attempted - report.acknowledged for report in reports)
    missing = refused + sum(report.unseen for report in reports)
    accepts = [_percentile(report.accept_ms, 0.99) for report in reports]
    looks = sum(report.looks for report in reports) / sum(usage.wall for usage in usages)
    return row(
        NAME,
        WHAT,
        options.seconds,
        [
            Measure(name="p50", unit="ms", runs=visible(0.5), wanted=P50_MS, at_least=False),
            Measure(name="p99", unit="ms", runs=visible(0.99), wanted=P99_MS, at_least=False),
            Measure(
                name="refused or not visible", unit="", runs=[missing], wanted=0, at_least=False
            ),
            Measure(name="p99 of a post", unit="ms", runs=accepts, at_least=False),
        ],
        usage=total(usages),
        events=sum(report.acknowledged for report in reports),
        notes=[
            f"every {steady.WATCHED_SHARE}th event is the watched agency's, whose index was read "
            f"{looks:.0f} times a second: the time between two looks is in the figures"
        ],
    )


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")
