"""What an application is, worked out slowly: an independent judge of states, deadlines, figures.

It reads posted events as plain dicts (with their `sequence`), walks through time day by day or
minute by minute, and imports nothing of the product. It knows the year 2026 by heart.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Event = Mapping[str, Any]
Pause = tuple[datetime, datetime | None, str]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
JAKARTA = ZoneInfo("Asia/Jakarta")
DECISIONS = ("issued", "rejected", "withdrawn")
ASKS = {"awaiting_applicant", "fee_due"}
FICTION_SINCE = date(2025, 6, 5)  # PP 28/2025

# SKB 1497/2025, 2/2025 and 5/2025 of the ministers of religion, of manpower, and of PANRB.
HOLIDAYS_2026 = {
    date(2026, 1, 1): "Tahun Baru Masehi",
    date(2026, 1, 16): "Isra Mikraj",
    date(2026, 2, 17): "Imlek",
    date(2026, 3, 19): "Nyepi",
    date(2026, 3, 21): "Idulfitri",
    date(2026, 3, 22): "Idulfitri",
    date(2026, 4, 3): "Wafat Yesus Kristus",
    date(2026, 4, 5): "Paskah",
    date(2026, 5, 1): "Hari Buruh",
    date(2026, 5, 14): "Kenaikan Yesus Kristus",
    date(2026, 5, 27): "Iduladha",
    date(2026, 5, 31): "Waisak",
    date(2026, 6, 1): "Hari Lahir Pancasila",
    date(2026, 6, 16): "1 Muharam",
    date(2026, 8, 17): "Kemerdekaan",
    date(2026, 8, 25): "Maulid Nabi",
    date(2026, 12, 25): "Natal",
}
JOINT_LEAVE_2026 = {
    date(2026, 2, 16): "Imlek",
    date(2026, 3, 18): "Nyepi",
    date(2026, 3, 20): "Idulfitri",
    date(2026, 3, 23): "Idulfitri",
    date(2026, 3, 24): "Idulfitri",
    date(2026, 5, 15): "Kenaikan Yesus Kristus",
    date(2026, 5, 28): "Iduladha",
    date(2026, 12, 24): "Natal",
}


def is_working(day: date) -> bool:
    """Monday to Friday without the days off of 2026. Refuses other years."""
    assert day.year == 2026, day
    return day.weekday() < 5 and day not in HOLIDAYS_2026 and day not in JOINT_LEAVE_2026


def is_open(moment: datetime) -> bool:
    """Whether offices work in the minute that begins at a local moment."""
    if not is_working(moment.date()):
        return False
    at = moment.hour * 60 + moment.minute
    morning_ends, evening = (690, 990) if moment.weekday() == 4 else (720, 960)
    return 450 <= at < morning_ends or 780 <= at < evening


def stood(pauses: Sequence[Pause], moment: datetime) -> bool:
    """Whether a clock stood when a moment came: it had stopped before, and not run again."""
    return any(since < moment and (until is None or moment <= until) for since, until, _ in pauses)


def deadline(
    number: int, unit: str, start: datetime, pauses: Sequence[Pause], zone: ZoneInfo = JAKARTA
) -> datetime | None:
    """The first moment that is too late; None while the clock stands."""
    if unit.endswith("days"):
        return _deadline_of_days(number, unit, start, pauses, zone)
    left, moment = number * 60, start
    while left:
        standing = [
            until
            for since, until, _ in pauses
            if since <= moment and (until is None or moment < until)
        ]
        if standing:
            if standing[0] is None:
                return None
            moment = standing[0]  # nothing runs before
            continue
        left -= unit == "hours" or is_open(moment.astimezone(zone))
        moment += MINUTE
    return moment


def _deadline_of_days(
    number: int, unit: str, start: datetime, pauses: Sequence[Pause], zone: ZoneInfo
) -> datetime | None:
    day = start.astimezone(zone).date()
    while True:
        morrow = datetime.combine(day + DAY, time(), zone)
        if number == 0 and not stood(pauses, morrow):
            return morrow
        if any(until is None and since < morrow for since, until, _ in pauses):
            return None
        day += DAY
        if not stood(pauses, morrow) and (unit == "calendar_days" or is_working(day)):
            number -= number > 0


def office_seconds(
    start: datetime, end: datetime, pauses: Sequence[Pause], zone: ZoneInfo = JAKARTA
) -> int:
    """The seconds of office hours between two moments, without those in pauses; day by day."""
    total, day = timedelta(), start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        for opens, closes in _hours_of(day, zone):
            opens, closes = max(opens, start), min(closes, end)  # noqa: PLW2901  # clipped
            total += max(timedelta(), closes - opens)
            for since, until, _ in pauses:
                total -= max(timedelta(), min(closes, until or end) - max(opens, since))
        day += DAY
    return int(total.total_seconds())


def _hours_of(day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    if is_working(day):
        noon, evening = (time(11, 30), time(16, 30)) if day.weekday() == 4 else (time(12), time(16))
        for opens, closes in ((time(7, 30), noon), (time(13), evening)):
            yield datetime.combine(day, opens, zone), datetime.combine(day, closes, zone)


def kind_of(event: Event) -> str:
    """`moved` of `id.rancak.application.moved.v1`."""
    return str(event["type"].split(".")[3])


def when(event: Event) -> datetime:
    """The business time of an event."""
    return datetime.fromisoformat(event["time"]).astimezone(UTC)


def life(events: Iterable[Event]) -> tuple[list[Event], set[tuple[int, str]]]:
    """The events that moved the state, in order, and what was flagged: (sequence, code)."""
    once = {event["sequence"]: event for event in events}.values()
    ordered = sorted(once, key=lambda event: (when(event), event["sequence"]))
    assigned = {
        event["data"].get("agency")
        for event in ordered
        if kind_of(event) == "moved" and _is_owners(event)
    }
    heard: list[Event] = []
    flags: set[tuple[int, str]] = set()
    for event in ordered:
        is_heard, codes = True, []
        if not _is_owners(event) and event["data"].get("agency") not in assigned - {None}:
            is_heard, codes = False, ["not_assigned"]
        else:
            is_heard, codes = _judged(event, heard)
        flags |= {(event["sequence"], code) for code in codes}
        if is_heard:
            heard.append(event)
    return heard, flags


def _is_owners(event: Event) -> bool:
    return bool(event["source"] == "/agencies/" + event["data"]["service"].split(".")[0])


def _judged(event: Event, before: Sequence[Event]) -> tuple[bool, list[str]]:
    """Whether an event changes anything after those before it, and what is odd about it."""
    kind, kinds = kind_of(event), [kind_of(each) for each in before]
    registered = "registered" in kinds
    handed_in = next((k for k in reversed(kinds) if k in ("submitted", "returned")), None)
    paused = open_pause(before)
    moved = [each["data"] for each in before if kind_of(each) == "moved"]
    if set(kinds) & set(DECISIONS):
        return False, ["decided_again" if kind in DECISIONS else "after_decision"]
    unregistered = [] if registered else ["not_registered"]
    if kind == "submitted":
        if registered:
            return False, ["submitted_after_registration"]
        return handed_in != "submitted", ["submitted_again"] * (handed_in == "submitted")
    if kind == "returned":
        if registered:
            return False, ["returned_after_registration"]
        return True, ["not_submitted"] * (handed_in != "submitted")
    if kind == "registered":
        never = "submitted" not in kinds
        return not registered, ["registered_again"] if registered else ["not_submitted"] * never
    if kind == "moved":
        same = bool(moved) and _stage(moved[-1]) == _stage(event["data"])
        odd = ["moved_while_paused"] * (paused is not None) + ["moved_again"] * same
        return True, unregistered + odd
    if kind == "paused":
        again = paused is not None and paused["data"]["reason"] == event["data"]["reason"]
        return registered and not again, unregistered or ["paused_again"] * again
    if kind == "resumed":
        return paused is not None, ["not_paused"] * (paused is None)
    if kind == "withdrawn":
        return True, []
    return True, unregistered + ["decided_while_paused"] * (paused is not None)


def open_pause(heard: Sequence[Event]) -> Event | None:
    """The pause that holds after these events."""
    for event in reversed(heard):
        if kind_of(event) == "paused":
            return event
        if kind_of(event) in ("resumed", "moved", *DECISIONS):
            return None
    return None


def _stage(data: Mapping[str, Any]) -> tuple[str, str]:
    return data["stage"], data.get("agency", data["service"].split(".")[0])


def pauses_of(heard: Sequence[Event], reasons: Iterable[str] = ASKS) -> list[Pause]:
    """The pauses with one of these reasons, each until the next event that ends it."""
    ends = ("paused", "resumed", "moved", *DECISIONS)
    found: list[Pause] = []
    for place, event in enumerate(heard):
        if kind_of(event) == "paused" and event["data"]["reason"] in set(reasons):
            later = (when(each) for each in heard[place + 1 :] if kind_of(each) in ends)
            found.append((when(event), next(later, None), event["data"]["reason"]))
    return found


def told_state(heard: Sequence[Event]) -> str | None:
    """The state by the events alone."""
    if not heard:
        return None
    kind, data = kind_of(heard[-1]), heard[-1]["data"]
    if kind in ("registered", "resumed"):
        stages = [each["data"]["stage"] for each in heard if kind_of(each) == "moved"]
        return str(stages[-1]) if stages else "registered"
    if kind in ("moved", "paused"):
        return str(data["stage"] if kind == "moved" else data["reason"])
    return {"returned": "returned_incomplete"}.get(kind, kind)


def judge(
    events: Iterable[Event],
    promise: Mapping[str, Any] | None,
    now: datetime,
    zone: ZoneInfo = JAKARTA,
) -> dict[str, Any]:
    """All that deadline figures need of one application at a moment.

    `promise`: number, unit, starts (`registered` | `submitted`), pauses, silence_grants.
    """
    heard, flags = life(events)
    first = {kind_of(event): when(event) for event in reversed(heard)}
    registered = first.get("registered")
    decided = next((first[kind] for kind in DECISIONS if kind in first), None)
    start = _start(heard, promise)
    pauses = pauses_of(heard, promise["pauses"] if promise else ASKS)
    due = None
    if promise and start:
        due = deadline(promise["number"], promise["unit"], start, pauses, zone)
    state, end = told_state(heard), decided or now
    if (
        _grants(promise, start, zone)
        and due
        and due <= end
        and state not in ("issued", "withdrawn")
    ):
        state, end = "deemed_granted", due
    received = first.get("submitted") or registered
    # Where no clock of a promise started, what it took counts from the registration.
    since = start or registered
    stops = pauses if start else pauses_of(heard)
    ran = office_seconds(since, end, stops, zone) // 60 if since else None
    gross = office_seconds(since, end, [], zone) // 60 if since else None
    return {
        "state": state,
        "flags": flags,
        "received_on": received.astimezone(zone).date() if received else None,
        "registered_at": registered,
        "decided_at": decided,
        "due_at": due,
        "is_late": None if not (promise and start) else due is not None and due <= end,
        "elapsed_minutes": ran,
        "paused_minutes": None if gross is None or ran is None else gross - ran,
    }


def _start(heard: Sequence[Event], promise: Mapping[str, Any] | None) -> datetime | None:
    """When the clock of the whole started: at registration, or at the submission that was kept."""
    wanted = "submitted" if promise and promise["starts"] == "submitted" else "registered"
    for event in reversed(heard):
        if kind_of(event) == wanted:
            return when(event)
        if wanted == "submitted" and kind_of(event) == "returned":
            return None
    return None


def _grants(promise: Mapping[str, Any] | None, start: datetime | None, zone: ZoneInfo) -> bool:
    if not promise or not start or not promise["silence_grants"]:
        return False
    return start.astimezone(zone).date() >= FICTION_SINCE
