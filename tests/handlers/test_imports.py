"""Imports through the real running intake: counted once, refused with reasons, all or none."""

import asyncio
import io
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import msgspec
import openpyxl
from typer.testing import CliRunner

from services.cli import app
from tests.running import Rancak, bearer
from tests.waiting import wait_until

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADER = "tanggal,loket,jenis_kelamin,kelompok_usia,pendidikan,pekerjaan,U1,U2,U3,U4,U5,U6,U7,U8,U9"
GOOD = "2021-01-04,SAMSAT,Laki-laki,46-55,S1,Pegawai Swasta,4,4,3,4,4,4,4,4,4"
OPTIONS: dict[str, Any] = {
    "service_column": "loket",
    "general_service": "umum",
    "place": "mpp",
    "preset": "skm-app",
    "create_services": True,
}


def table(*rows: str) -> bytes:
    """A file as the survey application exports it."""
    return "\r\n".join((HEADER, *rows)).encode()


async def send(
    rancak: Rancak, body: bytes, *, media: str = CSV, key: str | None = None, **options: Any
) -> Any:
    """Post a file; `None` removes an option."""
    given = {name: value for name, value in {**OPTIONS, **options}.items() if value is not None}
    headers = {**bearer(key or rancak.keys["pemkot"]), "Content-Type": media}
    url = f"{rancak.urls['intake']}/v1/imports"
    return await rancak.http.post(url, params=given, content=body, headers=headers)


async def report(rancak: Rancak, job: str, key: str | None = None) -> dict[str, Any]:
    """The state of a job."""
    url = f"{rancak.urls['intake']}/v1/imports/{job}"
    answer = await rancak.http.get(url, headers=bearer(key or rancak.keys["pemkot"]))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def imported(rancak: Rancak, body: bytes, **options: Any) -> dict[str, Any]:
    """Post a file and wait until it is worked off."""
    answer = await send(rancak, body, **options)
    assert answer.status_code == 202, answer.text
    job = answer.json()["id"]

    async def is_over() -> bool:
        return (await report(rancak, job))["state"] in {"done", "failed"}

    await wait_until(is_over, "the import to end")
    return await report(rancak, job)


def counts(found: dict[str, Any]) -> tuple[int, int, int]:
    """Accepted, duplicate, refused."""
    return found["accepted"], found["duplicate"], found["refused"]


async def stored_jobs(rancak: Rancak) -> int:
    """How many imports are stored."""
    connection = await asyncpg.connect(rancak.database_urls["intake"])
    try:
        await connection.execute("SELECT set_config('rancak.tenant', 'all', false)")
        return int(await connection.fetchval("SELECT count(*) FROM import_job"))
    finally:
        await connection.close()


def address(rancak: Rancak) -> tuple[str, int]:
    """Host and port of intake."""
    parts = urlsplit(rancak.urls["intake"])
    return str(parts.hostname), int(parts.port or 0)


async def ready(rancak: Rancak) -> None:
    """One agency and one place."""
    await rancak.register("pemkot", "nib")


async def test_a_file_is_counted_once_however_often_it_is_sent(rancak: Rancak) -> None:
    await ready(rancak)
    body = table(GOOD, GOOD, GOOD.replace("SAMSAT", ""), GOOD.replace("SAMSAT", "samsat"))

    first = await imported(rancak, body)
    again = await imported(rancak, body)

    assert counts(first) == (4, 0, 0)
    assert counts(again) == (0, 4, 0)
    assert first["per_service"]["pemkot.samsat"]["accepted"] == 3
    assert first["per_service"]["pemkot.umum"]["accepted"] == 1

    async def shows_them() -> bool:
        return (await rancak.index("agency:pemkot", "2021")).get("n") == 4

    await wait_until(shows_them, "the answers to be counted")


