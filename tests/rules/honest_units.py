"""Units whose citizens answer honestly, drawn by chance, and senders who do not."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from services.scoring.domain.elements import CODES, HIGHEST, SCORES
from services.scoring.domain.integrity.trace import Trace, Tracks, Unit, shape_of, unpacked

FIRST = date(2026, 9, 1)
# How busy each hour of a day is, from eight in the morning in Padang on.
HOURS = (1.6, 2.2, 1.5, 1.0, 0.4, 0.6, 0.5, 0.2)
OPENS = 60
STRAIGHT = 0.43
Answer = tuple[int, ...]
PERFECT: Answer = (HIGHEST,) * len(CODES)


def honest(
    random: Random,
    *,
    a_day: float = 20,
    alike: float = 0.0,
    keys: Sequence[str] = ("k1",),
    series: str = "agency",
) -> Unit:
    """A month of a unit with so many answers a day on average, but busy and quiet days.

    As in 1,994 real answers, six of ten give one score to everything: 43 % do so whatever they
    think of an element, the others judge each. `alike`: how much a day's answers resemble each
    other. One visitor in ten comes with one to three others.
    """
    tracks: dict[tuple[date, str], Tracks] = {}
    given: Counter[Answer] = Counter()
    urn = [_element_by_element(random) for _ in range(256)]
    for day in (FIRST + timedelta(days=number) for number in range(22)):
        share = _share(random, alike)
        for minute in _visits(random, a_day * random.gammavariate(3, 1 / 3)):
            answer = _throughout(random) if random.random() < share else random.choice(urn)
            given[answer] += 1
            sent = tracks.setdefault((day, random.choice(keys)), Tracks())
            sent.add(shape_of(answer), minute)
    traces = [trace(day, key, sent, series) for (day, key), sent in tracks.items()]
    return unit(traces, _scores(given))


def unit(traces: Sequence[Trace], scores: Sequence[Sequence[int]] = ()) -> Unit:
    """A unit of these traces, its whole answers distributed so in every series."""
    return Unit("a.x", "mpp", traces, {trace.series: scores for trace in traces})


def trace(day: date, key: str, sent: Tracks, series: str = "agency") -> Trace:
    """What was counted, as the table has it."""
    minutes = unpacked(sent.packed())
    return Trace(day, series, key, sent.n, sent.whole, sent.straight, sent.all_four, minutes)


def entered(
    minutes: Sequence[int], key: str = "clerk", *, day: date = FIRST, series: str = "agency"
) -> Trace:
    """All-4 answers that somebody enters at these minutes."""
    sent = Tracks()
    for minute in minutes:
        sent.add(shape_of(PERFECT), minute)
    return trace(day, key, sent, series)


def with_planted(honest_unit: Unit, *planted: Trace) -> Unit:
    """The same unit with traces of somebody who cheats."""
    return Unit(
        honest_unit.service,
        honest_unit.place,
        [*honest_unit.traces, *planted],
        honest_unit.scores,
    )


def _visits(random: Random, a_day: float) -> list[int]:
    visits = []
    for hour, share in enumerate(HOURS):
        minute = random.expovariate(a_day * share / sum(HOURS) / 60)
        while minute < 60:
            together = 1 if random.random() < 0.9 else random.randint(2, 4)
            visits += [OPENS + hour * 60 + int(minute)] * together
            minute += random.expovariate(a_day * share / sum(HOURS) / 60)
    return visits


def _share(random: Random, alike: float) -> float:
    """How many of a day's citizens give one score throughout."""
    if not alike:
        return STRAIGHT
    size = 1 / alike - 1
    return random.betavariate(STRAIGHT * size, (1 - STRAIGHT) * size)


def _throughout(random: Random) -> Answer:
    return PERFECT if random.random() < 0.98 else (3,) * len(CODES)


def _element_by_element(random: Random) -> Answer:
    return tuple(random.choices(SCORES, (0, 0.4, 11.6, 88), k=len(CODES)))


def _scores(given: Counter[Answer]) -> list[list[int]]:
    counts = [[0] * len(SCORES) for _ in CODES]
    for answer, n in given.items():
        for element, score in zip(counts, answer, strict=True):
            element[score - 1] += n
    return counts
