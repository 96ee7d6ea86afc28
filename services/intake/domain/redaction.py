"""Redaction: numbers of persons, phone numbers, e-mail addresses and number plates in free text.

UU 27/2022: before anyone but the agency's own officer reads what a citizen wrote. Where a number
may be a person's it is taken for one; what else looks like it (times, dates, permits, rooms) is
told apart by its neighbours. Numbers spelt out in words are not found.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was found; the mark that takes its place."""

    NIK = "NIK"
    PHONE = "telepon"
    MAIL = "surel"
    PLATE = "pelat"


@dataclass(frozen=True, slots=True)
class Found:
    """Something of a person, from `start` to `end` of the text."""

    start: int
    end: int
    kind: Kind


def found_in(text: str) -> list[Found]:
    """All of them in order; of two that overlap the earlier rule holds."""
    found: list[Found] = []
    for kind, pattern, is_one in _RULES:
        for match in pattern.finditer(text):
            start, end = match.span("it")
            if _is_free(start, end, found) and is_one(text, match):
                found.append(Found(start, end, kind))
    return sorted(found, key=lambda each: each.start)


def redacted(text: str) -> str:
    """The text with a mark in the place of each: `[NIK]`, `[telepon]`, `[surel]`, `[pelat]`."""
    return "".join(_pieces(text, found_in(text)))


def _pieces(text: str, found: Iterable[Found]) -> Iterator[str]:
    place = 0
    for each in found:
        yield text[place : each.start]
        yield f"[{each.kind}]"
        place = each.end
    yield text[place:]


def _is_free(start: int, end: int, found: Iterable[Found]) -> bool:
    return all(end <= each.start or each.end <= start for each in found)


# What people put between groups of digits; never a slash, which parts permit numbers.
_GAP = r"(?:[ .\u00a0\u2013-]|[ ]?-[ ])"
# Not inside a longer number.
_BEFORE = r"(?<![0-9])(?<![0-9][._-])"
_AFTER = r"(?![0-9])(?![._-][0-9])"

_MAIL = re.compile(
    r"(?<![a-z0-9._%+-])(?P<it>[a-z0-9._%+-]{1,64}(?:@|\s@\s|\s?[(\[]at[)\]]\s?)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})",
    re.I,
)
# NIK, card of a family and the newer NPWP have 16 digits, the older NPWP has 15.
_NIK = re.compile(rf"{_BEFORE}(?P<it>(?:[0-9]{_GAP}?){{14,15}}[0-9]){_AFTER}(?! ?[0-9]{{3}})")
_MOBILE = rf"8{_GAP}?[1-35-9](?:{_GAP}{{0,2}}[0-9]){{7,10}}"
_PHONE = re.compile(
    rf"{_BEFORE}(?P<it>(?:"
    rf"(?:\+?62{_GAP}?(?:\(0\)|0)?{_GAP}?|[0oO]{_GAP}?){_MOBILE}"
    rf"|\+62{_GAP}?[2-79][0-9]{{1,2}}{_GAP}?[0-9]{{5,8}}"
    rf"|\(0[2-79][0-9]{{1,2}}\){_GAP}?[0-9]{{5,8}}"
    rf"|0[2-79][0-9]{{1,2}}{_GAP}[0-9]{{3,4}}{_GAP}?[0-9]{{2,4}}"
    rf")){_AFTER}"
)
# Without its zero a number is one only where the writer says so.
_PHONE_SAID = re.compile(
    rf"\b(?:wa|hp|telp|tlp|whatsapp|sms)\b[ .:=]{{0,3}}(?P<it>{_MOBILE}){_AFTER}", re.I
)
_TIME = r"(?:[01][0-9]|2[0-4])\.[0-5][0-9]"
_DATE_OR_TIMES = re.compile(
    rf"[0-9]{{2}}[-. ][0-9]{{2}}[-. ](?:19|20)[0-9]{{2}}\b|{_TIME}\W{{1,3}}{_TIME}"
)
_NOT_A_PHONE = re.compile(
    r"(?:\bnib\W{0,3}(?:\w+\W{1,3}){0,1}|\bnomor induk berusaha\W{0,3}|\brp\W{0,2}"
    r"|(?<![a-z])(?!(?:hp|wa|telp|tlp|me)[/-])[a-z]{2,}[-/])$",
    re.I,
)

