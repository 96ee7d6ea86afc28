"""One event of every version as a log somewhere holds it: it must be readable for ever.

A sample is written once. Contracts only grow; what a version gained later stands in a further
sample (`<type>~2.json`); a change of meaning is a new version.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cloudevents.core.formats.json import JSONFormat

from shared.contracts import applications, complaints, feedback
from shared.contracts.catalogue import EVENTS, EXTENSIONS, INCOMING
from shared.contracts.cloudevent import Stored

FOLDER = Path(__file__).parent / "samples"
CONTRACTS = {name: data for topic in EVENTS.values() for name, data in topic.items()}
# Lines are added here, never changed: whoever edits a sample lets old logs go unread.
DIGESTS = {
    "id.rancak.agency.registered.v1": "8c477109cc7bca73",
    "id.rancak.agency.registered.v1~2": "c32e96ca4f1c3759",
    "id.rancak.alert.cleared.v1": "9f643fb695c2a229",
    "id.rancak.alert.cleared.v1~2": "4a37f78ac029830b",
    "id.rancak.alert.raised.v1": "73ea0320ee074297",
    "id.rancak.alert.raised.v1~2": "4f43b4e6eddda712",
    "id.rancak.alert.updated.v1": "0c943dd9dd9ebeb5",
    "id.rancak.application.invited.v1": "f9d96dcc89c5651f",
    "id.rancak.application.issued.v1": "b274e81ec1b25e74",
    "id.rancak.application.moved.v1": "00a765e497afc748",
    "id.rancak.application.paused.v1": "49a7123317d8c834",
    "id.rancak.application.registered.v1": "3338ba3a8ba6b266",
    "id.rancak.application.rejected.v1": "5fa05f89d50579a0",
    "id.rancak.application.resumed.v1": "4426f27eb3ccb5ed",
    "id.rancak.application.returned.v1": "1cda8faafb4b2134",
    "id.rancak.application.submitted.v1": "b5cd5e319c3f8bcb",
    "id.rancak.application.withdrawn.v1": "6677197d50949752",
    "id.rancak.complaint.answered.v1": "d65a030cfeeab806",
    "id.rancak.complaint.closed.v1": "7781a6ed448114c5",
    "id.rancak.complaint.filed.v1": "1ea3fbe454904cd4",
    "id.rancak.complaint.forwarded.v1": "b7c7a6e150bc5f72",
    "id.rancak.complaint.reopened.v1": "b45a92d9a8a4488a",
    "id.rancak.complaint.verified.v1": "995e3209a72d56e7",
    "id.rancak.correction.approved.v1": "3120abfcc435c6fd",
    "id.rancak.correction.lifted.v1": "d7d693c5a69bb090",
    "id.rancak.correction.proposed.v1": "a9e0d6b292ee35d3",
    "id.rancak.feedback.aggregated.v1": "6151813ff8c38345",
    "id.rancak.feedback.submitted.v1": "aec32c1dd2a048b2",
    "id.rancak.feedback.submitted.v1~2": "ca6c48816f86f421",
    "id.rancak.figure.published.v1": "ff54d2558539cf67",
    "id.rancak.index.changed.v1": "291eee4c054a4997",
    "id.rancak.index.corrected.v1": "1299a85098c3b7fd",
    "id.rancak.key.issued.v1": "17b43c8713267922",
    "id.rancak.key.revoked.v1": "1345b1457ed60c6c",
    "id.rancak.period.closed.v1": "ea2608cef43b9946",
    "id.rancak.place.registered.v1": "969311662278e6e8",
    "id.rancak.place.registered.v1~2": "14b9a44f900ef5a6",
    "id.rancak.questionnaire.published.v1": "1ab6367269ac7737",
    "id.rancak.service.registered.v1": "c67a9f3c9b85eb5d",
    "id.rancak.service.registered.v1~2": "c3e9b69d2d084747",
    "id.rancak.standard.published.v1": "23edaf7c019a2192",
}


def sample(event_type: str) -> bytes:
    return (FOLDER / f"{event_type}.json").read_bytes()


def contract_of(name: str) -> Any:
    """What reads a sample, by its name."""
    return CONTRACTS[name.partition("~")[0]]


def test_every_event_version_has_a_sample_that_was_never_edited() -> None:
    digests = {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in FOLDER.glob("*.json")
    }

    assert digests == DIGESTS
    assert digests.keys() >= CONTRACTS.keys()


@pytest.mark.parametrize("name", DIGESTS)
def test_a_sample_is_read_by_its_contract_with_nothing_lost(name: str) -> None:
    event = json.loads(sample(name))

    read: object = msgspec.convert(event["data"], contract_of(name), strict=True)

    assert json.loads(msgspec.json.encode(read)) == event["data"]


@pytest.mark.parametrize("event_type", CONTRACTS)
def test_the_samples_show_every_member_of_their_data(event_type: str) -> None:
    # Comments and texts are sealed apart from the log.
    samples = [name for name in DIGESTS if name.partition("~")[0] == event_type]
    shown = {name for each in samples for name in names_in(json.loads(sample(each))["data"])}

    assert members_of(CONTRACTS[event_type]) - shown <= {"comment", "text"}


@pytest.mark.parametrize("name", DIGESTS)
def test_a_sample_is_an_event_for_the_plumbing_and_for_the_sdk(name: str) -> None:
    raw = sample(name)

    stored = msgspec.json.decode(raw, type=Stored)
    event = JSONFormat().read(None, raw)

    assert stored.type == event.get_type() == name.partition("~")[0]
    assert (stored.id, stored.source) == (event.get_id(), event.get_source())
    assert stored.correlationid == event.get_extension("correlationid")
    assert event.get_data() == json.loads(raw)["data"]


BY_PLATFORM = {applications.INVITED}


@pytest.mark.parametrize(
    "event_type",
    [
        feedback.SUBMITTED,
        *complaints.TYPES,
        *sorted(EVENTS[applications.TOPIC].keys() - BY_PLATFORM),
    ],
)
def test_what_an_agency_sent_is_still_accepted_without_what_intake_added(event_type: str) -> None:
    event = json.loads(sample(event_type))
    sent = {name: value for name, value in event.items() if name not in EXTENSIONS}

    read: object = msgspec.convert(sent, INCOMING, strict=True)

    assert json.loads(msgspec.json.encode(read)) == sent
    assert event.keys() - sent.keys() >= {"day", "correlationid"}


def names_in(value: Any) -> set[str]:
    """The names of all members, also of those inside."""
    if isinstance(value, list):
        return set().union(*map(names_in, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(names_in(inner) for inner in value.values()))


def members_of(contract: Any) -> set[str]:
    """The names of all members that a contract has, also of those inside."""
    schemas = msgspec.json.schema(contract)["$defs"].values()
    return {name for schema in schemas for name in schema.get("properties", {})}
