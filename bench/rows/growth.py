"""Growth: counting with millions of events in the log, against counting into an empty one."""

from collections.abc import Sequence
from statistics import median

import msgspec

from bench.fill import Filler, filler
from bench.options import Options
from bench.processes import Usage
from bench.results import Measure, Row, row, total
from bench.rows.apply import one_round, with_registry_applied
from bench.world import World, world

NAME = "growth"
WHAT = "apply with a long log behind it, against an empty one"
RATIO = 0.9
FILL = 500_000
FILL_S = 120


async def measure(options: Options) -> Sequence[Row]:
    """The same rounds before and after the log has grown; all of it counted."""
    async with world(options.say) as made:
        await with_registry_applied(made)
        async with filler(made) as backlog:
            young, _ = await _rounds(made, backlog, options, "a young log")
            await _grow(made, backlog, options)
            size = await made.head()
            old, usages = await _rounds(made, backlog, options, f"{size:,} events behind it")
        events, machine = await made.head() - size, await made.machine()
    found = row(
        NAME,
        WHAT,
        options.seconds,
        [
            Measure(
                name=f"speed after {size:,} events, as a share of the speed before",
                unit="×",
                runs=[median(old) / median(young)],
                wanted=RATIO,
            ),
            Measure(name="events a second before", unit="/s", runs=young),
            Measure(name="events a second after", unit="/s", runs=old),
        ],
        usage=total(usages),
        events=events,
        notes=["the events are in the log, in Redis and in the rollups, not in `seen`"],
    )
    return [msgspec.structs.replace(found, machine=machine)]


async def _rounds(
    made: World, backlog: Filler, options: Options, when: str
) -> tuple[list[float], list[Usage]]:
    rates: list[float] = []
    usages: list[Usage] = []
    for number in range(options.rounds):
        options.say(f"{NAME}: round {number + 1} of {options.rounds}, {when}")
        rate, usage = await one_round(made, backlog, options.seconds)
        rates.append(rate)
        usages.append(usage)
    return rates, usages


async def _grow(made: World, backlog: Filler, options: Options) -> None:
    await made.start("scoring")
    while (left := options.log_events - await made.head()) > 0:
        options.say(f"{NAME}: {left:,} events to go")
        await backlog.add(min(FILL, left + 499))
        await made.until_applied(await made.head(), FILL_S)
    await made.stop("scoring")
