"""The CloudEvents project's own SDK judges both directions: what it sends and what it reads."""

import json
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

import httpx
from cloudevents.core.bindings.http import (
    HTTPMessage,
    from_http_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from services.intake.api.cloudevents import BATCH
from tests.events import answer
from tests.running import SERVICE_KEY, Rancak, bearer

JAKARTA = timezone(timedelta(hours=7))
TIMES = (datetime.now(UTC), datetime.now(JAKARTA).replace(microsecond=0))


def new_event(event_id: str, *, time: datetime = TIMES[0]) -> CloudEvent:
    """An event as an agency's program would build it with the SDK."""
    sent = answer(event_id=event_id, data_respondent={"sex": "female", "age": 34})
    data = sent.pop("data")
    return CloudEvent({**sent, "time": time, "subject": "loket 2"}, data)


def in_a_batch(events: list[CloudEvent]) -> HTTPMessage:
    """The SDK knows the format of each event, but has no batch mode of its own."""
    body = b"[" + b",".join(JSONFormat().write(event) for event in events) + b"]"
    return HTTPMessage({"content-type": BATCH}, body)


async def post(rancak: Rancak, message: HTTPMessage) -> list[dict[str, object]]:
    """What became of the events of a message."""
    posted = await rancak.http.post(
        f"{rancak.urls['intake']}/v1/events",
        content=message.body,
        headers={**message.headers, **bearer(rancak.keys["dpmptsp"])},
    )
    assert posted.status_code == 202, posted.text
    return list(posted.json()["results"])


async def read_back(rancak: Rancak, event_id: str) -> CloudEvent:
    """An event that the agency asks for, as the SDK reads the answer."""
    found = await rancak.http.get(
        httpx.URL(f"{rancak.urls['intake']}/v1/events/{quote(event_id, safe='')}"),
        headers=bearer(rancak.keys["dpmptsp"]),
    )
    assert found.status_code == 200, found.text
    return as_sdk_event(HTTPMessage(dict(found.headers), found.content))


def as_sdk_event(message: HTTPMessage) -> CloudEvent:
    event = from_http_event(message)
    assert isinstance(event, CloudEvent)
    return event


def assert_same(read: CloudEvent, sent: CloudEvent) -> None:
    """Whatever was sent is there; more may be added."""
    assert read.get_data() == sent.get_data()
    assert read.get_attributes().items() >= sent.get_attributes().items()


async def test_every_mode_of_the_sdk_is_accepted_and_read_back(rancak: Rancak) -> None:
    await rancak.register()
    structured, binary = new_event("satu"), new_event("dua/2026 é%25", time=TIMES[1])
    batched = [new_event(f"tiga-{number}", time=TIMES[number % 2]) for number in range(3)]

    results = [
        *await post(rancak, to_structured_event(structured)),
        *await post(rancak, to_binary_event(binary)),
        *await post(rancak, in_a_batch(batched)),
    ]

    sent = [structured, binary, *batched]
    assert [(each["id"], each["status"]) for each in results] == [
        (event.get_id(), "accepted") for event in sent
    ]
    for event in sent:
        assert_same(await read_back(rancak, event.get_id()), event)


async def test_an_event_is_the_same_in_every_mode(rancak: Rancak) -> None:
    await rancak.register()
    event = new_event("SKM/001 é")

    first = await post(rancak, to_binary_event(event))
    again = await post(rancak, to_structured_event(event))
    batched = await post(rancak, in_a_batch([event]))

    assert again == batched == [first[0] | {"status": "duplicate"}]


async def test_every_line_of_every_feed_is_an_event_for_the_sdk(rancak: Rancak) -> None:
    await rancak.register()
    sent = new_event("satu")
    await post(rancak, to_structured_event(sent))
    await rancak.counted(1)

    feeds = {name: await feed(rancak, name) for name in ("registry", "feedback.0")}

    assert len(feeds["registry"]) >= 4
    assert_same(feeds["feedback.0"][0], sent)
    for name, events in feeds.items():
        places = [(each.get_extension("stream"), each.get_extension("sequence")) for each in events]
        assert places == [(name, number) for number in range(1, len(events) + 1)]


async def feed(rancak: Rancak, stream: str) -> list[CloudEvent]:
    """A stream of intake's log, each line read by the SDK as the event it says it is."""
    read = await rancak.http.get(
        f"{rancak.urls['intake']}/v1/log/{stream}", headers=bearer(SERVICE_KEY)
    )
    assert read.status_code == 200, read.text
    headers = {"content-type": JSONFormat().get_content_type()}
    events = [as_sdk_event(HTTPMessage(headers, line)) for line in read.content.splitlines()]
    assert [json.loads(line)["id"] for line in read.content.splitlines()] == [
        event.get_id() for event in events
    ]
    return events
