"""The file for `rancak report --inputs`: empty, with comments, for the weakest elements."""

from collections.abc import Mapping
from typing import Any

from services.scoring.domain.elements import ELEMENTS

_NAMES = {element.code: element for element in ELEMENTS}
_HEAD = """\
# Yang hanya diketahui instansi · What only the agency knows: {scope}, {period}
# Yang dibiarkan kosong menjadi baris kosong di laporan · What stays empty is a blank line.
# rancak report {scope} {period} --inputs FILE.toml

# Tanggal Forum Konsultasi Publik · The day of the consultation forum, e.g. 2026-02-08
# forum_on = 2026-02-08

# Kosong: kalimat baku · Empty: the usual sentence.
[method]
who = ""    # pelaksana survei · who asked
how = ""    # teknik survei · how
where = ""  # lokasi · where
when = ""   # waktu · when

# Rencana tindak lanjut: tiga unsur terendah lebih dulu; tambahkan blok [[plan]] bila perlu.
# Follow-up plan: the three weakest elements first; add blocks [[plan]] as needed.
"""
_LINE = """\
[[plan]]
element = "{code}"  # {indonesian} · {english}, {index}
programme = ""  # program/kegiatan
quarters = []  # triwulan I–IV, e.g. [1, 2]
owner = ""  # penanggung jawab

"""
_TAIL = """\
# Tindak lanjut rencana periode sebelumnya: satu blok per program; indeksnya diisi sistem.
# What became of the plan before: a block for each programme; its indexes are filled in.
# [[previous]]
# element = "{code}"
# programme = ""
# owner = ""
# outcome = ""  # hasil
"""


def template(answer: Mapping[str, Any]) -> str:
    """The file for the scope and period of an answer of `GET /v1/index`."""
    weakest = answer["weakest"] or [ELEMENTS[0].code]
    lines = [
        _LINE.format(
            code=code,
            indonesian=_NAMES[code].indonesian,
            english=_NAMES[code].english,
            index=answer["elements"][code]["index"] or "–",
        )
        for code in weakest
    ]
    head = _HEAD.format(scope=answer["scope"], period=answer["period"])
    return "".join([head, *lines, _TAIL.format(code=weakest[0])])
