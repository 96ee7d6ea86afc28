"""Finished applications and their links, as an agency's system and an applicant see them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.events import told
from tests.running import Rancak, bearer


async def finished(
    rancak: Rancak, *references: str, kind: str = "issued", service: str = "dpmptsp.nib"
) -> None:
    """Post that these applications are finished."""
    now = datetime.now(UTC)
    events = [told(kind, at=now, reference=each, service=service) for each in references]
    posted = await rancak.post(events)
    assert posted.status_code == 202, posted.text


async def waiting(rancak: Rancak, agency: str = "dpmptsp", **asked: Any) -> dict[str, Any]:
    """A page of the links that wait for an agency."""
    found = await rancak.http.get(
        f"{rancak.urls['intake']}/v1/invitations", params=asked, headers=bearer(rancak.keys[agency])
    )
    assert found.status_code == 200, found.text
    return dict(found.json())


async def paths(rancak: Rancak) -> dict[str, str]:
    """Where the links that wait lead to, by reference."""
    items = (await waiting(rancak, limit=200))["items"]
    return {item["reference"]: urlsplit(item["url"]).path for item in items}


async def ask(rancak: Rancak, reference: str, agency: str = "dpmptsp") -> httpx.Response:
    """Ask for one link of `dpmptsp.nib`."""
    return await rancak.http.post(
        f"{rancak.urls['intake']}/v1/invitations",
        json={"service": "dpmptsp.nib", "reference": reference},
        headers=bearer(rancak.keys[agency]),
    )


async def fetched(rancak: Rancak, references: Sequence[str], agency: str = "dpmptsp") -> int:
    """Say that an agency has links of `dpmptsp.nib`; answers how many it had not before."""
    items = [{"service": "dpmptsp.nib", "reference": each} for each in references]
    answer = await rancak.http.post(
        f"{rancak.urls['intake']}/v1/invitations/fetched",
        json={"items": items},
        headers=bearer(rancak.keys[agency]),
    )
    assert answer.status_code == 200, answer.text
    return int(answer.json()["handed_over"])
