"""`/docs` and `/asyncapi`: complete, readable, nothing from elsewhere. No server runs here."""

import shlex
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate
from pydantic import SecretStr

from deploy.gateway import Gateway
from services.intake import app as intake
from services.intake.settings import Settings as IntakeSettings
from services.notify import app as notify
from services.notify.settings import Settings as NotifySettings
from services.scoring import app as scoring
from services.scoring.settings import Settings as ScoringSettings
from tests.pages.markup import Page
from tests.pages.visiting import HTML

PUBLIC_URL = "https://rancak.example"
DATABASE = SecretStr("postgresql://nobody@127.0.0.1:1/none")
App = Callable[..., Any]


@pytest.fixture(scope="module")
def apps() -> Mapping[str, FastAPI]:
    """The three apps; nothing is opened before their lifespans start."""
    common: dict[str, Any] = {
        "redis_url": SecretStr("redis://127.0.0.1:1/0"),
        "service_key": SecretStr("s" * 40),
        "secret_key": SecretStr("k" * 40),
        "public_url": PUBLIC_URL,
    }
    feeds: dict[str, Any] = {"intake_url": PUBLIC_URL, "scoring_url": PUBLIC_URL}
    return {
        "intake": intake.build(IntakeSettings(**common, intake_database_url=DATABASE)),
        "scoring": scoring.build(
            ScoringSettings(**common, intake_url=PUBLIC_URL, scoring_database_url=DATABASE)
        ),
        "notify": notify.build(NotifySettings(**common, **feeds, notify_database_url=DATABASE)),
    }


async def get(app: App, path: str, accept: str = "text/html") -> httpx.Response:
    """One request straight into an app."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://inside") as client:
        return await client.get(path, headers={**HTML, "Accept": accept})


async def page_of(app: App, path: str) -> Page:
    """A page without faults."""
    answer = await get(app, path)
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    page = Page(answer.text)
    assert page.faults() == []
    return page


async def test_every_operation_is_on_the_page_with_its_parameters_and_an_example(
    apps: Mapping[str, FastAPI],
) -> None:
    for app in apps.values():
        page = await page_of(app, "/docs?bahasa=en")
        shown = [element.text.split()[:2] for element in page.all("h3")]
        documented = {
            (method.upper(), path)
            for path, methods in app.openapi()["paths"].items()
            for method in methods
        }
        assert {(method, path) for method, path in shown} == documented
        assert len(page.all("pre")) == len(documented)


async def test_every_example_is_one_command_that_a_shell_understands(
    apps: Mapping[str, FastAPI],
) -> None:
    for app in apps.values():
        for example in (await page_of(app, "/docs")).all("pre"):
            words = shlex.split(example.text)
            assert words[:2] == ["curl", "-s"]
            (url,) = [word for word in words if word.startswith(PUBLIC_URL)]
            assert "{" not in url


async def test_who_needs_a_key_is_told_so_and_who_does_not_is_not(
    apps: Mapping[str, FastAPI],
) -> None:
    keyed = {}
    for app in apps.values():
        for operation in (await page_of(app, "/docs")).all("details", **{"class": "operation"}):
            method, path = operation.text.split()[:2]
            keyed[method, path] = "Bearer $RANCAK_KEY" in operation.text

    wanted = {("POST", "/v1/events"), ("PUT", "/v1/agencies/{code}"), ("GET", "/v1/log/{stream}")}
    wanted |= {("POST", "/v1/subscriptions"), ("GET", "/v1/alerts/live"), ("POST", "/v1/keys")}
    free = {("GET", "/v1/agencies"), ("GET", "/v1/index"), ("GET", "/v1/live")}
    assert {operation for operation in wanted | free if keyed[operation]} == wanted


async def test_the_body_of_an_event_is_shown_member_by_member(
    apps: Mapping[str, FastAPI],
) -> None:
    page = await page_of(apps["intake"], "/docs")
    members = [item.text for item in page.all("li")]

    assert any(member.startswith("requirements") and "≤ 4" in member for member in members)
    assert any(member.startswith("comment") for member in members)


async def test_the_documents_are_json_for_programs(apps: Mapping[str, FastAPI]) -> None:
    for app in apps.values():
        assert (await get(app, "/openapi.json")).json()["openapi"].startswith("3.1")
        as_program = await get(app, "/asyncapi", accept="*/*")
        assert as_program.json()["asyncapi"] == "3.0.0"
        assert (await get(app, "/asyncapi.json")).json() == as_program.json()


async def test_every_event_is_on_the_page(apps: Mapping[str, FastAPI]) -> None:
    for app in apps.values():
        page = await page_of(app, "/asyncapi")
        shown = {element.text.strip() for element in page.all("h3")}
        assert shown == set(app.state.asyncapi["components"]["messages"])


async def test_under_one_origin_the_documents_of_all_services_are_one(
    apps: Mapping[str, FastAPI],
) -> None:
    gateway = Gateway(apps)
    openapi = (await get(gateway, "/openapi.json")).json()
    asyncapi = (await get(gateway, "/asyncapi.json")).json()

    validate(openapi)
    for app in apps.values():
        assert set(app.openapi()["paths"]) <= set(openapi["paths"])
        assert set(app.state.asyncapi["channels"]) <= set(asyncapi["channels"])
    assert len((await page_of(gateway, "/docs")).all("h3")) > 20
    await page_of(gateway, "/asyncapi")
