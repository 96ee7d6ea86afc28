"""Deliveries on a real database to real receivers: signed, repeated with the same id, recorded."""

import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from services.notify.delivery.courier import Pace
from services.notify.store import tenancy
from shared.contracts.cloudevent import new_event
from shared.contracts.figures import INDEX_CHANGED
from tests.notifying import Notifying, attempt_log, changed, subscribe
from tests.receivers import hang, receiver, status
from tests.waiting import wait_until

SCOPES = ("subscriptions:write",)


def states(deliveries: list[dict[str, object]]) -> list[object]:
    return [delivery["state"] for delivery in deliveries]


def statuses(delivery: dict[str, object]) -> list[object]:
    attempts = delivery["attempts"]
    assert isinstance(attempts, list)
    return [attempt.get("status", attempt.get("error")) for attempt in attempts]


async def test_an_event_reaches_its_subscriber_signed_and_whole(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", *SCOPES)
    async with receiver() as to, notify.courier.running(), notify.http(key) as http:
        made = await subscribe(http, to.url, scope="agency:dpmptsp")
        await notify.publish(changed("dpmptsp.nib", n=7, correlation="req-00000001"))
        await wait_until(lambda: bool(to.received), "the webhook")

        [request] = to.received
        verified = Webhook(made["secret"]).verify(request.body, request.headers)
        assert verified["data"]["n"] == 7
        assert (verified["stream"], verified["sequence"]) == ("figures", 1)
        assert len(verified["chain"]) == 64
        assert request.headers["content-type"].startswith("application/cloudevents+json")
        assert request.headers["x-correlation-id"] == "req-00000001"

        async def delivered() -> bool:
            return states(await attempt_log(http, made["id"])) == ["delivered"]

        await wait_until(delivered, "the record")
        [delivery] = await attempt_log(http, made["id"])
        assert delivery["webhook_id"] == request.webhook_id
        assert statuses(delivery) == [204]


async def test_a_delivery_is_repeated_with_the_same_id_and_body_until_it_succeeds(
    notify: Notifying,
) -> None:
    key = await notify.key("dpmptsp", *SCOPES)
    answers = [status(500), status(302, Location="http://127.0.0.1:1/"), status(200)]
    async with receiver(*answers) as to, notify.courier.running(), notify.http(key) as http:
        made = await subscribe(http, to.url)
        await notify.publish(changed())
        await wait_until(lambda: len(to.received) == 3, "the third attempt")

        assert len(set(to.ids)) == 1
        assert len({request.body for request in to.received}) == 1
        for request in to.received:
            Webhook(made["secret"]).verify(request.body, request.headers)

        async def delivered() -> bool:
            return states(await attempt_log(http, made["id"])) == ["delivered"]

        await wait_until(delivered, "the record")
        assert statuses((await attempt_log(http, made["id"]))[0]) == [500, 302, 200]
        assert (await http.get(f"/v1/subscriptions/{made['id']}")).json()["failing_since"] is None


async def test_the_same_run_applied_again_delivers_nothing_again(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", *SCOPES)
    async with receiver() as to, notify.courier.running(), notify.http(key) as http:
        made = await subscribe(http, to.url)
        run = await notify.publish(changed(n=1), changed(n=2))
        await notify.applier.apply("figures", [run])
        await notify.publish(changed(n=3))
        await wait_until(lambda: len(to.received) == 3, "all three")

        assert sorted(json.loads(request.body)["data"]["n"] for request in to.received) == [1, 2, 3]
        assert len(await attempt_log(http, made["id"])) == 3


async def test_only_what_a_subscription_watches_is_delivered(notify: Notifying) -> None:
    platform = await notify.key(None, "admin")
    async with receiver() as to, receiver() as city, notify.courier.running():
        async with notify.http(platform) as http:
            await subscribe(http, to.url, scope="service:dpmptsp.nib")
            await subscribe(http, city.url)
        await notify.publish(changed("dpmptsp.siup"), changed("rsud.igd"), changed("dpmptsp.nib"))
        await wait_until(lambda: len(city.received) == 3, "the city's")
        await wait_until(lambda: len(to.received) == 1, "the service's")

    assert [json.loads(request.body)["data"]["service"] for request in to.received] == [
        "dpmptsp.nib"
    ]


async def test_a_place_is_watched_through_the_places_that_an_event_names(
    notify: Notifying,
) -> None:
    platform = await notify.key(None, "admin")

    def at(*places: str) -> bytes:
        data = {"service": "dpmptsp.nib", "places": places}
        return new_event(
            event_type=INDEX_CHANGED,
            event_id="any",
            source="/scoring",
            time=datetime.now(UTC),
            data=data,
        )

    async with receiver() as to, notify.courier.running(), notify.http(platform) as http:
        made = await subscribe(http, to.url, scope="place:mpp")
        await notify.publish(at("online"), at("online", "mpp"), at("mpp", "mpp"), at())
        await wait_until(lambda: len(to.received) == 2, "what happened there")

        assert len(await attempt_log(http, made["id"])) == 2


async def test_an_agency_gets_nothing_of_another_agency(notify: Notifying) -> None:
    own, other = await notify.key("dpmptsp", *SCOPES), await notify.key("rsud", *SCOPES)
    async with receiver() as mine, receiver() as theirs, notify.courier.running():
        async with notify.http(own) as http:
            await subscribe(http, mine.url, scope="city")
        async with notify.http(other) as http:
            await subscribe(http, theirs.url, scope="place:mpp")
            await subscribe(http, theirs.url, scope=None)
        await notify.publish(changed("rsud.igd"), changed("dpmptsp.nib"))
        await wait_until(lambda: len(mine.received) == len(theirs.received) == 1, "one each")

    assert json.loads(mine.received[0].body)["data"]["agency"] == "dpmptsp"
    assert json.loads(theirs.received[0].body)["data"]["agency"] == "rsud"


async def test_what_happened_before_a_subscription_is_not_sent_to_it(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", *SCOPES)
    async with receiver() as to, notify.courier.running(), notify.http(key) as http:
        await notify.publish(changed(n=1))
        await subscribe(http, to.url)
        await notify.publish(
            changed(n=2, time=datetime.now(UTC) - timedelta(hours=1)), changed(n=3)
        )
        await wait_until(lambda: bool(to.received), "the webhook")

    assert [json.loads(request.body)["data"]["n"] for request in to.received] == [3]


async def test_gone_disables_the_subscription_and_ends_what_waits(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", *SCOPES)
    async with receiver(status(410)) as to, notify.courier.running(), notify.http(key) as http:
        made = await subscribe(http, to.url)
        await notify.publish(*(changed(n=n) for n in range(6)))

        async def disabled() -> bool:
            found = (await http.get(f"/v1/subscriptions/{made['id']}")).json()
            return (found["state"], found["reason"]) == ("disabled", "gone")

        await wait_until(disabled, "the subscription to be disabled")
        await wait_until(lambda: not to.at_once, "the receiver to rest")
        await notify.housekeeper.tidy()

        async def all_failed() -> bool:
            found = await attempt_log(http, made["id"])
            return [(one["state"], one["reason"]) for one in found] == [("failed", "gone")] * 6

        await wait_until(all_failed, "every delivery to be failed with its reason")
        sent = len(to.received)
        await notify.publish(changed(n=7))
        assert len(await attempt_log(http, made["id"])) == 6
        assert len(to.received) == sent <= 4


async def test_five_days_of_only_failures_disable_and_one_success_forgives(
    notify: Notifying,
) -> None:
    unhurried = Notifying(notify.engine, now=notify.now, pace=Pace(poll_s=0.05))
    key = await notify.key("dpmptsp", *SCOPES)
    answers = [status(500), status(500), status(200), status(500), status(500)]
    async with receiver(*answers) as to, unhurried.courier.running(), notify.http(key) as http:
        made = await subscribe(http, to.url)

        async def after(days: float, attempts: int) -> str:
            notify.now.forward(days=days)
            await wait_until(lambda: len(to.received) == attempts, f"attempt {attempts}")
            await wait_until(nothing_is_open, "the outcome")
            return str((await http.get(f"/v1/subscriptions/{made['id']}")).json()["state"])

        async def nothing_is_open() -> bool:
            return "sending" not in states(await attempt_log(http, made["id"]))

        await notify.publish(changed(n=1, time=notify.now()))
        assert await after(0, 1) == "active"
        assert await after(4.9, 2) == "active"
        assert await after(0.2, 3) == "active"  # that one succeeded
        await notify.publish(changed(n=2, time=notify.now()))
        assert await after(0, 4) == "active"
        assert await after(5.1, 5) == "disabled"
        found = (await http.get(f"/v1/subscriptions/{made['id']}")).json()
        assert found["reason"] == "only_failures"

        resumed = await http.patch(f"/v1/subscriptions/{made['id']}", json={"state": "active"})
        assert resumed.json()["state"] == "active"
        assert resumed.json()["failing_since"] is None


async def test_after_ten_failures_a_delivery_stands_in_the_log_with_its_reason(
    notify: Notifying,
) -> None:
    hurried = Notifying(notify.engine, pace=Pace(poll_s=0.05, scale=1e-6))
    key = await notify.key("dpmptsp", *SCOPES)
    async with receiver(status(500)) as to, hurried.courier.running(), notify.http(key) as http:
        made = await subscribe(http, to.url)
        await notify.publish(changed())

        async def failed() -> bool:
            return states(await attempt_log(http, made["id"])) == ["failed"]

        await wait_until(failed, "the delivery to be given up")
        [delivery] = await attempt_log(http, made["id"])

    assert delivery["reason"] == "status_500"
    assert statuses(delivery) == [500] * 10
    assert len(to.received) == 10


async def test_retry_after_is_obeyed(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", *SCOPES)
    answers = [status(503, Retry_After="3600"), status(200)]
    async with receiver(*answers) as to, notify.courier.running(), notify.http(key) as http:
        made = await subscribe(http, to.url)
        await notify.publish(changed())

        async def waits() -> bool:
            return states(await attempt_log(http, made["id"])) == ["waiting"] and bool(to.received)

        await wait_until(waits, "the answer to be recorded")
        [delivery] = await attempt_log(http, made["id"])
        due = datetime.fromisoformat(str(delivery["due"]))

    assert timedelta(minutes=59) < due - datetime.now(UTC) < timedelta(minutes=61)


async def test_a_replay_is_a_new_attempt_with_the_same_id_and_body(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", *SCOPES)
    async with receiver() as to, notify.courier.running(), notify.http(key) as http:
        made = await subscribe(http, to.url)
        await notify.publish(changed())

        async def delivered(attempts: int) -> bool:
            [delivery] = await attempt_log(http, made["id"])
            return statuses(delivery) == [204] * attempts

        await wait_until(lambda: delivered(1), "the first delivery")
        [delivery] = await attempt_log(http, made["id"])
        path = f"/v1/subscriptions/{made['id']}/deliveries/{delivery['id']}/replay"
        answer = await http.post(path)
        assert answer.status_code == 202
        assert answer.json()["id"] == delivery["id"]
        await wait_until(lambda: delivered(2), "the second attempt")

    first, second = to.received
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)
    Webhook(made["secret"]).verify(second.body, second.headers)


async def test_a_test_event_is_delivered_like_any_other_and_to_nobody_else(
    notify: Notifying,
) -> None:
    key = await notify.key("dpmptsp", *SCOPES)
    async with (
        receiver() as to,
        receiver() as beside,
        notify.courier.running(),
        notify.http(key) as http,
    ):
        made = await subscribe(http, to.url)
        await subscribe(http, beside.url)
        for _ in range(2):
            assert (await http.post(f"/v1/subscriptions/{made['id']}/test")).status_code == 202
        await wait_until(lambda: len(to.received) == 2, "the test events")

    for request in to.received:
        event = Webhook(made["secret"]).verify(request.body, request.headers)
        assert event["type"] == "id.rancak.subscription.tested.v1"
    assert len(set(to.ids)) == 2
    assert not beside.received


async def test_a_paused_subscription_collects_and_sends_once_resumed(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", *SCOPES)
    async with (
        receiver() as to,
        receiver() as beside,
        notify.courier.running(),
        notify.http(key) as http,
    ):
        made = await subscribe(http, to.url)
        await subscribe(http, beside.url)
        await http.patch(f"/v1/subscriptions/{made['id']}", json={"state": "paused"})
        await notify.publish(changed(n=1), changed(n=2))
        await wait_until(lambda: len(beside.received) == 2, "the other's")
        assert states(await attempt_log(http, made["id"])) == ["waiting", "waiting"]
        assert not to.received

        await http.patch(f"/v1/subscriptions/{made['id']}", json={"state": "active"})
        await wait_until(lambda: len(to.received) == 2, "what had been collected")


async def test_hanging_receivers_delay_nobody_else(notify: Notifying) -> None:
    key = await notify.key(None, "admin")
    async with AsyncExitStack() as stack, receiver() as quick, notify.http(key) as http:
        stuck = [await stack.enter_async_context(receiver(hang)) for _ in range(10)]
        for one in stuck:
            await subscribe(http, one.url)
            await subscribe(http, one.url)
        await subscribe(http, quick.url)
        async with notify.courier.running():
            started = datetime.now(UTC)
            await notify.publish(*(changed(n=n) for n in range(50)))
            await wait_until(lambda: len(quick.received) == 50, "all of the quick one's")
            took = datetime.now(UTC) - started

    assert took < timedelta(seconds=notify.deadline_s)
    assert [one.most_at_once for one in stuck] == [2] * 10


async def test_a_tenant_with_a_long_queue_leaves_places_for_others(notify: Notifying) -> None:
    crowded, other = await notify.key("dpmptsp", *SCOPES), await notify.key("rsud", *SCOPES)
    async with receiver(hang) as stuck, receiver() as quick:
        async with notify.http(crowded) as http:
            for number in range(150):
                await subscribe(http, f"{stuck.url}/{number}")
        async with notify.http(other) as http:
            await subscribe(http, quick.url)
        async with notify.courier.running():
            await notify.publish(changed("dpmptsp.nib"))
            await wait_until(lambda: stuck.at_once >= 64, "the crowd to take its places")
            await notify.publish(changed("rsud.igd"))
            started = datetime.now(UTC)
            await wait_until(lambda: bool(quick.received), "the other tenant's")
            assert datetime.now(UTC) - started < timedelta(seconds=1)

    assert stuck.most_at_once == 64


async def test_two_couriers_send_each_delivery_once_and_keep_the_limit(notify: Notifying) -> None:
    second = Notifying(notify.engine)
    key = await notify.key(None, "admin")
    async with receiver() as to, notify.http(key) as http:
        made = await subscribe(http, to.url)
        async with notify.courier.running(), second.courier.running():
            await notify.publish(*(changed(n=n) for n in range(100)))
            await wait_until(lambda: len(to.received) >= 100, "all")

            async def recorded() -> bool:
                answer = await http.get(f"/v1/subscriptions/{made['id']}/deliveries?limit=100")
                return states(answer.json()["items"]) == ["delivered"] * 100

            await wait_until(recorded, "the record")

    assert len(set(to.ids)) == len(to.ids) == 100
    assert to.most_at_once <= 2
    second.resolver.close()


@pytest.mark.parametrize("table", ["subscription", "delivery", "attempt"])
async def test_nothing_of_any_tenant_is_visible_before_a_transaction_says_for_whom(
    notify: Notifying, table: str
) -> None:
    key = await notify.key("dpmptsp", *SCOPES)
    async with receiver() as to, notify.courier.running(), notify.http(key) as http:
        await subscribe(http, to.url)
        await notify.publish(changed())
        await wait_until(lambda: bool(to.received), "the webhook")

    count = text(f"SELECT count(*) FROM {table}")
    async with notify.engine.begin() as connection:
        assert await connection.scalar(count) == 0
        await tenancy.enter(connection, "rsud")
        assert await connection.scalar(count) == 0
        await tenancy.enter(connection, "")
        assert await connection.scalar(count) == 0
        await tenancy.enter(connection, "dpmptsp")
        assert await connection.scalar(count) == 1


async def test_what_is_old_is_forgotten_with_its_deliveries(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", *SCOPES)
    async with receiver() as to, notify.courier.running(), notify.http(key) as http:
        made = await subscribe(http, to.url)
        await notify.publish(changed())
        await wait_until(lambda: bool(to.received), "the webhook")
        await notify.housekeeper.tidy()
        assert len(await attempt_log(http, made["id"])) == 1

        notify.now.forward(days=8)
        await notify.housekeeper.tidy()
        assert await attempt_log(http, made["id"]) == []


async def test_a_deleted_subscription_leaves_nothing_behind(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", *SCOPES)
    async with receiver() as to, notify.courier.running(), notify.http(key) as http:
        made = await subscribe(http, to.url)
        await notify.publish(changed())
        await wait_until(lambda: bool(to.received), "the webhook")
        assert (await http.delete(f"/v1/subscriptions/{made['id']}")).status_code == 204
        assert (await http.get(f"/v1/subscriptions/{made['id']}")).status_code == 404
        await notify.publish(changed(n=2))
        await notify.housekeeper.tidy()

    async with notify.engine.begin() as connection:
        await tenancy.enter_all(connection)
        for table in ("subscription", "delivery", "attempt"):
            assert await connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    assert len(to.received) == 1
