"""What the statistics promise, kept or not by ten thousand agencies whose truth is known.

Answers are drawn from mixtures of answer patterns as surveys have them: many who tick the same
score nine times, most of the others close to it, a few who are angry. Fixed seed: same numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from services.scoring.domain.ikm import Tally
from services.scoring.domain.statistics.comparison import Verdict, compare
from services.scoring.domain.statistics.interval import element_interval, interval_of
from services.scoring.domain.statistics.moments import Moments
from services.scoring.domain.statistics.trend import trend_of

SEED = 20260914
AGENCIES = 10_000

# Of 100 respondents, how many have which total: nine fours are 36, nine threes 27.
PLEASED = {36: 60, 35: 13, 34: 11, 33: 6, 32: 3, 31: 2, 30: 1, 29: 1, 28: 1, 27: 2}
EXTREME = {36: 55, 35: 10, 34: 8, 32: 7, 29: 5, 27: 9, 26: 2, 24: 2, 19: 1, 13: 1}
CONTENT = {36: 18, 35: 5, 34: 6, 32: 10, 29: 12, 27: 28, 26: 8, 24: 6, 19: 5, 13: 2}
INDIFFERENT = {36: 10, 34: 5, 32: 6, 30: 10, 27: 52, 26: 6, 24: 6, 20: 4, 15: 1}
DIVIDED = {36: 60, 34: 5, 29: 4, 27: 12, 24: 2, 18: 7, 12: 5, 9: 5}
PROFILES = (PLEASED, EXTREME, CONTENT, INDIFFERENT, DIVIDED)

# Of 100, how many give which score to one element.
SCORES = ({4: 80, 3: 17, 2: 2, 1: 1}, {4: 37, 3: 60, 2: 3}, {4: 30, 3: 60, 2: 8, 1: 2})


@dataclass
class Count:
    """How often something happened, of how many times."""

    of: int = 0
    happened: int = 0

    def add(self, happened: bool) -> None:
        self.of += 1
        self.happened += happened

    @property
    def share(self) -> float:
        return self.happened / self.of


def urn_of(profile: dict[int, int], random: Random) -> bytes:
    """256 totals to draw from: the profile, with each share half to one and a half times itself."""
    shares = [share * random.uniform(0.5, 1.5) for share in profile.values()]
    return bytes(random.choices(list(profile), shares, k=256))


def a_size(random: Random) -> int:
    """10 to 2,000, as many below 141 as above."""
    return round(10 * float(200 ** random.random()))


def drawn(urn: bytes, n: int, random: Random) -> bytes:
    """n totals from the urn, with replacement: each random byte is a place in it."""
    return random.randbytes(n).translate(urn)


def answers_from(urn: bytes, n: int, random: Random) -> Moments:
    return of(drawn(urn, n, random))


def of(totals: bytes) -> Moments:
    squares = sum(total * total * totals.count(total) for total in set(totals))
    return Moments(len(totals), sum(totals), squares)


def covered(low: Fraction, truth: Fraction, high: Fraction) -> bool:
    return low <= truth <= high


def coverage(agencies: int, least: int, most: float, size: Callable[[Random], int]) -> Count:
    """How often the interval of agencies with `least` to `most` answers holds their truth."""
    random, count = Random(SEED), Count()
    for _ in range(agencies):
        urn = urn_of(random.choice(PROFILES), random)
        n = size(random)
        if least <= n <= most:
            found = interval_of(answers_from(urn, n, random))
            assert found is not None
            truth = Fraction(sum(urn) * 25, 9 * len(urn))
            count.add(covered(found.low, truth, found.high))
    return count


def test_the_interval_covers_the_truth_of_95_in_100_agencies() -> None:
    count = coverage(AGENCIES, 30, 2000, a_size)

    assert count.of > 7500
    assert 0.935 <= count.share <= 0.965, count


def test_it_does_so_where_few_answer_and_most_are_pleased() -> None:
    count = coverage(AGENCIES, 30, 60, lambda random: random.randint(30, 60))

    assert count.of == AGENCIES
    assert 0.935 <= count.share <= 0.965, count


def test_below_thirty_answers_it_misses_little_more() -> None:
    count = coverage(AGENCIES // 2, 10, 29, lambda random: random.randint(10, 29))

    assert 0.92 <= count.share <= 0.97, count


def coverage_among_all_users(agencies: int) -> Count:
    """As above, where 30 or more of a few hundred users answer, and their number is known."""
    random, count = Random(SEED), Count()
    for _ in range(agencies):
        users = drawn(urn_of(random.choice(PROFILES), random), random.randint(60, 400), random)
        n = random.randint(30, len(users) - 10)
        found = interval_of(of(bytes(random.sample(users, n))), len(users))
        assert found is not None
        count.add(covered(found.low, Fraction(sum(users) * 25, 9 * len(users)), found.high))
    return count


def test_it_covers_the_truth_of_small_populations_of_which_many_answer() -> None:
    count = coverage_among_all_users(2000)

    assert 0.93 <= count.share <= 0.97, count


def coverage_of_elements(agencies: int) -> Count:
    random, count = Random(SEED), Count()
    for _ in range(agencies):
        urn = urn_of(random.choice(SCORES), random)
        given = drawn(urn, random.randint(30, 200), random)
        one, two, three, four = (given.count(score) for score in (1, 2, 3, 4))
        found = element_interval(Tally((one, two, three, four)))
        assert found is not None
        count.add(covered(found.low, Fraction(sum(urn) * 25, len(urn)), found.high))
    return count


def test_the_interval_of_an_element_covers_its_truth() -> None:
    count = coverage_of_elements(4000)

    assert 0.935 <= count.share <= 0.97, count


def false_alarms(pairs: int, size: Callable[[Random], int]) -> Count:
    """How often two groups of the same users are found to differ."""
    random, count = Random(SEED), Count()
    for _ in range(pairs):
        urn = urn_of(random.choice(PROFILES), random)
        one, other = (answers_from(urn, size(random), random) for _ in range(2))
        count.add(compare(one, other).verdict is not Verdict.NO_REAL_CHANGE)
    return count


def test_four_to_six_of_a_hundred_equal_pairs_are_found_to_differ() -> None:
    count = false_alarms(AGENCIES, a_size)

    assert 0.04 <= count.share <= 0.06, count


def test_so_it_is_where_a_small_group_is_compared_with_a_large_one() -> None:
    count = false_alarms(AGENCIES // 2, lambda random: random.choice((30, 400)))

    assert 0.04 <= count.share <= 0.06, count


def found_rises(pairs: int) -> Count:
    """How often a service that pleases is found better than one that contents, at 60 answers."""
    random, count = Random(SEED), Count()
    for _ in range(pairs):
        before = answers_from(urn_of(CONTENT, random), 60, random)
        after = answers_from(urn_of(PLEASED, random), 60, random)
        count.add(compare(before, after).verdict is Verdict.RISE)
    return count


def test_a_change_that_matters_is_found() -> None:
    assert found_rises(500).share > 0.99


def false_trends(agencies: int) -> Count:
    """How often three to six periods of the same users are found to rise or fall."""
    random, count = Random(SEED), Count()
    for _ in range(agencies):
        urn = urn_of(random.choice(PROFILES), random)
        periods = [
            answers_from(urn, random.randint(10, 200), random) for _ in range(random.randint(3, 6))
        ]
        count.add(trend_of(periods).verdict is not Verdict.NO_REAL_CHANGE)
    return count


def test_at_most_six_of_a_hundred_standstills_are_called_a_trend() -> None:
    count = false_trends(1000)

    assert 0.025 <= count.share <= 0.06, count
