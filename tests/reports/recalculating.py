"""Lets LibreOffice compute workbooks again, from files whose stored results were taken out."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

_STORED = re.compile(rb"(</f>)<v>[^<]*</v>")
_LONGEST = 300


def recalculated(workbooks: Mapping[str, bytes], folder: Path) -> dict[str, Any]:
    """Each workbook as LibreOffice computes it, by name. Skips where there is none."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-calc")
    for name, body in workbooks.items():
        (folder / f"{name}.xlsx").write_bytes(without_results(body))
    out = folder / "computed"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    given = [str(folder / f"{name}.xlsx") for name in workbooks]
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out), *given],
        check=True,
        capture_output=True,
        timeout=_LONGEST,
    )
    return {
        name: openpyxl.load_workbook(out / f"{name}.xlsx", data_only=True) for name in workbooks
    }


def without_results(body: bytes) -> bytes:
    """The workbook with formulas only: what is read from it later was computed later."""
    stripped = BytesIO()
    with ZipFile(BytesIO(body)) as old, ZipFile(stripped, "w", ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(item, _STORED.sub(rb"\1", old.read(item)))
    return stripped.getvalue()


def labelled(sheet: Any) -> dict[str, Any]:
    """The value beside each label of a sheet's first column."""
    return {
        str(label.value): value.value
        for label, value in sheet.iter_rows(max_col=2)
        if label.value is not None
    }
