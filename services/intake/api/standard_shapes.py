"""How standards look in requests and answers."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from services.intake.domain.completeness import COMPONENTS, completeness
from services.intake.domain.standard import (
    Standard,
    Version,
    changes,
    in_force_on,
    is_review_overdue,
    review_due_on,
)
from services.intake.usecases.standards import Published
from shared.contracts import standard as contract


class RequirementIn(contract.Requirement, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an applicant must bring, and the office that issues it."""


class DeadlineIn(contract.Deadline, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The longest time from `starts` to the decision; the clock stands still in `pauses`."""


class FeeIn(contract.Fee, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whole rupiah; 0 is free, none means: as `basis` (the regulation with its tariffs) says."""


class MaklumatIn(contract.Maklumat, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signed promise. `signed_by` is an office, never a person's name."""


class StandardIn(contract.Standard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A standard as it is published; what is left out counts as not published."""

    requirements: Annotated[tuple[RequirementIn, ...], Meta(max_length=50)] = ()
    deadline: DeadlineIn | None = None
    fee: FeeIn | None = None
    maklumat: MaklumatIn | None = None


class MissingOut(msgspec.Struct, frozen=True):
    """A component that does not count: `empty`, `no_issuer`, `single_step`, `no_basis` or
    `no_number`, and where the law asks for it."""

    component: str
    why: str
    article: str


class CompletenessOut(msgspec.Struct, frozen=True):
    """`filled` of `of` components; `delivery`: whether the six that must be published are there."""

    filled: int
    of: int
    delivery: bool
    missing: list[MissingOut]


class StandardOut(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a service's standard."""

    service: str
    version: int
    published_at: datetime
    in_force: bool
    review_due_on: date
    is_review_overdue: bool
    completeness: CompletenessOut
    standard: Standard


class ChangeOut(msgspec.Struct, frozen=True):
    """A component before and after."""

    component: str
    before: Any
    after: Any


class PastVersion(msgspec.Struct, frozen=True):
    """A version and what it changed; the first one changed nothing."""

    version: int
    valid_from: date
    published_at: datetime
    changed: list[ChangeOut]


class HistoryOut(msgspec.Struct, frozen=True):
    """All versions, the first one first."""

    service: str
    items: list[PastVersion]


class NewestOut(msgspec.Struct, frozen=True):
    """A service's newest version."""

    service: str
    version: int
    standard: Standard


class NewestPage(msgspec.Struct, frozen=True):
    """A page of standards; `next` is the cursor of the following one."""

    items: list[NewestOut]
    next: str | None


def shape_of(known: Published, version: Version) -> StandardOut:
    """A version as it is answered."""
    judged = completeness(version.standard)
    return StandardOut(
        service=known.service["code"],
        version=version.number,
        published_at=version.published_at,
        in_force=in_force_on(known.versions, known.today) == version,
        review_due_on=review_due_on(version.standard),
        is_review_overdue=is_review_overdue(version.standard, known.today),
        completeness=CompletenessOut(
            judged.filled,
            len(COMPONENTS),
            judged.delivers,
            [
                MissingOut(each.component.member, each.why, each.component.article)
                for each in judged.missing
            ],
        ),
        standard=version.standard,
    )


def history_of(versions: tuple[Version, ...]) -> list[PastVersion]:
    """What each version changed."""
    before: tuple[Version | None, ...] = (None, *versions)
    return [
        PastVersion(
            version.number,
            version.standard.valid_from,
            version.published_at,
            [
                ChangeOut(change.member, change.before, change.after)
                for change in (changes(past.standard, version.standard) if past else ())
            ],
        )
        for past, version in zip(before, versions, strict=False)
    ]
