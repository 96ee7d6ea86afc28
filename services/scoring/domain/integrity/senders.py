"""Rules about who sent: one key where several send, and staff who enter most of the answers."""

from services.scoring.domain.integrity.chance import binomial_tail
from services.scoring.domain.integrity.mark import LEVEL, Finding, Kind, Mark, mark, slice_of
from services.scoring.domain.integrity.trace import Unit

FEWEST = 20
FEWEST_KEYS = 3
ASSISTED = "assisted"


def one_key(unit: Unit) -> list[Mark]:
    """One key that sends most of a series in which at least three keys send.

    Honest: no key sends more than half of it; binomial test for each key. A note: one desk may be
    the busiest for good reasons.
    """
    marks = []
    for traces in unit.by_series().values():
        sent: dict[str, int] = {}
        for trace in traces:
            sent[trace.key] = sent.get(trace.key, 0) + trace.n
        n = sum(sent.values())
        key = max(sent, key=lambda key: (sent[key], key))
        if n < FEWEST or len(sent) < FEWEST_KEYS or not key:
            continue
        p = binomial_tail(sent[key], n, 0.5) * len(sent)
        if p <= LEVEL:
            found = Finding(n, sent[key], n / 2, p)
            where = slice_of(unit, [each for each in traces if each.key == key], key=key)
            words = (
                f"Satu dari {len(sent)} kunci mengirim {sent[key]} dari {n} jawaban",
                f"One of {len(sent)} keys sent {sent[key]} of {n} answers",
            )
            marks.append(mark(Kind.ONE_KEY, found, where, words, only_a_note=True))
    return marks


def mostly_assisted(unit: Unit) -> list[Mark]:
    """More than half of a unit's answers were entered by staff (series `assisted`).

    Honest: at most half of them; binomial test. A note: a place for people who need help is so.
    """
    assisted = [trace for trace in unit.traces if trace.series == ASSISTED]
    n, entered = sum(each.n for each in unit.traces), sum(each.n for each in assisted)
    p = binomial_tail(entered, n, 0.5)
    if n < FEWEST or p > LEVEL:
        return []
    found = Finding(n, entered, n / 2, p)
    words = (
        f"{entered} dari {n} jawaban diisikan oleh petugas",
        f"{entered} of {n} answers were entered by staff",
    )
    return [mark(Kind.ASSISTED, found, slice_of(unit, assisted), words, only_a_note=True)]
