"""Renders templates for a request: its language, its links, and errors in the same look."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from shared.http import Problem
from shared.web import language as languages
from shared.web.assets import Assets
from shared.web.language import Language, language_of

TEMPLATES = Path(__file__).parent / "templates"
NEVER_STORED = {"Cache-Control": "no-store"}


def templates(*folders: Path) -> Environment:
    """Templates of the given folders, and the shared ones behind them. A missing value is a bug."""
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in (*folders, TEMPLATES)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Pages:
    """The pages of one service."""

    def __init__(self, *folders: Path) -> None:
        self.assets = Assets()
        self._environment = templates(*folders)

    def render(
        self,
        request: Request,
        template: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """A page in the language of the request."""
        context = {**self._context(request), **values}
        body = self._environment.get_template(template).render(context)
        return HTMLResponse(body, status, headers)

    def error(self, request: Request, problem: Problem) -> HTMLResponse:
        """An error as a page, for `shared.http.prepare(…, error_page=pages.error)`."""
        indonesian, _, english = problem.title.partition(" · ")
        title = (indonesian, english or indonesian)
        headers = {**NEVER_STORED, **problem.headers}
        body = problem.body()
        return self.render(
            request, "error.html", problem.status, headers, problem=body, title=title
        )

    def _context(self, request: Request) -> dict[str, Any]:
        language = language_of(request)
        return {
            "asset": self.assets.url,
            "count": partial(languages.count, language=language),
            "day": partial(languages.day, language=language),
            "decimal": partial(languages.decimal, language=language),
            "language": language,
            "link": partial(_link, language),
            "moment": partial(languages.moment, language=language),
            "request_path": request.url.path,
            "other_language": _query_in_other_language(request, language),
            "t": languages.chooser(language),
        }


def _link(language: Language, path: str, **query: str | None) -> str:
    """A path that keeps the language; empty parameters are left out."""
    chosen = {languages.PARAMETER: language if language == "en" else None}
    given = {name: value for name, value in {**query, **chosen}.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def _query_in_other_language(request: Request, language: Language) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items()]
    kept = [(name, value) for name, value in kept if name != languages.PARAMETER]
    return "?" + urlencode([*kept, (languages.PARAMETER, "id" if language == "en" else "en")])
