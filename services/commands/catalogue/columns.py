"""The columns of a catalogue's workbook: which member each is, and how a cell says it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.commands.catalogue.rows import Kind

Cell = str | int | None
_YES, _NO = frozenset({"true", "ya", "yes", "1"}), frozenset({"false", "tidak", "no", "0"})


@dataclass(frozen=True, slots=True)
class Form:
    """How a value stands in a cell; what cannot be read stays text and is refused later."""

    read: Callable[[str], Any]
    write: Callable[[Any], Cell]


def _number(cell: str) -> int | str:
    return int(cell) if cell.isascii() and cell.isdigit() else cell


def _flag(cell: str) -> bool | str:
    word = cell.lower()
    return word in _YES if word in _YES | _NO else cell


def _lines(cell: str) -> list[str]:
    return [line for line in map(str.strip, cell.splitlines()) if line]


def _requirement(line: str) -> dict[str, str]:
    name, separator, issuer = (part.strip() for part in line.partition("|"))
    return {"name": name, "issued_by": issuer} if separator else {"name": name}


def _requirement_line(requirement: Mapping[str, str]) -> str:
    return " | ".join(
        requirement[member] for member in ("name", "issued_by") if member in requirement
    )


TEXT = Form(str, str)
NUMBER = Form(_number, int)
FLAG = Form(_flag, lambda value: "ya" if value else None)
TEXTS = Form(_lines, "\n".join)
WORDS = Form(lambda cell: cell.replace(",", " ").split(), ", ".join)
REQUIREMENTS = Form(
    lambda cell: [_requirement(line) for line in _lines(cell)],
    lambda value: "\n".join(map(_requirement_line, value)),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, its member (JSON pointer), what it is called, what it may say."""

    header: str
    pointer: str
    meaning: str
    form: Form = TEXT
    choices: Sequence[str] = ()
    width: int = 18


def _column(
    header: str,
    meaning: str,
    form: Form = TEXT,
    *,
    at: str | None = None,
    choices: Sequence[str] = (),
    width: int = 18,
) -> Column:
    return Column(header, f"/{at or header}", meaning, form, choices, width)


_EXAMPLE = _column("example", "Contoh, bukan data resmi: ya", FLAG, choices=("ya",), width=9)
_NAME = _column("name", "Nama resmi", width=48)
_ZONE = _column("timezone", "Zona waktu, bila bukan zona kota: Asia/Makassar")
_AGENCIES = ("dinas", "kecamatan", "kelurahan", "rsud", "bumd", "vertical", "other")
COLUMNS: Mapping[Kind, Sequence[Column]] = {
    "agencies": (
        _column("code", "Kode instansi: huruf kecil, angka, -"),
        _NAME,
        _column("kind", "Jenis instansi", choices=_AGENCIES),
        _ZONE,
        _EXAMPLE,
    ),
    "places": (
        _column("code", "Kode tempat: huruf kecil, angka, -"),
        _NAME,
        _column("kind", "Jenis tempat", choices=("mpp", "office", "online", "mobile")),
        _ZONE,
        _EXAMPLE,
    ),
    "services": (
        _column("code", "Kode layanan: <instansi>.<layanan>", width=28),
        _NAME,
        _column("valid_from", "Diberikan sejak (2026-01-31)"),
        _column("valid_until", "Diberikan sampai dengan (2026-01-31)"),
        _column("successor", "Kode layanan penggantinya", width=28),
        _EXAMPLE,
    ),
    "standards": (
        _column("service", "Kode layanan", width=28),
        _column("valid_from", "Berlaku sejak (2026-01-31)", width=12),
        _column(
            "requirements",
            "Persyaratan, satu per baris: syarat | penerbitnya",
            REQUIREMENTS,
            width=48,
        ),
        _column("procedure", "Prosedur, satu langkah per baris", TEXTS, width=44),
        _column(
            "deadline_number", "Paling lama (bilangan)", NUMBER, at="deadline/number", width=10
        ),
        _column(
            "deadline_unit",
            "Satuannya",
            at="deadline/unit",
            choices=("working_days", "calendar_days", "working_hours"),
        ),
        _column(
            "deadline_starts",
            "Dihitung sejak: registered (lengkap dan terdaftar), submitted (diajukan)",
            at="deadline/starts",
            choices=("registered", "submitted"),
        ),
        _column(
            "deadline_pauses",
            "Berhenti selama: awaiting_applicant (menunggu pemohon), fee_due (menunggu pembayaran)",
            WORDS,
            at="deadline/pauses",
            width=28,
        ),
        _column(
            "fee_amount",
            "Biaya dalam rupiah; 0 = gratis; kosong = sesuai dasar",
            NUMBER,
            at="fee/amount",
        ),
        _column("fee_basis", "Dasar biaya", at="fee/basis", width=28),
        *(
            _column(header, f"{meaning}, satu per baris", TEXTS, width=40)
            for header, meaning in (
                ("product", "Produk pelayanan"),
                ("complaints", "Saluran pengaduan"),
                ("legal_basis", "Dasar hukum"),
                ("facilities", "Sarana dan prasarana"),
                ("competence", "Kompetensi pelaksana"),
                ("supervision", "Pengawasan internal"),
                ("staff_number", "Jumlah pelaksana"),
                ("service_guarantee", "Jaminan pelayanan"),
                ("safety_guarantee", "Jaminan keamanan dan keselamatan"),
                ("evaluation", "Evaluasi kinerja"),
            )
        ),
        _column("maklumat_text", "Maklumat pelayanan", at="maklumat/text", width=48),
        _column(
            "maklumat_signed_by",
            "Jabatan penanda tangan, bukan nama",
            at="maklumat/signed_by",
            width=28,
        ),
        _column("maklumat_signed_on", "Tanggal maklumat", at="maklumat/signed_on"),
        _column("reviewed_on", "Terakhir ditinjau"),
        _EXAMPLE,
    ),
}
