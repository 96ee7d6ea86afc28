"""Which column of a file is what: options first, then headers that mean one thing only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.intake.domain.imports.faults import FileFault
from services.intake.domain.imports.values import legible, plain

NONE = "-"  # said instead of a column: the file does not have it
MOST_COLUMNS = 200
LONGEST_HEADER = 200  # as it is shown: every refused cell repeats it
ATTRIBUTES = ("sex", "age", "education", "occupation", "disability")
# Every source agrees on U1 to U7. U8 and U9 are swapped in some, so they are never guessed.
AGREED = {
    "u1": "requirements",
    "u2": "procedure",
    "u3": "time",
    "u4": "cost",
    "u5": "product",
    "u6": "competence",
    "u7": "behaviour",
}
PRESETS: Mapping[str, Mapping[str, str]] = {
    "skm-app": {"complaints": "U8", "facilities": "U9"},
}
_ELEMENT_HEADERS: Mapping[str, tuple[str, ...]] = {
    "requirements": ("requirements", "persyaratan"),
    "procedure": ("procedure", "prosedur", "sistem mekanisme dan prosedur"),
    "time": ("time", "waktu pelayanan", "waktu penyelesaian"),
    "cost": ("cost", "biaya", "biaya tarif", "tarif"),
    "product": ("product", "produk", "produk spesifikasi jenis pelayanan", "produk pelayanan"),
    "competence": ("competence", "kompetensi", "kompetensi pelaksana"),
    "behaviour": ("behaviour", "perilaku", "perilaku pelaksana"),
    "complaints": (
        "complaints",
        "pengaduan",
        "penanganan pengaduan",
        "penanganan pengaduan saran dan masukan",
    ),
    "facilities": ("facilities", "sarana", "sarana dan prasarana", "sarana prasarana"),
}
_DATE_HEADERS = ("tanggal", "tgl", "tanggal survei", "tanggal pengisian", "date", "timestamp")
_ATTRIBUTE_HEADERS: Mapping[str, tuple[str, ...]] = {
    "sex": ("jenis kelamin", "kelamin", "jk", "gender", "sex"),
    "age": ("usia", "umur", "kelompok usia", "kelompok umur", "rentang usia", "age", "age band"),
    "education": ("pendidikan", "pendidikan terakhir", "education"),
    "occupation": ("pekerjaan", "pekerjaan utama", "occupation"),
    "disability": ("disabilitas", "difabel", "penyandang disabilitas", "disability"),
}
ELEMENTS = tuple(_ELEMENT_HEADERS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The columns that the options name, by their headers; unnamed ones are recognised."""

    date: str | None = None
    service: str | None = None
    id: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Columns:
    """The positions of the columns that are read, and the headers of all."""

    headers: Sequence[str]
    date: int
    service: int | None
    id: int | None
    attributes: Mapping[str, int]
    elements: Mapping[str, int]


def wanted_elements(pairs: Iterable[str], preset: str | None) -> dict[str, str]:
    """Element → header from `element=column` pairs over a preset. Raises FileFault."""
    named: dict[str, str] = {}
    for pair in pairs:
        element, is_pair, column = pair.partition("=")
        element = element.strip().lower()
        if not (is_pair and column.strip() and element in ELEMENTS) or element in named:
            raise FileFault("unknown_element", "/query/map")
        named[element] = column.strip()
    return {**(PRESETS[preset] if preset else {}), **named}


def find_columns(headers: Sequence[str], wanted: Wanted) -> Columns:
    """Where everything is. Raises FileFault."""
    return _Finder(headers).find(wanted)


class _Finder:
    def __init__(self, headers: Sequence[str]) -> None:
        if not any(header.strip() for header in headers):
            raise FileFault("empty_file")
        if len(headers) > MOST_COLUMNS:
            raise FileFault("too_many_columns")
        legible_headers = [legible(header) for header in headers]
        self._headers = [header[:LONGEST_HEADER] for header in legible_headers]
        self._places: dict[str, int] = {}
        for place, header in enumerate(legible_headers):
            name = plain(header)
            if name and self._places.setdefault(name, place) != place:
                raise FileFault("duplicate_column", f"/columns/{place + 1}")

    def find(self, wanted: Wanted) -> Columns:
        date = self._named("date_column", wanted.date, _DATE_HEADERS)
        if date is None:
            raise FileFault("missing_column", "/query/date_column")
        columns = Columns(
            headers=self._headers,
            date=date,
            service=self._named("service_column", wanted.service, ()),
            id=self._named("id_column", wanted.id, ()),
            attributes=self._attributes(wanted.attributes),
            elements=self._elements(wanted.elements),
        )
        _refuse_double_use(columns)
        return columns

    def _named(self, option: str, name: str | None, usual: Sequence[str]) -> int | None:
        """The place of a column that an option names, or that is called as usual."""
        if name == NONE:
            return None
        if name is None:
            found = (self._places[header] for header in usual if header in self._places)
            return next(found, None)
        place = self._places.get(plain(name))
        if place is None:
            raise FileFault("missing_column", f"/query/{option}")
        return place

    def _attributes(self, wanted: Mapping[str, str]) -> dict[str, int]:
        places = {
            attribute: self._named(
                f"{attribute}_column", wanted.get(attribute), _ATTRIBUTE_HEADERS[attribute]
            )
            for attribute in ATTRIBUTES
        }
        return {attribute: place for attribute, place in places.items() if place is not None}

    def _elements(self, wanted: Mapping[str, str]) -> dict[str, int]:
        usual = {element: list(names) for element, names in _ELEMENT_HEADERS.items()}
        for header, element in AGREED.items():
            usual[element].append(header)
        places = {
            element: self._named("map", wanted.get(element), usual[element]) for element in ELEMENTS
        }
        missing = [
            element
            for element, place in places.items()
            if place is None and wanted.get(element) != NONE
        ]
        is_numbered = "u8" in self._places or "u9" in self._places
        if is_numbered and {"complaints", "facilities"} & set(missing):
            raise FileFault("ambiguous_elements", "/query/map")
        if missing:
            raise FileFault("missing_column", *(f"/elements/{element}" for element in missing))
        found = {element: place for element, place in places.items() if place is not None}
        if not found:
            raise FileFault("missing_column", "/query/map")
        return found


def _refuse_double_use(columns: Columns) -> None:
    single = [columns.date, columns.service, columns.id]
    used = [*single, *columns.attributes.values(), *columns.elements.values()]
    seen: set[int] = set()
    for place in used:
        if place is not None and place in seen:
            raise FileFault("column_used_twice", f"/columns/{place + 1}")
        if place is not None:
            seen.add(place)