async def test_rows_that_cannot_be_counted_are_named_with_the_reason(rancak: Rancak) -> None:
    await ready(rancak)
    bad_score = GOOD.replace(",4,4,3,", ",5,4,x,")
    bad_day = GOOD.replace("2021-01-04", "2021-02-30")
    odd_job = GOOD.replace("Pegawai Swasta", "Nelayan")

    found = await imported(rancak, table(GOOD, bad_score, bad_day, "2021-01-04,SAMSAT", odd_job))

    assert counts(found) == (2, 0, 3)
    refused = [(one["row"], one["column"], one["code"]) for one in found["refusals"]]
    assert refused == [
        (3, "U1", "invalid_score"),
        (3, "U3", "invalid_score"),
        (4, "tanggal", "invalid_date"),
        (5, "", "wrong_number_of_cells"),
    ]
    assert found["unrecognised"] == {"pekerjaan": {"Nelayan": 1}}
    listed = await rancak.http.get(
        rancak.urls["intake"] + found["report"], headers=bearer(rancak.keys["pemkot"])
    )
    assert listed.headers["content-type"].startswith("text/csv")
    assert len(listed.text.splitlines()) == 5


async def test_u8_and_u9_are_never_guessed(rancak: Rancak) -> None:
    await ready(rancak)

    guessed = await send(rancak, table(GOOD), preset=None)
    swapped = await imported(
        rancak, table(GOOD), preset=None, map=["complaints=U9", "facilities=U8"]
    )

    assert guessed.status_code == 422
    assert guessed.json()["code"] == "ambiguous_elements"
    assert counts(swapped) == (1, 0, 0)


async def test_a_file_that_cannot_be_read_is_refused_at_once(rancak: Rancak) -> None:
    await ready(rancak)
    cases = {
        "wrong_encoding": table(GOOD).replace(b"SAMSAT", "Café".encode("cp1252")),
        "empty_file": b"",
        "no_rows": table(),
        "duplicate_column": table(GOOD).replace(b"pekerjaan", b"PENDIDIKAN"),
        "missing_column": table(GOOD).replace(b"tanggal", b"kapan"),
        "not_csv": table(GOOD, '2021-01-04,"SAMSAT'),
    }

    answers = {code: await send(rancak, body) for code, body in cases.items()}

    assert {code: answer.status_code for code, answer in answers.items()} == dict.fromkeys(
        cases, 422
    )
    assert [answer.json()["code"] for answer in answers.values()] == list(cases)
    assert await stored_jobs(rancak) == 0


async def test_an_old_encoding_has_to_be_named(rancak: Rancak) -> None:
    await ready(rancak)
    body = table(GOOD.replace("SAMSAT", "Café")).decode().encode("cp1252")

    found = await imported(rancak, body, encoding="cp1252")

    assert list(found["per_service"]) == ["pemkot.cafe"]


async def test_a_workbook_says_the_same_as_its_csv(rancak: Rancak) -> None:
    await ready(rancak)

    from_csv = await imported(rancak, table(GOOD, GOOD))
    from_xlsx = await imported(rancak, workbook(GOOD, GOOD), media=XLSX)

    assert counts(from_csv) == (2, 0, 0)
    assert counts(from_xlsx) == (0, 2, 0)


async def test_a_formula_is_refused_by_row_and_column(rancak: Rancak) -> None:
    await ready(rancak)

    refused = await send(rancak, workbook(GOOD, GOOD.replace(",S1,", ",=A1,")), media=XLSX)
    garbage = await send(rancak, b"PK\x03\x04 no workbook", media=XLSX)

    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"pointer": "/rows/3/columns/5", "code": "formula"}]
    assert garbage.json()["code"] == "not_xlsx"


async def test_a_zip_bomb_is_not_unpacked(rancak: Rancak) -> None:
    await ready(rancak)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(80 * 1024 * 1024))

    refused = await send(rancak, bomb.getvalue(), media=XLSX)

    assert refused.status_code == 422
    assert refused.json()["code"] == "uncompressed_too_large"


async def test_a_hundred_megabytes_are_refused_without_being_read(rancak: Rancak) -> None:
    await ready(rancak)
    reader, writer = await asyncio.open_connection(*address(rancak))
    lines = (
        "POST /v1/imports?service=nib&preset=skm-app HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {rancak.keys['pemkot']}",
        f"Content-Type: {CSV}",
        "Content-Length: 104857600",
    )
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    answer = await asyncio.wait_for(reader.read(), 5)  # not a byte of the body was sent

    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"code":"too_large"' in answer


