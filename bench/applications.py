"""Simulated applications: lives of permits as events, in random order, some of them sent twice."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from bench.city import AGENCIES, BATCH, PLACE, SERVICES

PROMISED = {"number": 5, "unit": "working_days", "starts": "registered", "pauses": ["fee_due"]}
TWICE = 0.05
_WIB = timezone(timedelta(hours=7))
_BEGIN = datetime(2026, 1, 5, 8, tzinfo=_WIB)
_DAYS = 250
_STAGES = ("in_verification", "technical_review", "awaiting_signature")

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one agency, in one request."""

    agency: str
    events: int
    body: bytes


def promised_services() -> Sequence[str]:
    """Every second service has promised its time."""
    return SERVICES[::2]


def stories(number: int, seed: int = 417) -> Iterator[list[Event]]:
    """The events of so many applications, each life in its order, six events as a rule."""
    draw = random.Random(seed)
    for each in range(number):
        yield _life(draw, f"P{each:06}", draw.choice(SERVICES))


def batches(told: Sequence[Event], seed: int = 417) -> list[Batch]:
    """All events in random order, packed by agency; some batches come twice."""
    draw = random.Random(seed)
    shuffled = list(told)
    draw.shuffle(shuffled)
    by_agency: dict[str, list[Event]] = {agency: [] for agency in AGENCIES}
    for event in shuffled:
        by_agency[event["source"].removeprefix("/agencies/")].append(event)
    made = [
        Batch(agency, len(part), msgspec.json.encode(part))
        for agency, events in by_agency.items()
        for start in range(0, len(events), BATCH)
        if (part := events[start : start + BATCH])
    ]
    made += draw.sample(made, int(len(made) * TWICE))
    draw.shuffle(made)
    return made


def _life(draw: random.Random, reference: str, service: str) -> list[Event]:
    steps: list[tuple[str, dict[str, Any]]] = [("submitted", {}), ("registered", {})]
    steps += [("moved", {"stage": stage}) for stage in _STAGES[: draw.randrange(1, 4)]]
    if draw.random() < 0.3:
        steps += [("paused", {"reason": draw.choice(("awaiting_applicant", "fee_due"))})]
        steps += [("resumed", {})]
    if draw.random() < 0.9:
        steps.append((draw.choices(("issued", "rejected", "withdrawn"), (90, 7, 3))[0], {}))
    moment = _BEGIN + timedelta(days=draw.randrange(_DAYS), minutes=draw.randrange(420))
    told = []
    for kind, data in steps:
        told.append(_event(kind, moment, reference, service, data))
        moment += timedelta(hours=draw.choice((1, 4, 20, 45)), minutes=draw.randrange(60))
    return told


def _event(
    kind: str, moment: datetime, reference: str, service: str, data: dict[str, Any]
) -> Event:
    return {
        "specversion": "1.0",
        "id": f"{reference}-{kind}-{moment.astimezone(UTC):%m%d%H%M}",
        "source": f"/agencies/{service.partition('.')[0]}",
        "type": f"id.rancak.application.{kind}.v1",
        "time": moment.isoformat(),
        "data": {"reference": reference, "service": service, "place": PLACE, **data},
    }
