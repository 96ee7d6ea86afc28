"""Templates of reports: everything is escaped, nothing is fetched, a missing value is a bug."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from services.scoring.domain.report import Report
from services.scoring.reports import wording
from services.scoring.reports.voice import Voice
from shared.web.pages import templates

TEMPLATES = Path(__file__).parent / "templates"
_NAME_IN_HEAD = 84


def render(template: str, style: str, report: Report, voice: Voice, **values: Any) -> str:
    """A document that brings its style with it."""
    context = {
        "index_name": voice.words(wording.INDEX_NAME),
        "report": report,
        "short_name": shortened(report.name, _NAME_IN_HEAD),
        "style": Markup((TEMPLATES / style).read_text("utf-8")),
        "t": voice.t,
        "v": voice,
        **values,
    }
    return _environment().get_template(template).render(context)


def identifier(html: str) -> bytes:
    """The identifier of a PDF: that of its content, so that the same content is the same file."""
    return sha256(html.encode()).hexdigest()[:32].encode()


def shortened(text: str, longest: int) -> str:
    """A text that fits where there is room for so many letters."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


@cache
def _environment() -> Environment:
    return templates(TEMPLATES)
