"""The life cycle: from the set of facts of one complaint to what it is now."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.scoring.domain.complaint.facts import Category, Fact, Kind, State, Verdict, in_order

WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Flag:
    """A fact that does not fit: `sequence` says which, `code` why."""

    sequence: int
    code: str


@dataclass(frozen=True, slots=True)
class Round:
    """From coming in, or being reopened, to the final answer and the end.

    A complaint that is closed without an answer was replied to and settled then, unless it was
    withdrawn: its clocks then stop unjudged.
    """

    since: datetime
    replied_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    closed_because: str | None = None

    @property
    def is_withdrawn(self) -> bool:
        """Whether the complainant took it back before a final answer."""
        return self.closed_because == WITHDRAWN and self.answered_at is None


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the facts say. Clocks are not asked: see `clocks`. `rounds` is empty before it is filed.

    `verified_at` is when somebody looked at it, at the latest when somebody replied.
    """

    state: State | None = None
    place: str | None = None
    category: Category = Category.COMPLAINT
    form: str | None = None
    channel: str | None = None
    is_anonymous: bool = False
    is_confidential: bool = False
    agency: str | None = None
    filed_at: datetime | None = None
    verified_at: datetime | None = None
    verdict: Verdict | None = None
    rounds: tuple[Round, ...] = ()
    flags: tuple[Flag, ...] = ()

    @property
    def outcome(self) -> State | None:
        """The state in which nobody waits for the agency, or None while somebody does."""
        return self.state if self.state in _SETTLED else None


_SETTLED = frozenset({State.REJECTED, State.ARCHIVED, State.ANSWERED, State.CLOSED})
_TURNED_AWAY = frozenset({State.REJECTED, State.ARCHIVED})
_VERDICTS: Mapping[Verdict, State] = {
    Verdict.ACCEPTED: State.VERIFIED,
    Verdict.REJECTED: State.REJECTED,
    Verdict.ARCHIVED: State.ARCHIVED,
}


def state_of(facts: Iterable[Fact]) -> Complaint:
    """The complaint that a set of facts tells of: order and repetition do not matter."""
    told = Complaint()
    for fact in in_order(facts):
        told = _follow(told, fact)
    return told


def _follow(told: Complaint, fact: Fact) -> Complaint:
    if fact.place is not None:
        told = replace(told, place=fact.place)
    if fact.kind is Kind.FILED:
        return _filed(told, fact)
    if not told.rounds:
        # What was missed at the beginning cannot be waited for: it came in now, at the latest.
        told = _flagged(replace(told, rounds=(Round(fact.at),)), fact, "not_filed")
    if told.state in _TURNED_AWAY:
        return _flagged(told, fact, "after_rejection")
    return _FOLLOW[fact.kind](told, fact)


def _filed(told: Complaint, fact: Fact) -> Complaint:
    if told.filed_at is not None:
        return _flagged(told, fact, "filed_again")
    known = replace(
        told,
        category=fact.category or told.category,
        form=fact.form or told.form,
        channel=fact.channel,
        is_anonymous=fact.is_anonymous,
        is_confidential=fact.is_confidential,
        filed_at=fact.at,
    )
    if told.rounds:
        return _flagged(known, fact, "filed_late")
    return replace(known, state=State.SENT, rounds=(Round(fact.at),))


def _verified(told: Complaint, fact: Fact) -> Complaint:
    if told.verified_at is not None:
        return _flagged(told, fact, "verified_again")
    verdict = fact.verdict or Verdict.ACCEPTED
    return replace(
        told,
        state=_VERDICTS[verdict],
        verdict=verdict,
        verified_at=fact.at,
        category=fact.category or told.category,
        form=fact.form or told.form,
    )


def _forwarded(told: Complaint, fact: Fact) -> Complaint:
    if told.outcome is not None:
        return _flagged(told, fact, "after_answer")
    told = _looked_at(told, fact)
    return replace(told, state=State.FORWARDED, agency=fact.agency)


def _answered(told: Complaint, fact: Fact) -> Complaint:
    if told.outcome is not None:
        return _flagged(told, fact, "after_answer")
    told = _looked_at(told, fact)
    last = told.rounds[-1]
    last = replace(last, replied_at=last.replied_at or fact.at)
    if fact.is_final:
        last = replace(last, answered_at=fact.at)
    state = State.ANSWERED if fact.is_final else State.IN_PROGRESS
    return replace(told, state=state, rounds=(*told.rounds[:-1], last))


def _closed(told: Complaint, fact: Fact) -> Complaint:
    if told.state is State.CLOSED:
        return _flagged(told, fact, "closed_again")
    last = replace(told.rounds[-1], closed_at=fact.at, closed_because=fact.reason)
    if last.answered_at is None and not last.is_withdrawn:
        told = _flagged(_looked_at(told, fact), fact, "closed_unanswered")
        last = replace(last, replied_at=last.replied_at or fact.at, answered_at=fact.at)
    return replace(told, state=State.CLOSED, rounds=(*told.rounds[:-1], last))


def _reopened(told: Complaint, fact: Fact) -> Complaint:
    if told.outcome is None:
        return _flagged(told, fact, "not_answered")
    return replace(told, state=State.REOPENED, rounds=(*told.rounds, Round(fact.at)))


def _looked_at(told: Complaint, fact: Fact) -> Complaint:
    """Whoever acts on a complaint has looked at it."""
    if told.verified_at is not None:
        return told
    return _flagged(replace(told, verified_at=fact.at), fact, "not_verified")


def _flagged(told: Complaint, fact: Fact, code: str) -> Complaint:
    return replace(told, flags=(*told.flags, Flag(fact.sequence, code)))


_FOLLOW: Mapping[Kind, Callable[[Complaint, Fact], Complaint]] = {
    Kind.VERIFIED: _verified,
    Kind.FORWARDED: _forwarded,
    Kind.ANSWERED: _answered,
    Kind.CLOSED: _closed,
    Kind.REOPENED: _reopened,
}
