"""What a figure is about: `city`, `agency:dpmptsp`, `service:dpmptsp.siup`, `place:mpp`."""

import re
from dataclasses import dataclass
from enum import StrEnum

_CODE = r"[a-z0-9-]{1,40}"
_SHAPES = {
    "agency": re.compile(_CODE),
    "service": re.compile(rf"{_CODE}\.{_CODE}"),
    "place": re.compile(_CODE),
}


class Kind(StrEnum):
    """The kinds of scope."""

    CITY = "city"
    AGENCY = "agency"
    SERVICE = "service"
    PLACE = "place"


class BadScope(ValueError):
    """Not the name of a scope."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A kind and the code of the one meant; the city has no code."""

    kind: Kind
    code: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.code}" if self.code else str(self.kind)

    @property
    def agency(self) -> str | None:
        """The agency that the scope lies within, if it lies within one."""
        if self.kind is Kind.AGENCY:
            return self.code
        return agency_of(self.code) if self.kind is Kind.SERVICE else None


CITY = Scope(Kind.CITY)


def parse(text: str) -> Scope:
    """The scope that a text names. Raises BadScope."""
    if text == Kind.CITY:
        return CITY
    kind, _, code = text.partition(":")
    shape = _SHAPES.get(kind)
    if shape is None or not shape.fullmatch(code):
        raise BadScope(text)
    return Scope(Kind(kind), code)


def may_share_answers(first: Scope, second: Scope) -> bool:
    """Whether an answer can lie in both: then they are no two groups that can be compared."""
    if first.kind is second.kind:
        return first == second
    if Kind.CITY in (first.kind, second.kind) or Kind.PLACE in (first.kind, second.kind):
        return True
    return first.agency == second.agency


def agency_of(service: str) -> str:
    """The agency that gives a service: the part of its code before the dot."""
    return service.partition(".")[0]
