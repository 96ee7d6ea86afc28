"""A visitor of a running Rancak: opens pages, fills in the form, reads figures."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from services.scoring.domain.elements import CODES
from tests.pages.markup import Page
from tests.running import Rancak

HTML = {"Accept": "text/html"}
FORM_SIZE = 30 * 1024


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser."""

    rancak: Rancak

    async def open(self, path: str, *, status: int = 200) -> Page:
        """A page; which service has it is told by its path."""
        answer = await self.rancak.http.get(self._url(path), headers=HTML)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:500])
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        page = Page(answer.text)
        assert page.faults() == [], path
        return page

    async def send(
        self,
        form: Page,
        changes: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The form with best answers everywhere; `changes` replace fields."""
        fields = {
            "form": form.one("input", name="form").attributes["value"],
            **dict.fromkeys(CODES, "4"),
            **(changes or {}),
        }
        action = form.one("form").attributes["action"]
        return await self.rancak.http.post(
            self._url(action), data=fields, headers={**HTML, **(headers or {})}
        )

    async def shown(self, path: str) -> tuple[str | None, int]:
        """The index and the number of answers that a page shows at its top."""
        page = await self.open(path)
        values = [data.attributes["value"] for data in page.all("data")]
        is_empty = not page.all("p", **{"class": "index"})
        return (None, 0) if is_empty else (values[0], int(values[1]))

    def _url(self, path: str) -> str:
        is_intakes = path.startswith(("/isi", "/tiket")) or "/standar" in path
        service = "intake" if is_intakes else "scoring"
        return self.rancak.urls[service] + path