# The areas of Indonesian number plates (Perpol 7/2021).
_AREAS = (
    "A|AA|AB|AD|AE|AG|B|BA|BB|BD|BE|BG|BH|BK|BL|BM|BN|BP|D|DA|DB|DC|DD|DE|DG|DH|DK|DL|DM|DN|DP|DR"
    "|DS|DT|DW|E|EA|EB|ED|F|G|H|K|KB|KH|KT|KU|L|M|N|P|PA|PB|PS|R|RI|S|T|W|Z"
)
_PLATE = re.compile(
    rf"\b(?P<it>(?P<area>{_AREAS})[ .-]?(?P<number>[1-9][0-9]{{0,3}})"
    r"(?:[ .-]?(?P<series>[A-Z]{1,3}))?)\b(?![/-])",
)
_PLATE_SAID = re.compile(
    r"\b(?:plat|pelat|nopol|nomor polisi|mobil|motor|kendaraan|truk|angkot|taksi|bus|stnk)\b"
    rf"(?:\W+\w+){{0,2}}?\W+(?P<it>(?:{_AREAS})[ .-]?[1-9][0-9]{{0,3}}"
    r"(?:[ .-]?[a-z]{1,3})?)\b(?![/-])",
    re.I,
)
_A_PLACE = re.compile(
    r"\b(?:loket|ruang|ruangan|kamar|lantai|lt|blok|gedung|antre|antrean|antrian|kelas|tipe|kertas"
    r"|formulir|meja|golongan|ukuran)\W{0,2}$",
    re.I,
)
# Short words after a number that are no series of a plate.
# fmt: off
_WORDS = frozenset({
    "JAM", "HR", "TGL", "THN", "TH", "BLN", "ADA", "DAN", "DI", "KE", "INI", "ITU", "YG",
    "TDK", "WIB", "WIT", "RT", "RW", "KM", "KG", "KK", "NO", "LT", "LB", "PT", "CV", "UU",
    "PP", "SH", "MM", "PNS", "TI"
})
# fmt: on
_FEWEST_DIGITS = 3
_NEIGHBOURHOOD = 40


def _before(text: str, match: re.Match[str]) -> str:
    """The few characters before it: enough for two words, and no more to read."""
    start = match.start("it")
    return text[max(0, start - _NEIGHBOURHOOD) : start]


def _any(_text: str, _match: re.Match[str]) -> bool:
    return True


def _is_nik(text: str, match: re.Match[str]) -> bool:
    if _DATE_OR_TIMES.match(match["it"]):
        return False
    return not re.search(r"\brp\W{0,2}$", _before(text, match), re.I)


def _is_phone(text: str, match: re.Match[str]) -> bool:
    if _DATE_OR_TIMES.match(match["it"]):
        return False
    return not _NOT_A_PHONE.search(_before(text, match))


def _is_plate(text: str, match: re.Match[str]) -> bool:
    """Without a word that says so, a plate shows its series and is no room or queue number."""
    series, number = match["series"], match["number"]
    if series is None or series in _WORDS or _A_PLACE.search(_before(text, match)):
        return False
    return len(number) >= _FEWEST_DIGITS or (len(match["area"]) > 1 and len(number) > 1)


_RULES: tuple[tuple[Kind, re.Pattern[str], Callable[[str, re.Match[str]], bool]], ...] = (
    (Kind.MAIL, _MAIL, _any),
    (Kind.NIK, _NIK, _is_nik),
    (Kind.PHONE, _PHONE, _is_phone),
    (Kind.PHONE, _PHONE_SAID, _any),
    (Kind.PLATE, _PLATE_SAID, _any),
    (Kind.PLATE, _PLATE, _is_plate),
)
