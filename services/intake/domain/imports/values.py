"""What the words in a cell mean: the spellings of Indonesian survey applications."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

_SPACE = re.compile(r"[\W_]+")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_WRITTEN = re.compile(r"(\d{1,2})[ -]([a-z]+)[ -](\d{4})")
_TIME_OF_DAY = re.compile(r"[t ]\d{1,2}[:.]\d{2}([:.]\d{2}(\.\d+)?)?( ?(am|pm|wib|wita|wit|z))?$")
_MONTHS = ("jan", "feb", "mar", "apr", "mei", "jun", "jul", "agu", "sep", "okt", "nov", "des")
_ENGLISH = {"may": "mei", "aug": "agu", "oct": "okt", "dec": "des"}
_BANDS = (
    (16, "under_17"),
    (25, "17_25"),
    (35, "26_35"),
    (45, "36_45"),
    (55, "46_55"),
    (65, "56_65"),
    (120, "over_65"),
)
_BAND_WORDS = {
    "under_17": ("<17", "<=16", "0-16", "di bawah 17", "kurang dari 17", "under 17"),
    "17_25": ("17-25",),
    "26_35": ("26-35",),
    "36_45": ("36-45",),
    "46_55": ("46-55",),
    "56_65": ("56-65",),
    "over_65": (">65", ">=66", "66+", "di atas 65", "lebih dari 65", "over 65"),
}
_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sex": {
        "female": ("perempuan", "wanita", "p", "pr", "female", "f"),
        "male": ("laki laki", "laki", "pria", "l", "lk", "male", "m"),
    },
    "education": {
        "sd": ("sd", "sd mi", "sekolah dasar", "sd sederajat"),
        "smp": ("smp", "sltp", "smp mts", "smp sederajat"),
        "sma": ("sma", "smu", "slta", "smk", "sma smk", "sma smk ma", "sma sederajat"),
        "d1": ("d1", "d i", "diploma 1"),
        "d2": ("d2", "d ii", "diploma 2"),
        "d3": ("d3", "d iii", "diploma 3", "diploma"),
        "s1": ("s1", "s 1", "s i", "d4", "d iv", "d4 s1", "s1 d4", "sarjana", "diploma 4"),
        "s2": ("s2", "s 2", "s ii", "s2 keatas", "s2 ke atas", "magister", "pascasarjana"),
        "s3": ("s3", "s 3", "s iii", "doktor"),
    },
    "occupation": {
        "pns": ("pns", "asn"),
        "tni": ("tni",),
        "polri": ("polri",),
        "aparatur": ("pns tni polri", "asn tni polri", "tni polri", "aparatur"),
        "swasta": ("swasta", "pegawai swasta", "karyawan swasta"),
        "wirausaha": ("wirausaha", "wiraswasta", "wiraswasta usahawan", "pengusaha", "usahawan"),
        "pelajar": ("pelajar", "mahasiswa", "pelajar mahasiswa", "mahasiswa pelajar"),
        "lainnya": ("lainnya", "lain lain", "lain"),
    },
    "disability": {
        "yes": ("ya", "yes", "y", "difabel", "disabilitas", "penyandang disabilitas"),
        "no": ("tidak", "no", "t", "n", "non disabilitas", "bukan"),
    },
}
_MEANING = {
    attribute: {word: value for value, words in values.items() for word in words}
    for attribute, values in _WORDS.items()
}
_BAND_OF = {word: band for band, words in _BAND_WORDS.items() for word in words}
SCORES = {"1": 1, "2": 2, "3": 3, "4": 4}


def plain(text: str) -> str:
    """Words only, lower case, one space between: how headers and values are compared."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def legible(text: str) -> str:
    """A text from a file as it may be stored and shown: nothing invisible, one space between."""
    seen = (character if character.isprintable() else " " for character in text)
    return " ".join("".join(seen).split())


def profile_value(attribute: str, text: str) -> str | None:
    """What a cell says about a respondent, in the contract's words; None = not recognised."""
    if attribute == "age":
        return age_band(text)
    return _MEANING[attribute].get(plain(text))


def age_band(text: str) -> str | None:
    """The band of an age in years or of a band in any spelling.

    Ages become bands, so that a file with ages and the same file with bands say the same.
    """
    if text.strip() in _BAND_WORDS:
        return text.strip()
    compact = re.sub(r"\b(tahun|thn|th)\b\.?", "", unicodedata.normalize("NFKC", text).casefold())
    compact = re.sub(r"\s*(s/d|sampai|[-\u2013_<>=+])\s*", _tight, compact).strip()
    if re.fullmatch(r"[0-9]{1,3}", compact):
        years = int(compact)
        return next((band for upto, band in _BANDS if years <= upto), None)
    return _BAND_OF.get(compact)


def score(text: str) -> int | None:
    """1 to 4, or None for everything else."""
    return SCORES.get(text.strip())


def day(text: str) -> date | None:
    """A calendar day: year first, day first, or with the month's name; a time of day is dropped."""
    compact = _TIME_OF_DAY.sub("", text.strip().casefold())
    readers: tuple[tuple[re.Pattern[str], Callable[..., tuple[str, str, str]]], ...] = (
        (_ISO, lambda y, m, d: (y, m, d)),
        (_DAY_FIRST, lambda d, m, y: (y, m, d)),
        (_WRITTEN, lambda d, m, y: (y, _month(m), d)),
    )
    for pattern, order in readers:
        if found := pattern.fullmatch(compact):
            return _date(*order(*found.groups()))
    return None


def _month(name: str) -> str:
    start = _ENGLISH.get(name[:3], name[:3])
    return str(_MONTHS.index(start) + 1) if start in _MONTHS else "0"


def _date(year: str, month: str, day_of_month: str) -> date | None:
    try:
        return date(int(year), int(month), int(day_of_month))
    except ValueError:
        return None


def _tight(found: re.Match[str]) -> str:
    return found[1] if found[1] in "<>=+" else "-"
