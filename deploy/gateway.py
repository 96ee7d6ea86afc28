"""One origin for three services in one process: the routes that caddy serves in production."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import msgspec
from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

# The longest matching prefix wins. `deploy/caddy/Caddyfile` says the same; a test compares them.
ROUTES: Mapping[str, str] = {
    "/v1/events": "intake",
    "/v1/imports": "intake",
    "/v1/agencies": "intake",
    "/v1/services": "intake",
    "/v1/places": "intake",
    "/v1/keys": "intake",
    "/v1/log": "intake",
    "/isi": "intake",
    "/v1/log/figures": "scoring",
    "/v1/log/alerts": "scoring",
    "/": "scoring",
    "/v1/subscriptions": "notify",
    "/v1/alerts": "notify",
}
SERVICES = ("intake", "scoring", "notify")
COMBINED = ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/asyncapi")


class Gateway:
    """Routes requests by path; `/<service>/…` reaches a service by its name."""

    def __init__(self, apps: Mapping[str, FastAPI]) -> None:
        self._apps = apps
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
        first = path.split("/", 2)[1]
        if first in self._apps and path.startswith(f"/{first}/"):
            scope = {**scope, "root_path": f"/{first}"}
            await self._apps[first](scope, receive, send)
            return
        await self._apps[self._service_of(path)](scope, receive, send)

    def _service_of(self, path: str) -> str:
        for prefix in self._prefixes:
            if path == prefix or path.startswith(prefix.rstrip("/") + "/"):
                return ROUTES[prefix]
        return "scoring"

    async def _combined(self, path: str) -> Response:
        if path == "/openapi.json":
            return _json(200, self._openapi())
        if path in {"/docs", "/asyncapi"}:
            return HTMLResponse(_index_of(path))
        answers = dict(
            zip(
                SERVICES,
                await asyncio.gather(*(self._ask(name, path) for name in SERVICES)),
                strict=True,
            )
        )
        status = max(answer.status_code for answer in answers.values())
        if path == "/metrics":
            text = b"".join(answer.content for answer in answers.values())
            return Response(text, status, media_type=answers["intake"].headers["content-type"])
        body = {name: answer.json() for name, answer in answers.items()}
        ready = "ready" if status == 200 else "not_ready"
        return _json(status, {"status": ready, "services": body})

    async def _ask(self, name: str, path: str) -> httpx.Response:
        transport = httpx.ASGITransport(self._apps[name])
        async with httpx.AsyncClient(transport=transport, base_url="http://rancak") as inside:
            return await inside.get(path)

    def _openapi(self) -> dict[str, object]:
        merged = dict(self._apps["intake"].openapi())
        merged["info"] = {"title": "Rancak", "version": "1"}
        for name in ("scoring", "notify"):
            schema = self._apps[name].openapi()
            merged["paths"] = {**schema["paths"], **merged["paths"]}
            components = dict(merged.get("components", {}))
            for kind, entries in schema.get("components", {}).items():
                components[kind] = {**entries, **components.get(kind, {})}
            merged["components"] = components
        return merged

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with _started(self._apps):
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


@asynccontextmanager
async def _started(apps: Mapping[str, FastAPI]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for app in apps.values():
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield


def _index_of(path: str) -> str:
    links = "".join(f'<li><a href="/{name}{path}">{name}</a></li>' for name in SERVICES)
    return (
        '<!doctype html><html lang="id"><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width"><title>Rancak</title><h1>Rancak: dokumentasi · reference</h1>'
        f'<ul>{links}</ul><p><a href="/openapi.json">openapi.json</a></p></html>'
    )


def _json(status: int, body: object) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
