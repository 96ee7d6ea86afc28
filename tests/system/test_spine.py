"""The whole path: an agency's POST becomes an exact public figure."""

from tests.events import answer
from tests.running import Rancak


async def test_an_accepted_answer_moves_the_public_index(rancak: Rancak) -> None:
    await rancak.register("dpmptsp", "nib")

    posted = await rancak.post(answer(service="dpmptsp.nib", score=3))

    assert posted.status_code == 202
    assert posted.json()["results"][0]["status"] == "accepted"
    await rancak.counted(1, "service:dpmptsp.nib")
    assert (await rancak.index("service:dpmptsp.nib"))["index"] == "75.00"
