"""How the nine elements weigh in an index: all the same, or as an agency's questionnaire says.

PermenPANRB 14/2017 weighs all elements the same; agencies publish their own weights in versions of
their questionnaire, each in force from a day on. What mixes agencies always weighs all the same, so
that it stays comparable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from services.scoring.domain import ikm
from services.scoring.domain.elements import CODES
from services.scoring.domain.ikm import Tally, WeightMethod
from services.scoring.domain.scope import agency_of

NATIONAL = "nasional.1"


class CannotBeCut(ValueError):
    """A weight of 1/9 can be cut to 0.11; an agency's own weights are what they are."""


@dataclass(frozen=True, slots=True)
class Weights:
    """`own`: of the nine elements in their order, together 1; None: all the same, as by `method`.

    Raises CannotBeCut for own weights that a method would cut.
    """

    questionnaire: str = NATIONAL
    own: tuple[Fraction, ...] | None = None
    method: WeightMethod = WeightMethod.EXACT

    def __post_init__(self) -> None:
        if self.own is not None and self.method is not WeightMethod.EXACT:
            raise CannotBeCut(self.questionnaire)

    def shares(self, is_answered: Sequence[bool]) -> tuple[Fraction, ...]:
        """Each element's part in the index: its weight among those that somebody answered."""
        if self.own is None:
            equal = ikm.weight(sum(is_answered) or 1, self.method)
            return tuple(equal if answered else Fraction(0) for answered in is_answered)
        counting = [
            own if answered else Fraction(0)
            for own, answered in zip(self.own, is_answered, strict=True)
        ]
        whole = sum(counting) or Fraction(1)
        return tuple(own / whole for own in counting)

    def index(self, tallies: Sequence[Tally]) -> Fraction | None:
        """IKM = Σ NRR × weight × 25 over the elements that were answered, in their order."""
        if self.own is None:
            return ikm.index_of(tallies, self.method)
        shares = self.shares([tally.n > 0 for tally in tallies])
        parts = [
            share * tally.nrr
            for share, tally in zip(shares, tallies, strict=True)
            if tally.nrr is not None
        ]
        return sum(parts, Fraction(0)) * ikm.SCALE_TO_INDEX if parts else None

    def index_without(self, tallies: Sequence[Tally], code: str) -> Fraction | None:
        """The index of the other elements, in proportion; for free services without `cost`."""
        return self.index(
            [Tally() if one == code else each for one, each in zip(CODES, tallies, strict=True)]
        )

    def said(self) -> dict[str, str]:
        """The weights by element, as fractions."""
        equal = (ikm.weight(len(CODES), self.method),) * len(CODES)
        weights = zip(CODES, self.own or equal, strict=True)
        return {code: ikm.exact_text(weight) for code, weight in weights}


EQUAL = Weights()


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an agency's questionnaire; its weights, or None where all are the same."""

    number: int
    valid_from: date
    weights: tuple[Fraction, ...] | None


@dataclass(frozen=True, slots=True)
class Questionnaires:
    """The versions that agencies published, by agency, the oldest first."""

    by_agency: Mapping[str, Sequence[Version]] = field(default_factory=dict)

    def weights_of(
        self, scope: str, day: date, method: WeightMethod = WeightMethod.EXACT
    ) -> Weights:
        """The weights of a figure whose period ends on `day`. Raises CannotBeCut."""
        agency = agency_in(scope)
        in_force = [each for each in self.by_agency.get(agency, ()) if each.valid_from <= day]
        return _weights(agency, in_force[-1:], method)

    def named(self, scope: str, questionnaire: str) -> Weights:
        """Those of one version of the scope's agency; those of the national one otherwise."""
        agency = agency_in(scope)
        versions = self.by_agency.get(agency, ())
        found = [each for each in versions if f"{agency}.{each.number}" == questionnaire]
        return _weights(agency, found, WeightMethod.EXACT)


def weights_from(texts: Sequence[str]) -> tuple[Fraction, ...] | None:
    """Weights in the order of the elements; None for those that are all the same anyway."""
    weights = tuple(map(Fraction, texts))
    return weights if len(set(weights)) > 1 else None


def _weights(agency: str, version: Sequence[Version], method: WeightMethod) -> Weights:
    if not version:
        return Weights(method=method)
    return Weights(f"{agency}.{version[0].number}", version[0].weights, method)


def agency_in(scope: str) -> str:
    """The agency whose answers alone a scope holds, or "": `at:` is one service at one place."""
    kind, _, code = scope.partition(":")
    if kind == "at":
        code = code.partition("/")[2]
    return agency_of(code) if kind in ("agency", "service", "at") else ""
