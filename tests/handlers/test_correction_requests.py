"""Who may correct what, and that two persons are needed; through the running system."""

from typing import Any

import httpx
import pytest

from tests.events import answer
from tests.running import Rancak, bearer
from tests.waiting import wait_until

SLICE = {"service": "dpmptsp.nib", "series": "agency"}
WISH = {"action": "quarantine", "slice": SLICE, "reason": "Semua dikirim dalam satu menit"}


async def key(rancak: Rancak, agency: str | None, *scopes: str) -> str:
    made = await rancak.http.post(
        f"{rancak.urls['intake']}/v1/keys",
        json={"agency": agency, "scopes": list(scopes)},
        headers=bearer(rancak.admin_key),
    )
    assert made.status_code == 201, made.text
    return str(made.json()["key"])


async def call(rancak: Rancak, path: str, who: str, body: Any = None) -> httpx.Response:
    url = f"{rancak.urls['intake']}/v1/corrections{path}"
    return await rancak.http.post(url, json=body, headers=bearer(who))


@pytest.fixture
async def city(rancak: Rancak) -> Rancak:
    """Twelve answers of an agency, of which two are about another service."""
    await rancak.register("dpmptsp", "nib", "siup")
    await rancak.register("disdukcapil", "ktp")
    await rancak.answered(10)
    await rancak.answered(2, service="dpmptsp.siup")
    await rancak.counted(12)
    return rancak


async def effect_of(rancak: Rancak, correction: str, who: str) -> dict[str, Any]:
    """What scoring tells of a correction, once it has looked."""
    found: dict[str, Any] = {}

    async def is_known() -> bool:
        listed = await rancak.http.get(
            f"{rancak.urls['scoring']}/v1/adjustments", headers=bearer(who)
        )
        if listed.status_code == 200:
            found.update({each["id"]: each for each in listed.json()["items"]})
        return correction in found and found[correction]["effect"] is not None

    await wait_until(is_known, f"the effect of {correction}", timeout=20)
    return dict(found[correction])


async def test_a_quarantine_is_previewed_approved_by_another_and_lifted(city: Rancak) -> None:
    officer = await key(city, "dpmptsp", "corrections:write", "corrections:approve", "index:live")
    chief = await key(city, "dpmptsp", "corrections:approve")

    made = await call(city, "", officer, WISH)
    assert (made.status_code, made.json()["state"]) == (201, "proposed"), made.text
    correction = made.json()["id"]
    told = await effect_of(city, correction, officer)
    assert (told["state"], told["effect"]["answers"]) == ("proposed", 10)
    assert (await city.index())["n"] == 12

    own = await call(city, f"/{correction}/approval", officer)
    assert (own.status_code, own.json()["code"]) == (403, "same_person")
    agreed = await call(city, f"/{correction}/approval", chief)
    assert (agreed.status_code, agreed.json()["state"]) == (200, "in_force")
    await city.counted(2)

    ended = await call(city, f"/{correction}/lift", chief, {"reason": "Diperiksa, tidak apa"})
    assert (ended.status_code, ended.json()["state"]) == (200, "lifted"), ended.text
    await city.counted(12)
    assert (await effect_of(city, correction, officer))["state"] == "lifted"


async def test_an_agency_withdraws_one_of_its_answers_and_moves_others(city: Rancak) -> None:
    officer = await key(city, "dpmptsp", "corrections:write")
    mine = answer(service="dpmptsp.siup")
    assert (await city.post(mine)).status_code == 202
    await city.counted(13)
    wish = {
        "action": "withdraw",
        "slice": {"service": "dpmptsp.siup"},
        "event": mine["id"],
        "reason": "Warga mencabut jawabannya",
    }

    assert (await call(city, "", officer, wish)).json()["state"] == "in_force"
    await city.counted(12)

    moved = await call(city, "", officer, {**WISH, "action": "move", "target": "dpmptsp.siup"})
    await call(city, f"/{moved.json()['id']}/approval", city.admin_key)
    await city.counted(12, "service:dpmptsp.siup")


async def test_another_agencys_answers_and_corrections_cannot_be_told_from_none(
    city: Rancak,
) -> None:
    officer = await key(city, "dpmptsp", "corrections:write")
    stranger = await key(city, "disdukcapil", "corrections:write", "corrections:approve")
    correction = (await call(city, "", officer, WISH)).json()["id"]

    for path, body in (
        ("", WISH),
        ("", {**WISH, "slice": {"service": "dpmptsp.unknown"}}),
        (f"/{correction}/approval", None),
        ("/c0-999/approval", None),
        ("/nonsense/approval", None),
        (f"/{correction}/lift", {"reason": "Tidak ada alasan"}),
    ):
        refused = await call(city, path, stranger, body)
        assert refused.status_code == 404, (path, refused.text)
    assert (await call(city, f"/{correction}/approval", officer)).status_code == 403
    assert (await call(city, "", stranger.replace("rk_live", "rk_test"), WISH)).status_code == 401


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"action": "delete"}, "/action", "not_allowed"),
        ({"reason": "kurang"}, "/reason", "invalid_length"),
        ({"reason": "a bidi \u202e override"}, "/reason", "forbidden_character"),
        ({"target": "dpmptsp.siup"}, "/target", "not_allowed"),
        ({"action": "move"}, "/target", "missing_field"),
        ({"action": "move", "target": "disdukcapil.ktp"}, "/target", "another_agency"),
        ({"action": "withdraw"}, "/event", "missing_field"),
        ({"slice": {**SLICE, "hours": 3}}, "/slice", "unknown_field"),
        (
            {
                "slice": {
                    **SLICE,
                    "since": "2026-01-02T00:00:00Z",
                    "until": "2026-01-02T00:00:00Z",
                }
            },
            "/slice/until",
            "ends_before_it_begins",
        ),
    ],
)
async def test_what_is_wrong_with_a_wish_is_named(
    rancak: Rancak, change: dict[str, Any], pointer: str, code: str
) -> None:
    refused = await call(rancak, "", rancak.admin_key, {**WISH, **change})

    assert refused.status_code == 422, refused.text
    assert {"pointer": pointer, "code": code} in refused.json()["errors"]
