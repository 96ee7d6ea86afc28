"""The simulated city: which services there are, where they are given, how they are by nature."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from services.commands.catalogue.rows import Kind, Row, key_of
from services.commands.demo.story import BUSY, NATURES, SILENT, Nature


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is in force. `busy`: how often it is asked for, against others.

    `promise` is the deadline of its standard as the catalogue has it, or None; `reviewed_by` the
    agency in whose hands a part of each application lies.
    """

    code: str
    places: tuple[str, ...]
    busy: float
    nature: Nature
    promise: Mapping[str, Any] | None = None
    reviewed_by: str | None = None

    @property
    def agency(self) -> str:
        """Whose service it is."""
        return self.code.partition(".")[0]


@dataclass(frozen=True, slots=True)
class City:
    """Services that answer, the rows of the catalogue that make them known, all its agencies."""

    rows: Sequence[Row]
    services: Sequence[Service]
    agencies: frozenset[str] = field(default_factory=frozenset)


class UnknownAgency(LookupError):
    """The catalogue has no such agency."""


def city_of(rows: Sequence[Row], only: Collection[str], seed: int) -> City:
    """The city of a catalogue, or of some of its agencies. Raises UnknownAgency."""
    known = {row.values["code"] for row in rows if row.kind == "agencies"}
    if foreign := set(only) - known:
        raise UnknownAgency(", ".join(sorted(foreign)))
    agencies = frozenset(only or known)
    promises = {
        row.values["service"]: row.values.get("deadline") for row in rows if row.kind == "standards"
    }
    services = [
        _service(row.values["code"], agencies, promises, seed)
        for row in rows
        if row.kind == "services"
        and agency_of(row.values["code"]) in agencies - SILENT
        and "valid_until" not in row.values
    ]
    places = {place for service in services for place in service.places}
    return City([row for row in rows if _belongs(row, agencies, places)], services, agencies)


def agency_of(service: str) -> str:
    """The agency that gives a service: the part of its code before the dot."""
    return service.partition(".")[0]


def _belongs(row: Row, agencies: Collection[str], places: Collection[str]) -> bool:
    code = row.values[key_of(row.kind)]
    kind: Kind = row.kind
    return code in places if kind == "places" else agency_of(code) in agencies


def _service(
    code: str, agencies: Collection[str], promises: Mapping[str, Any], seed: int
) -> Service:
    random = Random(f"{seed} nature {code}")
    nature = NATURES.get(code) or Nature(
        quality=random.uniform(3.25, 3.65),
        late=random.choice((0.02, 0.05, 0.08, 0.15)),
        tempo=random.uniform(0.4, 0.9),
    )
    busy = BUSY.get(code, 0.6 if code.startswith("kec-") else 1.0) * random.uniform(0.7, 1.3)
    other = _REVIEWS.get(code)
    reviewed_by = other if other in agencies else None
    return Service(code, _places(code), busy, nature, promises.get(code), reviewed_by)


_REVIEWS = {"dpmptsp.pbg": "dpupr", "dpmptsp.kkpr": "dpupr"}
_PLACES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("bapenda", "bpjs-kesehatan", "bpjs-tk", "imigrasi", "kantah"), ("mpp",)),
    **dict.fromkeys(("kemenag", "kpp-dua", "kpp-satu", "pa", "pln", "pn", "samsat"), ("mpp",)),
    "polresta": ("mpp",),
    "dpmptsp": ("mpp", "daring"),
    "disdukcapil": ("mpp", "balai-kota", "capil-keliling", "daring"),
    "rsud-rasidin": ("rsud-rasidin",),
    "perumda-air-minum": ("kantor-air-minum", "mpp"),
}


def _places(code: str) -> tuple[str, ...]:
    agency = agency_of(code)
    if code == "polresta.sim-a":
        return ("sim-keliling", "mpp")
    if agency.startswith("kec-"):
        return (f"camat-{agency.removeprefix('kec-')}",)
    return _PLACES.get(agency, ("balai-kota", "daring"))
