"""One origin for three services in one process: the routes that caddy serves in production."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache

import httpx
import msgspec
from fastapi import FastAPI
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.http import prepare
from shared.metrics import Metrics
from shared.web import Pages
from shared.web.reference import merged_asyncapi, merged_openapi, router

# The longest matching prefix wins; `*` is any one part of a path. `deploy/caddy/Caddyfile` says
# the same; a test compares them.
ROUTES: Mapping[str, str] = {
    "/v1/events": "intake",
    "/v1/imports": "intake",
    "/v1/comments": "intake",
    "/v1/agencies": "intake",
    "/v1/services": "intake",
    "/v1/places": "intake",
    "/v1/keys": "intake",
    "/v1/corrections": "intake",
    "/v1/invitations": "intake",
    "/v1/log": "intake",
    "/v1/standards": "intake",
    "/isi": "intake",
    "/layanan/*/standar": "intake",
    "/tiket": "intake",
    "/v1/log/figures": "scoring",
    "/v1/log/alerts": "scoring",
    "/": "scoring",
    "/v1/subscriptions": "notify",
    "/v1/alerts": "notify",
}
SERVICES = ("intake", "scoring", "notify")
COMBINED = ("/healthz", "/readyz", "/metrics")
DOCUMENTS = ("/docs", "/openapi.json", "/asyncapi", "/asyncapi.json")


class Gateway:
    """Routes requests by path; `/<service>/…` reaches a service by its name."""

    def __init__(self, apps: Mapping[str, FastAPI]) -> None:
        self._apps = apps
        self._reference = _reference(apps)
        self._prefixes = sorted(ROUTES, key=len, reverse=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._route(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path in COMBINED:
            await (await self._combined(path))(scope, receive, send)
            return
        if path in DOCUMENTS:
            await self._reference(scope, receive, send)
            return
        first = path.split("/", 2)[1]
        if first in self._apps and path.startswith(f"/{first}/"):
            scope = {**scope, "root_path": f"/{first}"}
            await self._apps[first](scope, receive, send)
            return
        await self._apps[self._service_of(path)](scope, receive, send)

    def _service_of(self, path: str) -> str:
        for prefix in self._prefixes:
            if _begins_with(path, prefix):
                return ROUTES[prefix]
        return "scoring"

    async def _combined(self, path: str) -> Response:
        answers = dict(
            zip(
                SERVICES,
                await asyncio.gather(*(self._ask(name, path) for name in SERVICES)),
                strict=True,
            )
        )
        status = max(answer.status_code for answer in answers.values())
        if path == "/metrics":
            text = _merged_metrics([answer.text for answer in answers.values()])
            return Response(text, status, media_type=answers["intake"].headers["content-type"])
        body = {name: answer.json() for name, answer in answers.items()}
        ready = "ready" if status == 200 else "not_ready"
        return _json(status, {"status": ready, "services": body})

    async def _ask(self, name: str, path: str) -> httpx.Response:
        transport = httpx.ASGITransport(self._apps[name])
        async with httpx.AsyncClient(transport=transport, base_url="http://rancak") as inside:
            return await inside.get(path)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with _started(self._apps):
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def _begins_with(path: str, prefix: str) -> bool:
    wanted = prefix.rstrip("/").split("/")
    given = path.split("/")[: len(wanted)]
    return len(given) == len(wanted) and all(
        part in ("*", found) for part, found in zip(wanted, given, strict=True)
    )


@asynccontextmanager
async def _started(apps: Mapping[str, FastAPI]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for app in apps.values():
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield


def _reference(apps: Mapping[str, FastAPI]) -> FastAPI:
    """An app that serves the documents of all services as one, and their pages."""
    app = FastAPI(openapi_url=None, docs_url=None)
    pages = Pages()
    openapi = cache(lambda: merged_openapi([each.openapi() for each in apps.values()], "Rancak"))
    documents = [each.state.asyncapi for each in apps.values()]

    @app.get("/openapi.json")
    async def document() -> Response:
        return _json(200, openapi())

    public_url = next(iter(apps.values())).state.public_url
    app.include_router(
        router(pages, openapi, lambda: merged_asyncapi(documents, "Rancak"), public_url)
    )
    prepare(app, Metrics("gateway"), error_page=pages.error)
    return app


def _merged_metrics(pages: Sequence[str]) -> str:
    """One page of which every family is in once: `process_…` of one process is on each page."""
    families: dict[str, str] = {}
    for page in pages:
        for family in re.split(r"^(?=# HELP )", page, flags=re.MULTILINE):
            families.setdefault(family.split("\n", 1)[0], family)
    return "".join(families.values())


def _json(status: int, body: object) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
