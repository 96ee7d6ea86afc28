"""Accept: single-event POSTs over 64 connections, each answered after its commit."""

from collections.abc import Mapping, Sequence

import msgspec

from bench import singles
from bench.options import Options
from bench.processes import Usage
from bench.results import Measure, Peer, Row, ratio, row, total
from bench.world import world
from bench.wrk import CONNECTIONS, Report

NAME = "accept-single"
WHAT = f"single-event POSTs, {CONNECTIONS} connections, one intake process"
POSTS_A_SECOND, P99_MS = 8_000, 60
PEERS = {"bare": "bench.peers.bare_asgi", "tutorial": "bench.peers.fastapi_tutorial"}
WHAT_PEERS = {
    "bare": "bare ASGI that stores nothing: reads the body and answers, behind the same uvicorn",
    "tutorial": "FastAPI's tutorial: one pydantic model, one SQLAlchemy insert and commit a post",
}
_TABLE = "CREATE TABLE bench_post (id text, time timestamptz, data json)"


async def measure(options: Options) -> Sequence[Row]:
    """As many posts as it takes."""
    reports: list[Report] = []
    usages: list[Usage] = []
    them: dict[str, list[Report]] = {name: [] for name in PEERS}
    async with world(options.say) as made:
        await made.admin.execute(_TABLE)
        await made.start("intake")
        for number in range(options.rounds):
            options.say(f"{NAME}: round {number + 1} of {options.rounds}")
            report, usage = await singles.post(made, options.seconds)
            reports.append(report)
            usages.append(usage)
            for name, module in PEERS.items():
                async with singles.peer_serving(made, module) as port:
                    them[name].append((await singles.post(made, options.seconds, port))[0])
        # wrk does not count the answers that come after its time: the log may hold more.
        lost = max(0, sum(each.requests - each.failed for each in reports) - await made.head())
        machine = await made.machine()
    return [msgspec.structs.replace(_row(options, reports, usages, lost, them), machine=machine)]


def _row(
    options: Options,
    reports: Sequence[Report],
    usages: Sequence[Usage],
    lost: int,
    them: Mapping[str, Sequence[Report]],
) -> Row:
    rates = _rates(reports)
    peers = [Peer(name=name, what=WHAT_PEERS[name], runs=_rates(them[name])) for name in PEERS]
    return row(
        NAME,
        WHAT,
        options.seconds,
        [
            Measure(name="posts a second", unit="/s", runs=rates, wanted=POSTS_A_SECOND),
            *(
                ratio(f"of {WHAT_PEERS[peer.name].partition(':')[0]}", rates, peer.runs)
                for peer in peers
            ),
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
        peers=peers,
        notes=[singles.generator_in_words()],
    )


def _rates(reports: Sequence[Report]) -> list[float]:
    return [round((seen.requests - seen.failed) / seen.seconds, 1) for seen in reports]