async def test_a_body_without_a_length_is_cut_at_the_limit(rancak: Rancak) -> None:
    await ready(rancak)
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 100:
            sent += 1
            yield bytes(1024 * 1024)

    headers = {**bearer(rancak.keys["pemkot"]), "Content-Type": CSV}
    url = f"{rancak.urls['intake']}/v1/imports?service=nib"
    with suppress(httpx.TransportError):  # closed while we still send: no answer to read
        answer = await rancak.http.post(url, content=endless(), headers=headers)
        assert answer.status_code == 413
    assert sent < 100
    assert await stored_jobs(rancak) == 0


async def test_a_dry_run_tells_all_and_counts_nothing(rancak: Rancak) -> None:
    await ready(rancak)
    await imported(rancak, table(GOOD))

    tried = await imported(rancak, table(GOOD, GOOD, GOOD.replace("SAMSAT", "BPKAD")), dry_run=True)
    for_real = await imported(rancak, table(GOOD, GOOD, GOOD.replace("SAMSAT", "BPKAD")))

    assert tried["dry_run"] is True
    assert counts(tried) == counts(for_real) == (2, 1, 0)


async def test_nobody_sees_or_sends_anothers_import(rancak: Rancak) -> None:
    await ready(rancak)
    foreign = await rancak.register("dinkes", "puskesmas")
    job = (await imported(rancak, table(GOOD)))["id"]

    read = await rancak.http.get(
        f"{rancak.urls['intake']}/v1/imports/{job}", headers=bearer(foreign)
    )
    written = await send(rancak, table(GOOD), key=foreign, agency="pemkot")
    by_admin = await send(rancak, table(GOOD), key=rancak.admin_key, agency="pemkot")
    unnamed = await send(rancak, table(GOOD), key=rancak.admin_key)

    assert (read.status_code, written.status_code) == (404, 404)
    assert by_admin.status_code == 202
    assert unnamed.json()["errors"] == [{"pointer": "/query/agency", "code": "missing_field"}]


async def test_unknown_names_in_the_options_are_refused_before_the_file_is_read(
    rancak: Rancak,
) -> None:
    await ready(rancak)

    place = await send(rancak, table(GOOD), place="nowhere")
    service = await send(rancak, table(GOOD), create_services=False)
    element = await send(rancak, table(GOOD), map=["u8=U8"])
    option = await send(rancak, table(GOOD), colour="red")

    assert place.json()["errors"] == [{"pointer": "/query/place", "code": "unknown_place"}]
    assert service.json()["errors"] == [
        {"pointer": "/query/general_service", "code": "unknown_service"}
    ]
    assert element.json()["code"] == "unknown_element"
    assert option.json()["errors"] == [{"pointer": "/query/colour", "code": "unknown_field"}]


async def test_an_unregistered_counter_is_refused_unless_it_may_be_created(rancak: Rancak) -> None:
    await ready(rancak)

    found = await imported(
        rancak,
        table(GOOD, GOOD.replace("SAMSAT", "NIB")),
        create_services=None,
        general_service=None,
    )

    assert counts(found) == (1, 0, 1)
    assert found["refusals"][0]["code"] == "unknown_service"


async def test_ids_of_the_file_itself_are_kept_and_a_changed_answer_is_a_conflict(
    rancak: Rancak,
) -> None:
    await ready(rancak)
    head, numbered = HEADER + ",nomor\n", GOOD + ",A-1\n"

    first = await imported(rancak, (head + numbered).encode(), id_column="nomor")
    changed = (head + numbered.replace(",4,4,3", ",1,4,3")).encode()
    second = await imported(rancak, changed, id_column="nomor")

    assert counts(first) == (1, 0, 0)
    assert second["refusals"][0]["code"] == "conflict"


async def test_two_files_with_equal_rows_count_apart_under_two_labels(rancak: Rancak) -> None:
    await ready(rancak)

    counted = [await imported(rancak, table(GOOD), label=label) for label in ("pagi", "sore")]

    assert [counts(found) for found in counted] == [(1, 0, 0), (1, 0, 0)]


