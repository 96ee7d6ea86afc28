"""Scopes: what each form means, and that nothing else is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain import scope
from services.scoring.domain.scope import CITY, BadScope, Kind, Scope

codes = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("text", "kind", "code", "agency"),
    [
        ("city", Kind.CITY, "", None),
        ("agency:dpmptsp", Kind.AGENCY, "dpmptsp", "dpmptsp"),
        ("service:dpmptsp.siup", Kind.SERVICE, "dpmptsp.siup", "dpmptsp"),
        ("place:mpp", Kind.PLACE, "mpp", None),
        ("agency:rsud-2", Kind.AGENCY, "rsud-2", "rsud-2"),
    ],
)
def test_a_scope_is_a_kind_and_a_code(text: str, kind: Kind, code: str, agency: str | None) -> None:
    found = scope.parse(text)

    assert (found.kind, found.code, found.agency) == (kind, code, agency)


@pytest.mark.parametrize(
    "text",
    [
        *("", "City", "city:", "city:padang", "agency", "agency:", "agency:DPMPTSP", "agency:a.b"),
        *("service:dpmptsp", "service:a.b.c", "service:.b", "service:a.", "place:m p"),
        *("place:mpp\n", "agency:a_b", "agency:é", "unit:a", "agency:" + "a" * 41, "agency::a"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadScope):
        scope.parse(text)


def test_the_city_is_one_value() -> None:
    assert scope.parse("city") == CITY


@given(codes, codes)
def test_a_scope_reads_back_as_it_is_written(agency: str, service: str) -> None:
    for each in (
        Scope(Kind.AGENCY, agency),
        Scope(Kind.PLACE, agency),
        Scope(Kind.SERVICE, f"{agency}.{service}"),
    ):
        assert scope.parse(str(each)) == each


@given(st.text(max_size=60))
def test_any_text_is_a_scope_or_refused(text: str) -> None:
    try:
        found = scope.parse(text)
    except BadScope:
        return
    assert str(found) == text
