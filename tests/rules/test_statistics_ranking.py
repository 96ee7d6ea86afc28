"""Units in order: who is really better, which ranks are possible, and pooled beside mean."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.statistics.comparison import Verdict, compare
from services.scoring.domain.statistics.moments import Moments
from services.scoring.domain.statistics.ranking import Overall, Place, holm, overall, ranking_of

units = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.lists(st.integers(9, 36), min_size=1, max_size=25),
    max_size=7,
)


def of(*totals: int) -> Moments:
    return Moments(len(totals), sum(totals), sum(total * total for total in totals))


def around(total: int, n: int = 60) -> Moments:
    return of(*[total - 2, total, total + 2] * (n // 3))


def by_code(places: tuple[Place, ...]) -> dict[str, Place]:
    return {place.code: place for place in places}


def test_units_that_differ_clearly_have_one_possible_rank_each() -> None:
    places = ranking_of({"middle": around(24), "top": around(30), "low": around(15)})

    assert [(p.code, p.rank, p.group, p.best, p.worst) for p in places] == [
        ("top", 1, 1, 1, 1),
        ("middle", 2, 2, 2, 2),
        ("low", 3, 3, 3, 3),
    ]
    assert [p.differs_from_next for p in places] == [True, True, None]
    assert places[0].index == 30 * Fraction(25, 9)


def test_two_that_chance_could_swap_share_a_group_and_their_ranks() -> None:
    places = by_code(ranking_of({"a": around(25, 12), "b": around(24, 12), "c": around(12, 12)}))

    assert (places["a"].rank, places["b"].rank, places["c"].rank) == (1, 2, 3)
    assert (places["a"].group, places["b"].group, places["c"].group) == (1, 1, 2)
    assert (places["a"].best, places["a"].worst) == (places["b"].best, places["b"].worst) == (1, 2)
    assert (places["c"].best, places["c"].worst) == (3, 3)


def test_equal_units_share_a_rank_and_the_next_one_is_skipped() -> None:
    places = ranking_of({"z": around(24), "a": around(24), "m": around(20)})

    assert [(p.code, p.rank) for p in places] == [("a", 1), ("z", 1), ("m", 3)]
    assert places[0].p_to_next == 1


def test_a_unit_below_ten_answers_is_listed_last_without_a_rank() -> None:
    places = ranking_of({"few": of(*[36] * 9), "none": of(), "enough": of(*[20] * 10)})

    assert [p.code for p in places] == ["enough", "few", "none"]
    assert places[1] == Place("few", 9, Fraction(100))
    assert places[2] == Place("none", 0, None)
    assert (places[0].rank, places[0].worst, places[0].differs_from_next) == (1, 1, None)


def test_one_pair_alone_is_judged_as_the_comparison_judges_it() -> None:
    better, worse = around(25, 60), around(24, 60)
    compared = compare(worse, better)
    place = ranking_of({"better": better, "worse": worse})[0]

    assert compared.verdict is Verdict.RISE
    assert place.p_to_next == pytest.approx(compared.p)
    assert place.differs_from_next


def test_among_many_pairs_the_same_difference_is_not_enough() -> None:
    alone = {"a": around(26, 15), "b": around(24, 15)}
    crowd = {f"c{i:02}": around(23, 15) for i in range(20)}

    assert ranking_of(alone)[0].differs_from_next
    assert not ranking_of(alone | crowd)[0].differs_from_next


def test_the_best_of_many_may_be_the_last_where_against_one_it_may_not() -> None:
    others = {f"b{i:02}": around(24, 15) for i in range(20)}
    against_one = by_code(ranking_of({"a": around(26, 15), "b": around(24, 15)}))
    against_many = by_code(ranking_of({"a": around(26, 15)} | others))

    assert against_one["a"].worst == 1
    assert (against_many["a"].rank, against_many["a"].worst) == (1, 21)


def test_a_known_population_tells_units_apart() -> None:
    answers = {"a": around(25, 12), "b": around(24, 12)}

    assert not ranking_of(answers)[0].differs_from_next
    assert ranking_of(answers, {"a": 12, "b": 12})[0].differs_from_next


def test_no_units_have_no_ranking() -> None:
    assert ranking_of({}) == ()


def test_the_correction_of_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1, 1]
    assert holm([]) == []


def test_the_mean_of_units_is_not_the_pooled_index() -> None:
    both = overall({"large": of(*[36] * 90), "small": of(*[9] * 10)})

    assert both == Overall(Fraction(36 * 90 + 90, 100) * Fraction(25, 9), Fraction(125, 2), 2)


def test_the_mean_is_of_the_ranked_units_and_pooled_is_of_all_respondents() -> None:
    found = overall({"ranked": of(*[36] * 10), "few": of(*[9] * 9)})

    assert found.mean_of_units == 100
    assert found.units == 1
    assert found.pooled == Fraction(360 + 81, 19) * Fraction(25, 9)


def test_nobody_answered_anywhere() -> None:
    assert overall({"one": of(), "two": of()}) == Overall(None, None, 0)
    assert overall({}) == Overall(None, None, 0)
    assert overall({"few": of(36)}) == Overall(Fraction(100), None, 0)


@given(units)
def test_a_rank_is_among_the_possible_ones_and_a_better_index_never_ranks_lower(
    units: dict[str, list[int]],
) -> None:
    places = ranking_of({code: of(*totals) for code, totals in units.items()})
    ranked = [place for place in places if place.rank is not None]

    assert sorted(place.code for place in places) == sorted(units)
    for place in ranked:
        assert place.best and place.rank and place.worst
        assert 1 <= place.best <= place.rank <= place.worst <= len(ranked)
    indexes = [place.index or 0 for place in ranked]
    assert indexes == sorted(indexes, reverse=True)


@given(units)
def test_the_order_in_which_units_are_given_does_not_matter(
    units: dict[str, list[int]],
) -> None:
    moments = {code: of(*totals) for code, totals in units.items()}
    shuffled = dict(sorted(moments.items(), reverse=True))

    assert ranking_of(shuffled) == ranking_of(moments)


@given(st.lists(st.floats(0, 1), max_size=8))
def test_a_corrected_p_value_is_never_smaller_and_keeps_the_order(ps: list[float]) -> None:
    corrected = holm(ps)

    assert all(p <= c <= 1 for p, c in zip(ps, corrected, strict=True))
    by_p = sorted(range(len(ps)), key=ps.__getitem__)
    assert [corrected[i] for i in by_p] == sorted(corrected)
