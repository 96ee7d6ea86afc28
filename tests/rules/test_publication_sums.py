"""What a batch adds to: the scopes that hold all of it, and moments only where they are safe."""

from datetime import date

from services.scoring.domain.publication.label import MIXED, Label, Span
from services.scoring.domain.publication.plan import Batch
from services.scoring.domain.publication.sums import (
    may_come_back,
    scopes_of,
    sums_of,
    taken_back,
    with_safe_moments,
)

MARCH = date(2026, 3, 1)
NIB = Label("dpmptsp.nib", "mpp", "open", Span.MONTH, MARCH)
SIUP = Label("dpmptsp.siup", "mpp", "open", Span.MONTH, MARCH)
MOMENTS = frozenset({1, 2})  # of (n, total, whole)


def batch(n: int, whole: int, label: Label = NIB) -> Batch:
    return Batch(label, (n, 300, whole), {label: (n, 300, whole)})


def test_a_label_lies_in_every_scope_that_holds_all_of_its_answers() -> None:
    assert scopes_of(NIB) == [
        "city",
        "agency:dpmptsp",
        "service:dpmptsp.nib",
        "place:mpp",
        "at:mpp/dpmptsp.nib",
    ]
    assert scopes_of(Label("dpmptsp", "", MIXED, Span.YEAR, date(2026, 1, 1))) == [
        "city",
        "agency:dpmptsp",
    ]
    assert scopes_of(Label("", "mpp", "open", Span.MONTH, MARCH)) == ["city", "place:mpp"]
    assert scopes_of(Label("dpmptsp.nib", MIXED, "open", Span.MONTH, MARCH))[-1] == (
        "service:dpmptsp.nib"
    )


def test_batches_add_up_in_the_scopes_that_they_share() -> None:
    sums = sums_of([batch(12, 12), batch(10, 10, SIUP)])

    assert sums["city", MARCH, date(2026, 3, 31), "open"] == (22, 600, 22)
    assert sums["service:dpmptsp.siup", MARCH, date(2026, 3, 31), "open"] == (10, 300, 10)


def test_moments_go_with_whole_answers_and_with_ten_partial_ones_or_none() -> None:
    for n, whole, goes in ((10, 10, True), (20, 10, True), (11, 10, False), (19, 9, False)):
        safe = with_safe_moments(batch(n, whole), MOMENTS, whole=2)

        assert safe.counters == ((n, 300, whole) if goes else (n, 0, 0)), (n, whole)
        assert safe.members == batch(n, whole).members


def test_partial_answers_that_cancel_out_hide_the_moments() -> None:
    members = {NIB: (11, 300, 10), SIUP: (9, 300, 10)}
    mixed = Batch(Label("dpmptsp", "mpp", "open", Span.MONTH, MARCH), (20, 600, 20), members)

    assert with_safe_moments(mixed, MOMENTS, whole=2).counters == (20, 0, 0)


def test_batches_of_a_leaf_vanish_only_all_together() -> None:
    given = [(10, 300, 10), (12, 400, 12)]

    whole = taken_back(NIB, (-22, -700, -22), given, answers=(0,))
    assert whole is not None
    assert whole.counters == (-22, -700, -22)
    assert taken_back(NIB, (-12, -400, -12), given, answers=(0,)) is None
    assert taken_back(NIB, (-30, -900, -30), given, answers=(0,)) is None
    assert taken_back(NIB, (-22, -700, -22), [], answers=(0,)) is None


def test_what_vanished_comes_back_as_it_was_or_with_ten_more() -> None:
    given = [(11, 300, 11), (-11, -300, -11)]

    assert may_come_back((11, 300, 11), given, answers=(0, 1))
    assert not may_come_back((14, 390, 14), given, answers=(0, 1))
    assert not may_come_back((11, 290, 11), given, answers=(0, 1))
    assert may_come_back((21, 590, 21), given, answers=(0, 1))
    assert may_come_back((14, 390, 14), [*given, (11, 300, 11)], answers=(0, 1))
    assert may_come_back((14, 390, 14), [], answers=(0, 1))
