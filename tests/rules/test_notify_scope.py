"""Scopes: what may be watched by whom, and in which scopes an event lies."""

import pytest

from services.notify.domain.scope import CITY, PLATFORM, ScopeRefused, checked, scopes_of


@pytest.mark.parametrize(
    "scope", ["city", "agency:dpmptsp", "service:dpmptsp.nib", "place:mpp", "agency:rsud-2"]
)
def test_the_platform_may_watch_every_scope(scope: str) -> None:
    assert checked(scope, PLATFORM) == scope


def test_no_scope_is_everything_that_may_be_seen() -> None:
    assert checked(None, PLATFORM) == CITY
    assert checked(None, "dpmptsp") == CITY


@pytest.mark.parametrize(
    "scope",
    [
        "",
        "City",
        "agency",
        "agency:",
        "agency:DPMPTSP",
        "agency:a.b",
        "service:dpmptsp",
        "service:.nib",
        "service:a.b.c",
        "province:jawa",
        "city:padang",
        "agency:a\n",
        "agency:" + "a" * 41,
    ],
)
def test_what_is_no_scope_is_refused(scope: str) -> None:
    with pytest.raises(ScopeRefused) as refused:
        checked(scope, PLATFORM)

    assert refused.value.code == "invalid_format"


@pytest.mark.parametrize("scope", ["agency:rsud", "service:rsud.igd"])
def test_an_agency_cannot_watch_the_live_figures_of_another(scope: str) -> None:
    with pytest.raises(ScopeRefused) as refused:
        checked(scope, "dpmptsp")

    assert refused.value.code == "not_allowed"


@pytest.mark.parametrize("scope", ["agency:dpmptsp", "service:dpmptsp.nib", "place:mpp", "city"])
def test_an_agency_may_watch_itself_and_its_part_of_a_place(scope: str) -> None:
    assert checked(scope, "dpmptsp") == scope


def test_an_event_lies_in_its_service_its_agency_its_places_and_the_city() -> None:
    assert scopes_of("dpmptsp", "dpmptsp.nib", ["mpp", "online", "mpp"]) == [
        "city",
        "agency:dpmptsp",
        "service:dpmptsp.nib",
        "place:mpp",
        "place:online",
    ]
    assert scopes_of(None, None, []) == ["city"]
