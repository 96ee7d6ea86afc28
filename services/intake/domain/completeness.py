"""Which of the 14 components a standard really has (UU 25/2009 art. 21; PermenPANRB 15/2014).

A component counts when a reader learns from it what the article asks for; else `why` says what
is lacking: `empty`, `no_issuer`, `single_step`, `no_basis`, `no_number`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from services.intake.domain.standard import DELIVERY, Standard


@dataclass(frozen=True, slots=True)
class Component:
    """One of the 14, its names, and its letter in article 21."""

    member: str
    indonesian: str
    english: str
    letter: str

    @property
    def is_delivery(self) -> bool:
        """One of the six that must be published."""
        return self.member in DELIVERY

    @property
    def article(self) -> str:
        """Where the law asks for it."""
        return f"UU 25/2009 Pasal 21 huruf {self.letter}"


COMPONENTS = (
    Component("requirements", "Persyaratan", "Requirements", "b"),
    Component("procedure", "Sistem, mekanisme, dan prosedur", "Procedure", "c"),
    Component("deadline", "Jangka waktu penyelesaian", "Completion time", "d"),
    Component("fee", "Biaya/tarif", "Cost", "e"),
    Component("product", "Produk pelayanan", "Product", "f"),
    Component("complaints", "Penanganan pengaduan, saran, dan masukan", "Complaints", "j"),
    Component("legal_basis", "Dasar hukum", "Legal basis", "a"),
    Component("facilities", "Sarana, prasarana, dan fasilitas", "Facilities", "g"),
    Component("competence", "Kompetensi pelaksana", "Staff competence", "h"),
    Component("supervision", "Pengawasan internal", "Internal supervision", "i"),
    Component("staff_number", "Jumlah pelaksana", "Number of staff", "k"),
    Component("service_guarantee", "Jaminan pelayanan", "Service guarantee", "l"),
    Component(
        "safety_guarantee",
        "Jaminan keamanan dan keselamatan",
        "Security and safety guarantee",
        "m",
    ),
    Component("evaluation", "Evaluasi kinerja pelaksana", "Evaluation of performance", "n"),
)


@dataclass(frozen=True, slots=True)
class Missing:
    """A component that does not count, and why."""

    component: Component
    why: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of what the law asks for is there."""

    missing: tuple[Missing, ...]

    @property
    def filled(self) -> int:
        """How many components count."""
        return len(COMPONENTS) - len(self.missing)

    @property
    def share(self) -> Fraction:
        """The exact share, 0 to 1."""
        return Fraction(self.filled, len(COMPONENTS))

    @property
    def delivers(self) -> bool:
        """Whether the six components that must be published are all there."""
        return not any(missing.component.is_delivery for missing in self.missing)


def completeness(standard: Standard) -> Completeness:
    """Judge the 14 components."""
    judged = ((component, _lack(standard, component.member)) for component in COMPONENTS)
    return Completeness(tuple(Missing(component, why) for component, why in judged if why))


def _lack(standard: Standard, member: str) -> str | None:
    if not getattr(standard, member):
        return "empty"
    rule = _STRICTER.get(member)
    return rule(standard) if rule else None


def _issuers(standard: Standard) -> str | None:
    """Who has to fetch a document must know where."""
    return None if all(each.issued_by for each in standard.requirements) else "no_issuer"


def _steps(standard: Standard) -> str | None:
    """One step is no procedure: it does not tell what comes after applying."""
    return None if len(standard.procedure) > 1 else "single_step"


def _tariff(standard: Standard) -> str | None:
    """Only what is free needs no regulation behind it (UU 25/2009 art. 31)."""
    fee = standard.fee
    return None if fee is None or fee.amount == 0 or fee.basis else "no_basis"


def _headcount(standard: Standard) -> str | None:
    counted = any(letter.isdigit() for text in standard.staff_number for letter in text)
    return None if counted else "no_number"


_STRICTER: dict[str, Callable[[Standard], str | None]] = {
    "requirements": _issuers,
    "procedure": _steps,
    "fee": _tariff,
    "staff_number": _headcount,
}
