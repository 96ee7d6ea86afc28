"""What can be wrong with a file or a row, in words for people: Indonesian first, English second."""

from collections.abc import Mapping
from dataclasses import dataclass

FILE_FAULTS: Mapping[str, str] = {
    "empty_file": "Berkas kosong · The file is empty",
    "no_rows": "Tidak ada baris data di bawah kepala kolom · There is no row below the header",
    "wrong_encoding": "Teks bukan dalam enkode yang disebut; coba encoding=cp1252 · "
    "The text is not in the stated encoding; try encoding=cp1252",
    "duplicate_column": "Ada kepala kolom yang sama · Two columns have the same header",
    "missing_column": "Ada kolom yang tidak ditemukan; sebutkan dengan opsi kolom atau map · "
    "A column was not found; name it with a column option or map (a lone - says there is none)",
    "ambiguous_elements": "U8 dan U9 tertukar di sebagian sumber, jadi tidak ditebak: sebutkan "
    "map=complaints=… dan map=facilities=…, atau preset=skm-app (U8 pengaduan, U9 sarana) · "
    "Sources swap U8 and U9, so they are never guessed: state map=complaints=… and "
    "map=facilities=…, or preset=skm-app (U8 complaints, U9 facilities)",
    "unknown_element": "map harus berbentuk unsur=kolom, tiap unsur sekali · "
    "map must read element=column, each element once",
    "column_used_twice": "Satu kolom dipakai dua kali · One column is used for two things",
    "no_service": "Sebutkan service, service_column atau general_service · "
    "Name a service, service_column or general_service",
    "not_csv": "Berkas bukan CSV yang utuh, periksa tanda kutip · "
    "The file is not well-formed CSV; check its quotes",
    "not_xlsx": "Berkas bukan XLSX yang dapat dibaca · The file is not a readable XLSX workbook",
    "unknown_sheet": "Lembar tidak ada · There is no such sheet",
    "uncompressed_too_large": "Isi XLSX terlalu besar, kirim sebagai CSV · "
    "The workbook is too large when unpacked; send it as CSV",
    "row_too_long": "Satu baris terlalu panjang; periksa tanda kutip · "
    "A row is too long; check the quotes",
    "too_many_services": "Terlalu banyak layanan baru untuk berkas ini; periksa kolom layanan · "
    "Too many new services for this file; check the service column",
    "too_many_rows": "Terlalu banyak baris, bagi berkasnya · Too many rows; split the file",
    "too_many_columns": "Terlalu banyak kolom · Too many columns",
    "formula": "Ada rumus di sel; simpan nilainya saja · "
    "A cell holds a formula; save values instead of formulas",
    "wrong_option": "Opsi ini tidak untuk jenis berkas ini · The option does not fit this file",
}

ROW_FAULTS: Mapping[str, str] = {
    "invalid_score": "Nilai harus 1, 2, 3 atau 4 · A score must be 1, 2, 3 or 4",
    "no_answers": "Tidak ada satu pun nilai · Not a single score",
    "missing_date": "Tanggal kosong · The date is missing",
    "invalid_date": "Tanggal tidak terbaca; tulis 2026-09-14 atau 14/09/2026 · "
    "Unreadable date; write 2026-09-14 or 14/09/2026 (day first)",
    "time_out_of_range": "Tanggal sebelum 2020 atau belum tiba · "
    "The date lies before 2020 or in the future",
    "wrong_number_of_cells": "Jumlah sel tidak sama dengan kepala kolom · "
    "The row has not as many cells as the header",
    "missing_service": "Layanan kosong dan general_service tidak disebut · "
    "No service, and no general_service was named",
    "invalid_service_name": "Nama layanan tidak dapat dipakai · The service name cannot be used",
    "unknown_service": "Layanan tidak terdaftar; daftarkan, atau pakai create_services · "
    "The service is not registered; register it, or use create_services",
    "service_not_valid_then": "Layanan tidak berlaku pada tanggal itu · "
    "The service was not valid on that day",
    "missing_id": "Pengenal kosong · The id is missing",
    "invalid_id": "Pengenal harus 1-87 karakter biasa · The id must be 1-87 plain characters",
    "conflict": "Pengenal sudah dipakai untuk jawaban lain · "
    "The id already belongs to another answer",
}
_OTHER = "Data tidak sah · The data is not valid"


class FileFault(Exception):
    """The file as a whole cannot be imported. `pointers` say where, never what is written there."""

    def __init__(self, code: str, *pointers: str) -> None:
        super().__init__(code)
        self.code = code
        self.pointers = pointers or ("",)

    @property
    def message(self) -> str:
        """The fault in words."""
        return FILE_FAULTS[self.code]


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row is not accepted: the header of its column ("" is the whole row) and the code."""

    column: str
    code: str


def row_message(code: str) -> str:
    """A row's fault in words."""
    return ROW_FAULTS.get(code, _OTHER)