async def run_command(rancak: Rancak, *arguments: str) -> Any:
    """`rancak import …` with the agency's key."""
    environment = {
        "RANCAK_URL": rancak.urls["intake"],
        "RANCAK_KEY": rancak.keys["pemkot"],
        "COLUMNS": "120",
    }
    runner = CliRunner(env=environment)
    return await asyncio.to_thread(runner.invoke, app, ["import", *arguments])


async def test_the_command_shows_what_became_of_the_rows(rancak: Rancak, tmp_path: Path) -> None:
    await ready(rancak)
    file = tmp_path / "survei.csv"
    file.write_bytes(table(GOOD, GOOD.replace(",4,4,3,", ",9,4,3,")))
    options = ("--service", "nib", "--place", "mpp", "--map", "complaints=U8")

    first = await run_command(rancak, str(file), *options, "--map", "facilities=U9")
    file.write_bytes(table(GOOD))
    second = await run_command(rancak, str(file), *options, "--map", "facilities=U9", "--json")
    third = await run_command(rancak, str(file), *options)

    assert first.exit_code == 1, "a refused row must be seen by a script"
    assert "pemkot.nib" in first.output
    assert "Nilai harus 1, 2, 3 atau 4" in first.output
    assert second.exit_code == 0
    assert msgspec.json.decode(second.stdout)["duplicate"] == 1
    assert third.exit_code == 1
    assert "U8 dan U9" in third.output


def workbook(*rows: str) -> bytes:
    """The same table as XLSX, scores as numbers."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (HEADER, *rows):
        sheet.append([int(cell) if cell.isdigit() else cell for cell in row.split(",")])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


async def test_other_agencies_imports_are_hidden_by_the_database_itself(rancak: Rancak) -> None:
    await ready(rancak)
    await imported(rancak, table(GOOD))
    connection = await asyncpg.connect(rancak.database_urls["intake"])
    try:
        seen = {}
        for tenant in ("", "tenant:dinkes", "tenant:pemkot", "all"):
            await connection.execute("SELECT set_config('rancak.tenant', $1, false)", tenant)
            seen[tenant] = await connection.fetchval("SELECT count(*) FROM import_job")
    finally:
        await connection.close()

    assert seen == {"": 0, "tenant:dinkes": 0, "tenant:pemkot": 1, "all": 1}


async def test_a_key_without_the_right_cannot_import_or_create_services(rancak: Rancak) -> None:
    await ready(rancak)
    keys = [await rancak_key(rancak, scope) for scope in ("events:write", "import:write")]

    without = await send(rancak, table(GOOD), key=keys[0])
    creating = await send(rancak, table(GOOD), key=keys[1])
    plain = await send(
        rancak,
        table(GOOD),
        key=keys[1],
        create_services=None,
        general_service=None,
        service="nib",
        service_column=None,
    )

    assert (without.status_code, creating.status_code, plain.status_code) == (403, 403, 202)


async def rancak_key(rancak: Rancak, scope: str) -> str:
    """A key of the agency with one scope only."""
    made = await rancak.http.post(
        f"{rancak.urls['intake']}/v1/keys",
        json={"agency": "pemkot", "scopes": [scope]},
        headers=bearer(rancak.admin_key),
    )
    return str(made.json()["key"])


async def test_a_sandbox_key_only_checks(rancak: Rancak) -> None:
    await ready(rancak)
    made = await rancak.http.post(
        f"{rancak.urls['intake']}/v1/keys",
        json={"agency": "pemkot", "scopes": ["import:write"], "mode": "test"},
        headers=bearer(rancak.admin_key),
    )

    found = await imported(
        rancak,
        table(GOOD),
        key=made.json()["key"],
        create_services=None,
        general_service=None,
        service="nib",
        service_column=None,
    )

    assert found["dry_run"] is True
    assert counts(found) == (1, 0, 0)
    assert (await imported(rancak, table(GOOD)))["accepted"] == 1
