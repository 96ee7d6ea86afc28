"""Complaints over HTTP: from an agency's events to figures, one explained, and what was written."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
from typer.testing import CliRunner

from services.cli import app
from services.scoring.domain.clock.worktime import WIB
from shared.streams import partition_of
from tests.events import answer, complained
from tests.running import SERVICE_KEY, Rancak, bearer
from tests.waiting import wait_until

MONDAY = datetime(2026, 3, 16, 9, tzinfo=WIB)
STREAM = f"feedback.{partition_of('dpmptsp', 4)}"
SAID = "Diminta Rp 50.000 oleh petugas,\nhubungi saya 0812-3456-7890 (BA 1234 XY)."
REDACTED = "Diminta Rp 50.000 oleh petugas,\nhubungi saya [telepon] ([pelat])."


def event(kind: str, day: int = 0, **data: Any) -> dict[str, Any]:
    return complained(kind, at=MONDAY + timedelta(days=day), **{"service": "dpmptsp.nib", **data})


def filed(reference: str = "ADU/88", **data: Any) -> dict[str, Any]:
    return event("filed", reference=reference, category="complaint", **data)


async def ask(rancak: Rancak, path: str, key: str, **asked: Any) -> httpx.Response:
    service = "intake" if path == "/v1/comments" else "scoring"
    return await rancak.http.get(rancak.urls[service] + path, params=asked, headers=bearer(key))


async def reader(rancak: Rancak, agency: str | None) -> str:
    """A key that may read comments, of an agency or of the platform (a watcher)."""
    made = await rancak.http.post(
        f"{rancak.urls['intake']}/v1/keys",
        json={"agency": agency, "scopes": ["comments:read"]},
        headers=bearer(rancak.admin_key),
    )
    assert made.status_code == 201, made.text
    return str(made.json()["key"])


async def test_a_complaint_goes_from_its_agency_into_figures_and_what_was_written_stays_apart(
    rancak: Rancak,
) -> None:
    own = await rancak.register("dpmptsp", "nib")
    other = await rancak.register("dukcapil", "ktp")
    told = [
        filed(form="demand_for_payment", text=SAID),
        event("verified", 1, reference="ADU/88", verdict="accepted"),
        event("answered", 2, reference="ADU/88", text="Kami hubungi 0812-3456-7890."),
        filed("ADU/89", confidential=True, text="Rahasia."),
        answer(data_comment="Surel saya rina@gmail.com"),
        *(filed(f"B-{number}") for number in range(10)),
    ]
    posted = await rancak.post(told)
    assert posted.status_code == 202, posted.text
    assert {each["stream"] for each in posted.json()["results"]} == {STREAM}

    async def is_counted() -> bool:
        found = await ask(rancak, "/v1/complaints", own, scope="city", period="2026-03")
        return bool(found.status_code == 200 and found.json()["filed"] == 12)

    await wait_until(is_counted, "twelve complaints")
    kept = await rancak.http.get(
        f"{rancak.urls['intake']}/v1/log/{STREAM}", headers=bearer(SERVICE_KEY)
    )
    assert all(word not in kept.text for word in ("0812", "Rahasia", "gmail"))

    one = (await ask(rancak, "/v1/complaints/ADU/88", own)).json()
    assert (one["state"], one["form"]) == ("closed", "demand_for_payment")  # by silence
    clocks = {each["name"]: each for each in one["clocks"]}
    assert clocks["verify"]["judgement"] == clocks["resolve"]["judgement"] == "in_time"
    days = {day["day"]: day["why"] for day in clocks["first_reply"]["reckoned"]["days"]}
    assert (days["2026-03-16"], days["2026-03-19"]) == ("receipt_day", "national_holiday")
    assert (await ask(rancak, "/v1/complaints/ADU/88", other)).status_code == 404

    await check_readers(rancak)
    where = {"RANCAK_URL": rancak.urls["scoring"], "RANCAK_KEY": own}
    for arguments, expected in (
        (["complaints", "agency:dpmptsp", "2026"], "Permintaan imbalan"),
        (["performance", "agency:dpmptsp", "2026"], "Layanan nib"),
        (["complaint", "ADU/88"], "Verifikasi · Verified (1)"),
    ):
        found = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=where)
        assert expected in found.output


async def check_readers(rancak: Rancak) -> None:
    """The officer reads all, a watcher what is nobody's, another agency nothing."""
    officer, watcher = await reader(rancak, "dpmptsp"), await reader(rancak, None)
    stranger = await reader(rancak, "dukcapil")
    asked = {"service": "dpmptsp.nib"}

    full = (await ask(rancak, "/v1/comments", officer, **asked)).json()
    shown = (await ask(rancak, "/v1/comments", watcher, **asked)).json()

    assert [each["text"] for each in full["items"]] == [
        "Surel saya rina@gmail.com",
        "Rahasia.",
        "Kami hubungi 0812-3456-7890.",
        SAID,
    ]
    assert [each["text"] for each in shown["items"]] == ["Surel saya [surel]", REDACTED]
    assert {(each["reference"], each["sequence"]) for each in shown["items"]} == {(None, None)}
    first = (await ask(rancak, "/v1/comments", officer, limit=1, **asked)).json()
    after = (await ask(rancak, "/v1/comments", officer, cursor=first["next"], **asked)).json()
    assert first["items"] + after["items"] == full["items"]
    refused = [
        await ask(rancak, "/v1/comments", key, **more)
        for key, more in (
            (stranger, asked),
            (officer, {"service": "dpmptsp.siup"}),
            (rancak.keys["dpmptsp"], asked),
            (officer, {"service": "x"}),
        )
    ]
    assert [each.status_code for each in refused] == [404, 404, 403, 422]


async def test_what_is_wrong_with_a_complaint_is_told_exactly(rancak: Rancak) -> None:
    await rancak.register("dpmptsp", "nib")
    wrong = {
        "/data/reference": filed("1371041208850003"),
        "/data/service": filed(service="dukcapil.ktp"),
        "/data/place": filed(place="nowhere"),
        "/data/agency": event("forwarded", agency="nobody"),
        "/data/text": filed(text="a\u202eb"),
        "/data/form": filed(form="rudeness"),
    }
    for pointer, told in wrong.items():
        refused = await rancak.post({**told, "source": "/agencies/dpmptsp"})
        found = [each["pointer"] for each in refused.json()["errors"]]
        assert (refused.status_code, found) == (422, [pointer])
        assert "1371041208850003" not in refused.text
