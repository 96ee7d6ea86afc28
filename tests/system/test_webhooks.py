"""From an agency's POST to a signed webhook; and what happens when notify dies on the way."""

from datetime import timedelta
from uuid import uuid4

from pydantic import SecretStr
from standardwebhooks import Webhook

from shared import database
from tests.events import answer, batch
from tests.notifying import Clock, Notifying, attempt_log, subscribe
from tests.processes import processes
from tests.receivers import hang, receiver, status
from tests.running import SECRET_KEY, Rancak, bearer
from tests.waiting import wait_until


async def test_an_answer_becomes_a_signed_webhook_with_the_id_of_its_post(rancak: Rancak) -> None:
    key = await rancak.register("dpmptsp", "nib")
    subscriptions = rancak.urls["notify"] + "/v1/subscriptions"
    request_id, secrets = f"req-{uuid4().hex}", list[str]()

    async with receiver() as to:

        async def subscribed() -> bool:  # as soon as the new key has come to notify
            wish = {
                "channel": "webhook",
                "url": to.url,
                "types": ["id.rancak.index.changed.v1"],
                "scope": "agency:dpmptsp",
            }
            answered = await rancak.http.post(subscriptions, json=wish, headers=bearer(key))
            if answered.status_code == 201:
                secrets.append(answered.json()["secret"])
            return bool(secrets)

        await wait_until(subscribed, "the key to be known to notify")
        posted = await rancak.http.post(
            rancak.urls["intake"] + "/v1/events",
            content=batch(answer(service="dpmptsp.nib", score=3)),
            headers={
                **bearer(key),
                "Content-Type": "application/cloudevents+json",
                "X-Request-ID": request_id,
            },
        )
        assert posted.status_code == 202
        await wait_until(lambda: bool(to.received), "the webhook")

    [request] = to.received
    event = Webhook(secrets[0]).verify(request.body, request.headers)
    assert event["data"]["index"] == "75.00"
    assert event["correlationid"] == request_id
    assert request.headers["x-correlation-id"] == request_id


async def test_a_kill_between_attempt_and_result_repeats_with_the_same_id_and_body() -> None:
    async with (
        processes("intake", "scoring", "notify") as system,
        receiver(hang, status(204)) as to,
    ):
        key = await system.rancak.register("dpmptsp", "nib")
        engine = database.engine(system.database_urls["notify"])
        # What another replica would do once the claim of the dead one has lapsed.
        after = Notifying(
            engine, now=Clock(timedelta(seconds=31)), secret_key=SecretStr(SECRET_KEY)
        )
        async with after.http(key) as http:

            async def key_is_known() -> bool:
                return (await http.get("/v1/subscriptions")).status_code == 200

            await wait_until(key_is_known, "the key to be known to notify")
            made = await subscribe(http, to.url)
            await system.rancak.answered(1)
            await wait_until(lambda: len(to.received) == 1, "the first attempt")
            system.kill("notify")
            [delivery] = await attempt_log(http, made["id"])
            assert delivery["state"] == "sending"

            async with after.courier.running():
                await wait_until(lambda: len(to.received) == 2, "the second attempt")

            [delivery] = await attempt_log(http, made["id"])
        await after.close()

    first, second = to.received
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)
    Webhook(made["secret"]).verify(first.body, first.headers)
    attempts = delivery["attempts"]
    assert isinstance(attempts, list)
    assert [each.get("status", each.get("error")) for each in attempts] == ["unknown", 204]
    assert delivery["state"] == "delivered"
