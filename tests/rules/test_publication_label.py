"""Labels of batches: keys of rows, what holds several of them, and which figures they belong to."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain import period, scope
from services.scoring.domain.elements import SERIES
from services.scoring.domain.publication.label import (
    CITY_WIDE,
    MIXED,
    BadLabel,
    Label,
    Span,
    covers,
    join,
    leaf,
    start_of,
)

JANUARY = date(2026, 1, 1)

spans = st.sampled_from(Span)
months = st.builds(date, st.just(2026), st.integers(1, 12), st.just(1))
labels = st.builds(
    lambda service, place, series, span, month: Label(
        service, place, series, span, start_of(month, span)
    ),
    st.sampled_from(("a.x", "a.y", "b.x", "a", CITY_WIDE)),
    st.sampled_from(("", "mpp", MIXED)),
    st.sampled_from((*SERIES, MIXED)),
    spans,
    months,
)
scopes = st.sampled_from(("city", "agency:a", "agency:b", "service:a.x", "place:mpp"))
periods = st.sampled_from(
    ("2025", "2026", "2026-S1", "2026-S2", "2026-Q1", "2026-Q3", "2026-01", "2026-09")
)
subsets = st.lists(st.sampled_from(SERIES), unique=True) | st.just(list(SERIES))


@given(labels)
def test_a_label_comes_back_from_its_key(label: Label) -> None:
    assert Label.of_key(label.key()) == label


@pytest.mark.parametrize(
    "key",
    [
        ("a.x", "", "open", "m"),
        ("a.x", "", "open", "d", "2026-01-01"),
        ("a.x", "", "open", "m", "2026-01-02"),
        ("a.x", "", "open", "q", "2026-02-01"),
        ("a.x", "", "open", "s", "2026-04-01"),
        ("a.x", "", "open", "y", "2026-07-01"),
        ("a.x", "", "open", "m", "january"),
    ],
)
def test_another_key_is_refused(key: tuple[str, ...]) -> None:
    with pytest.raises(BadLabel):
        Label.of_key(key)


@pytest.mark.parametrize(
    ("span", "key", "last"),
    [
        (Span.MONTH, ("a.x", "", "open", "m", "2026-02-01"), "2026-02-28"),
        (Span.QUARTER, ("a.x", "", "open", "q", "2026-01-01"), "2026-03-31"),
        (Span.SEMESTER, ("a.x", "", "open", "s", "2026-01-01"), "2026-06-30"),
        (Span.YEAR, ("a.x", "", "open", "y", "2026-01-01"), "2026-12-31"),
    ],
)
def test_a_label_ends_with_its_period(span: Span, key: tuple[str, ...], last: str) -> None:
    label = Label("a.x", "", "open", span, start_of(date(2026, 2, 1), span))

    assert label.key() == key
    assert label.last.isoformat() == last


@given(st.lists(labels, min_size=1, max_size=6), scopes, periods, subsets)
def test_a_figure_that_holds_the_join_holds_every_part(
    parts: list[Label], about: str, when: str, series: list[str]
) -> None:
    question = scope.parse(about), period.parse(when), series
    joined = join(parts)

    if covers(*question, joined):
        assert all(covers(*question, part) for part in parts)


@given(st.lists(labels, min_size=1, max_size=6))
def test_a_join_is_no_coarser_than_needed(parts: list[Label]) -> None:
    joined = join(parts)

    assert join([joined, *parts]) == joined
    assert join(parts[:1]) == parts[0]
    for name in ("service", "place", "series"):
        values = {getattr(part, name) for part in parts}
        assert len(values) > 1 or getattr(joined, name) in values
    for span in Span:
        if span < joined.span:
            starts = {start_of(part.start, span) for part in parts}
            assert len(starts) > 1 or any(part.span > span for part in parts)


def test_services_of_one_agency_join_to_the_agency_and_others_to_the_city() -> None:
    one, other, foreign = (leaf(service, "", "open", JANUARY) for service in ("a.x", "a.y", "b.x"))

    assert join([one, other]).service == "a"
    assert join([one, other, foreign]).service == CITY_WIDE
    assert join([join([one, other]), one]).service == "a"
    assert join([join([one, foreign]), other]).service == CITY_WIDE


def test_no_place_and_a_place_join_to_several() -> None:
    assert join([leaf("a.x", place, "open", JANUARY) for place in ("", "mpp")]).place == MIXED


def test_years_have_no_label_in_common() -> None:
    with pytest.raises(BadLabel):
        join([leaf("a.x", "", "open", date(year, 1, 1)) for year in (2025, 2026)])


@pytest.mark.parametrize(
    ("about", "when", "series", "covered"),
    [
        ("city", "2026", SERIES, True),
        ("agency:a", "2026-Q1", SERIES, True),
        ("service:a.x", "2026-01", ("open",), True),
        ("place:mpp", "2026-S1", ("open", "invited"), True),
        ("agency:b", "2026", SERIES, False),
        ("service:a.y", "2026", SERIES, False),
        ("place:other", "2026", SERIES, False),
        ("service:a.x", "2026-02", SERIES, False),
        ("service:a.x", "2026-01-15", SERIES, False),
        ("service:a.x", "2026", ("invited",), False),
    ],
)
def test_a_leaf_belongs_to_what_it_lies_in(
    about: str, when: str, series: tuple[str, ...], covered: bool
) -> None:
    label = leaf("a.x", "mpp", "open", JANUARY)

    assert covers(scope.parse(about), period.parse(when), series, label) is covered


@pytest.mark.parametrize(
    ("label", "about", "when", "series"),
    [
        (Label("a", "mpp", "open", Span.MONTH, JANUARY), "service:a.x", "2026", SERIES),
        (Label("", "mpp", "open", Span.MONTH, JANUARY), "agency:a", "2026", SERIES),
        (Label("a.x", "*", "open", Span.MONTH, JANUARY), "place:mpp", "2026", SERIES),
        (Label("a.x", "", "open", Span.MONTH, JANUARY), "place:mpp", "2026", SERIES),
        (Label("a.x", "", "*", Span.MONTH, JANUARY), "city", "2026", ("open", "invited")),
        (Label("a.x", "", "open", Span.QUARTER, JANUARY), "city", "2026-01", SERIES),
        (Label("a.x", "", "open", Span.YEAR, JANUARY), "city", "2026-S1", SERIES),
    ],
)
def test_mixed_answers_belong_only_to_what_holds_all_of_them(
    label: Label, about: str, when: str, series: tuple[str, ...]
) -> None:
    assert not covers(scope.parse(about), period.parse(when), series, label)
    assert covers(scope.CITY, period.parse("2026"), SERIES, label)
