"""`/docs` and `/asyncapi`: our own pages, made from the same documents that programs read.

Nothing comes from another host and no page can send anything to the running system by itself.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response

from shared.web.pages import Pages
from shared.web.reference.asyncapi import channels
from shared.web.reference.merge import merged_asyncapi, merged_openapi
from shared.web.reference.openapi import groups

__all__ = ["add_reference", "merged_asyncapi", "merged_openapi", "router"]

_CACHING = {"Cache-Control": "no-cache", "Vary": "Accept"}
Document = Callable[[], Mapping[str, Any]]


def add_reference(app: FastAPI, pages: Pages, asyncapi: Mapping[str, Any], public_url: str) -> None:
    """Add the reference of an app, and the files that all its pages name.

    The app's state keeps what a gateway needs to serve the reference of several apps as one.
    """
    app.state.asyncapi, app.state.public_url = asyncapi, public_url

    def openapi() -> Mapping[str, Any]:
        return app.openapi()  # asked each time: a service may describe more later

    app.include_router(router(pages, openapi, lambda: asyncapi, public_url))
    app.include_router(pages.assets.router())


def router(pages: Pages, openapi: Document, asyncapi: Document, public_url: str) -> APIRouter:
    """Pages for people; the AsyncAPI document for whoever does not ask for a page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/docs")
    async def docs(request: Request) -> Response:
        document = openapi()
        return pages.render(
            request,
            "openapi.html",
            headers=_CACHING,
            info=document["info"],
            groups=groups(document, public_url.rstrip("/")),
        )

    @routes.get("/asyncapi")
    async def events(request: Request) -> Response:
        document = asyncapi()
        if "text/html" not in request.headers.get("accept", ""):
            return _json(document)
        return pages.render(
            request,
            "asyncapi.html",
            headers=_CACHING,
            info=document["info"],
            channels=channels(document),
        )

    @routes.get("/asyncapi.json")
    async def events_document() -> Response:
        return _json(asyncapi())

    return routes


def _json(document: Mapping[str, Any]) -> Response:
    body = msgspec.json.encode(document)
    return Response(body, media_type="application/json", headers=_CACHING)
