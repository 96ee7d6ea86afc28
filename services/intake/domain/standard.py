"""A service's published standard and its versions: which one holds on a day, what changed.

Components: UU 25/2009 art. 21, PermenPANRB 15/2014; the signed promise: UU 25/2009 art. 22.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, Literal

from services.intake.domain.registry import name_fault

SEPARATOR = "|"  # stands between the name and the issuer of a requirement in a workbook's cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What an applicant must bring, and the office that issues it."""

    name: str
    issued_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The longest time from `starts` to the decision. Pauses are a set, kept in order."""

    number: int
    unit: Literal["working_days", "calendar_days", "working_hours"]
    starts: Literal["registered", "submitted"] = "registered"
    pauses: tuple[Literal["awaiting_applicant", "fee_due"], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pauses", tuple(sorted(set(self.pauses))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """Whole rupiah; 0 is free, none is "as the basis says"."""

    amount: int | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Maklumat:
    """The signed promise; `signed_by` is an office."""

    text: str
    signed_by: str
    signed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """The 14 components, the six of delivery first; an empty one was not published."""

    valid_from: date
    requirements: tuple[Requirement, ...] = ()
    procedure: tuple[str, ...] = ()
    deadline: Deadline | None = None
    fee: Fee | None = None
    product: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()
    legal_basis: tuple[str, ...] = ()
    facilities: tuple[str, ...] = ()
    competence: tuple[str, ...] = ()
    supervision: tuple[str, ...] = ()
    staff_number: tuple[str, ...] = ()
    service_guarantee: tuple[str, ...] = ()
    safety_guarantee: tuple[str, ...] = ()
    evaluation: tuple[str, ...] = ()
    maklumat: Maklumat | None = None
    reviewed_on: date | None = None
    example: bool = False


DELIVERY = ("requirements", "procedure", "deadline", "fee", "product", "complaints")


@dataclass(frozen=True, slots=True)
class Version:
    """One published version; `number` counts from 1 for each service."""

    number: int
    published_at: datetime
    standard: Standard


@dataclass(frozen=True, slots=True)
class Change:
    """A member of the standard before and after."""

    member: str
    before: Any
    after: Any


def in_force_on(versions: Sequence[Version], day: date) -> Version | None:
    """The version that holds on a day: the highest that has begun; None before the first."""
    begun = [version for version in versions if version.standard.valid_from <= day]
    return max(begun, key=lambda version: version.number, default=None)


def shown_on(versions: Sequence[Version], day: date) -> Version | None:
    """The version to show on a day: the one in force, else the newest of those to come."""
    newest = max(versions, key=lambda version: version.number, default=None)
    return in_force_on(versions, day) or newest


def changes(before: Standard, after: Standard) -> list[Change]:
    """What differs between two versions, in the order of the components."""
    pairs = (
        Change(field.name, getattr(before, field.name), getattr(after, field.name))
        for field in fields(Standard)
    )
    return [change for change in pairs if change.before != change.after]


def start_fault(newest: Standard | None, new: Standard, today: date) -> str | None:
    """A promise is not changed afterwards: only a first version may begin in the past.

    A later one may keep the newest one's first day if it promises the applicant the same.
    """
    if newest is None or new.valid_from >= today:
        return None
    changed = {change.member for change in changes(newest, new)}
    return "begins_in_the_past" if changed & {"valid_from", *DELIVERY} else None


def standard_faults(standard: Standard, today: date) -> Mapping[str, str]:
    """What is wrong beyond the types: JSON pointer → code."""
    found = {pointer: name_fault(text) for pointer, text in _texts(asdict(standard), "")}
    for place, requirement in enumerate(standard.requirements):
        for member, text in asdict(requirement).items():
            if text is not None and SEPARATOR in text:
                found[f"/requirements/{place}/{member}"] = "forbidden_character"
    if standard.fee and standard.fee.amount is None and standard.fee.basis is None:
        found["/fee/basis"] = "missing_field"
    if standard.reviewed_on and standard.reviewed_on > today:
        found["/reviewed_on"] = "in_the_future"
    return {pointer: fault for pointer, fault in found.items() if fault}


def review_due_on(standard: Standard) -> date:
    """One year after the last review, or after the first day (PermenPANRB 15/2014)."""
    since = standard.reviewed_on or standard.valid_from
    try:
        return since.replace(year=since.year + 1)
    except ValueError:  # 29 February
        return date(since.year + 1, 3, 1)


def is_review_overdue(standard: Standard, today: date) -> bool:
    """Whether nobody has reviewed it for a year."""
    return review_due_on(standard) < today


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, f"{pointer}/{name}")
    elif isinstance(value, Sequence):
        for place, inner in enumerate(value):
            yield from _texts(inner, f"{pointer}/{place}")
