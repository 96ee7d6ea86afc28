"""Check the rows of a catalogue as the service itself would, and against each other."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from services.commands.catalogue.rows import Entry, Kind, Refused, Row, key_of
from services.intake.api.registry import KINDS, SERVICE_CODE, entry_faults
from services.intake.api.standard_shapes import StandardIn
from services.intake.domain.registry import closes_a_circle
from services.intake.domain.standard import Standard, standard_faults, start_fault
from shared.http.problem import FieldError, field_error

BODIES = {**{kind.plural: kind.body for kind in KINDS}, "standards": StandardIn}
PATTERNS = {**{kind.plural: kind.code for kind in KINDS}, "standards": SERVICE_CODE}
REASONS = {
    "begins_in_the_past": "versi baru tidak boleh berlaku surut · a new version cannot begin in "
    "the past",
    "duplicate": "sudah ada di berkas ini · stands in this file already",
    "ends_before_it_begins": "berakhir sebelum mulai · ends before it begins",
    "forbidden_character": "huruf atau tanda terlarang · a character that is not allowed",
    "in_the_future": "di masa depan · lies in the future",
    "invalid_format": "bentuknya salah · wrong form",
    "invalid_length": "terlalu pendek atau panjang · too short or too long",
    "invalid_time": "bukan tanggal seperti 2026-01-31 · no date such as 2026-01-31",
    "missing_field": "belum diisi · missing",
    "not_allowed": "pilihan tidak dikenal · not one of the choices",
    "out_of_range": "di luar batas · out of range",
    "successor_circle": "penggantinya berputar · its successors lead back to it",
    "unknown_agency": "instansi tidak terdaftar · the agency is not registered",
    "unknown_field": "kolom tidak dikenal · unknown member",
    "unknown_service": "layanan tidak terdaftar · the service is not registered",
    "unknown_timezone": "zona waktu tidak dikenal · unknown time zone",
    "wrong_type": "jenis isinya salah · wrong kind of value",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is registered already: code → content."""

    agencies: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Any] = field(default_factory=dict)
    services: Mapping[str, Any] = field(default_factory=dict)
    standards: Mapping[str, Standard] = field(default_factory=dict)

    def of(self, kind: Kind) -> Mapping[str, Any]:
        """The entries of a kind."""
        found: Mapping[str, Any] = getattr(self, kind)
        return found


def check(
    rows: Sequence[Row], known: Known | None, today: date
) -> tuple[list[Entry], list[Refused]]:
    """The rows that may be put, and what is wrong with the others.

    Without `known` the file is judged alone: what it refers to may be registered.
    """
    read = [_read(row, today) for row in rows]
    entries = [one for one in read if isinstance(one, Entry)]
    refused = [one for each in read if isinstance(each, list) for one in each]
    refused += [*_doubles(entries), *_circles(entries, known)]
    if known is not None:
        refused += [*_unknown(entries, rows, known), *_too_late(entries, known, today)]
    bad = {(one.kind, one.code) for one in refused}
    return [entry for entry in entries if (entry.kind, entry.code) not in bad], refused


def refusal(row: Row, code: str, pointer: str, reason: str) -> Refused:
    """A fault of a row, at its cell, in words."""
    return Refused(row.kind, code, row.place_of(pointer), pointer, REASONS.get(reason, reason))


def content_of(kind: Kind, values: Mapping[str, Any]) -> Any:
    """A row as it is put. Raises msgspec.ValidationError."""
    body = msgspec.convert(values, BODIES[kind])
    if kind == "standards":
        return msgspec.convert(msgspec.to_builtins(body), Standard)
    return body


def _read(row: Row, today: date) -> Entry | list[Refused]:
    values = dict(row.values)
    code = values.pop(key_of(row.kind), None)
    named = str(code)
    if not isinstance(code, str) or not re.fullmatch(PATTERNS[row.kind], code):
        reason = "missing_field" if code is None else "invalid_format"
        return [refusal(row, named, f"/{key_of(row.kind)}", reason)]
    try:
        content = content_of(row.kind, values)
    except msgspec.ValidationError as trouble:
        fault = field_error(trouble)
        return [refusal(row, named, fault.pointer, fault.code)]
    faults = _faults(code, content, today)
    if faults:
        return [refusal(row, named, fault.pointer, fault.code) for fault in faults]
    return Entry(row.kind, code, content, row)


def _faults(code: str, content: Any, today: date) -> list[FieldError]:
    if isinstance(content, Standard):
        return [FieldError(*fault) for fault in standard_faults(content, today).items()]
    return entry_faults(code, msgspec.structs.asdict(content))


def _doubles(entries: Sequence[Entry]) -> Iterator[Refused]:
    seen = set()
    for entry in entries:
        if (entry.kind, entry.code) in seen:
            yield refusal(entry.row, entry.code, f"/{key_of(entry.kind)}", "duplicate")
        seen.add((entry.kind, entry.code))


def _circles(entries: Sequence[Entry], known: Known | None) -> Iterator[Refused]:
    before = known.services if known else {}
    services = [entry for entry in entries if entry.kind == "services"]
    after = {**before, **{entry.code: entry.content for entry in services}}
    successors = {code: each.successor for code, each in after.items() if each.successor}
    for entry in services:
        successor = entry.content.successor
        if successor and closes_a_circle(entry.code, successor, successors):
            yield refusal(entry.row, entry.code, "/successor", "successor_circle")


def _unknown(entries: Sequence[Entry], rows: Sequence[Row], known: Known) -> Iterator[Refused]:
    codes = {"agencies": {*known.agencies}, "services": {*known.services}}
    for row in rows:  # also those that are refused: one fault is told once
        if row.kind in codes:
            codes[row.kind].add(str(row.values.get("code")))
    for entry in entries:
        pointer = f"/{key_of(entry.kind)}"
        if entry.kind == "services" and entry.code.partition(".")[0] not in codes["agencies"]:
            yield refusal(entry.row, entry.code, pointer, "unknown_agency")
        if entry.kind == "standards" and entry.code not in codes["services"]:
            yield refusal(entry.row, entry.code, pointer, "unknown_service")


def _too_late(entries: Sequence[Entry], known: Known, today: date) -> Iterator[Refused]:
    for entry in entries:
        newest = known.standards.get(entry.code)
        if entry.kind == "standards" and newest != entry.content:
            fault = start_fault(newest, entry.content, today)
            if fault:
                yield refusal(entry.row, entry.code, "/valid_from", fault)
