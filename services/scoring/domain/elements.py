"""The nine elements of the index in the regulation's order (PermenPANRB 14/2017).

Always by code: sources disagree which of the last two is "U8" and which "U9".
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Element:
    """One of the nine things that a citizen judges."""

    code: str
    indonesian: str
    english: str


ELEMENTS = (
    Element("requirements", "Persyaratan", "Requirements"),
    Element("procedure", "Sistem, mekanisme, dan prosedur", "Procedure"),
    Element("time", "Waktu penyelesaian", "Completion time"),
    Element("cost", "Biaya/tarif", "Cost"),
    Element("product", "Produk spesifikasi jenis pelayanan", "Product"),
    Element("competence", "Kompetensi pelaksana", "Staff competence"),
    Element("behaviour", "Perilaku pelaksana", "Staff behaviour"),
    Element("complaints", "Penanganan pengaduan, saran dan masukan", "Complaint handling"),
    Element("facilities", "Sarana dan prasarana", "Facilities"),
)
CODES = tuple(element.code for element in ELEMENTS)
LOWEST, HIGHEST = 1, 4
SCORES = range(LOWEST, HIGHEST + 1)
SERIES = ("invited", "open", "assisted", "agency", "imported")
