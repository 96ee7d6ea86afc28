"""The query parameters of `POST /v1/imports`, as OpenAPI shows them."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.intake.domain.imports.columns import ATTRIBUTES
from services.intake.usecases.imports.options import Kind, Options, Series
from shared.auth import Principal
from shared.http import Problem

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KINDS: Mapping[str, Kind] = {CSV: "csv", XLSX: "xlsx"}
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Header = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ImportQuery(BaseModel):
    """What the sender says about the file. Columns are named by their headers; case and spaces do
    not matter, and a lone `-` says that the file does not have it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agency: Code | None = Field(None, description="Whose answers; only an admin's key must say it.")
    service: Header | None = Field(None, description="The service of all rows: its code or name.")
    service_column: Header | None = Field(None, description="Column with the service or counter.")
    general_service: Header | None = Field(
        None, description="The service of rows whose service column is empty."
    )
    create_services: bool = Field(
        False, description="Register services that are missing (needs registry:write)."
    )
    place: Code | None = Field(None, description="Where the answers were given.")
    series: Series = "imported"
    date_column: Header | None = Field(None, description="Default: tanggal, tgl, date.")
    id_column: Header | None = Field(
        None, description="Column with an id of each answer; without it rows make their own."
    )
    label: Code | None = Field(
        None, description="Tells apart files whose rows may be equal but are other answers."
    )
    map: list[Annotated[str, StringConstraints(max_length=240)]] = Field(
        default=[], max_length=20, description="element=column, repeated: complaints=U8"
    )
    preset: Literal["skm-app"] | None = Field(
        None, description="skm-app: U1 to U7 as in the regulation, U8 complaints, U9 facilities."
    )
    sex_column: Header | None = None
    age_column: Header | None = Field(None, description="Years or bands (26-35).")
    education_column: Header | None = None
    occupation_column: Header | None = None
    disability_column: Header | None = None
    encoding: Literal["utf-8", "cp1252"] | None = Field(None, description="CSV; default utf-8.")
    delimiter: Literal["auto", "comma", "semicolon", "tab", "pipe"] | None = Field(
        None, description="CSV; default auto."
    )
    sheet: Header | None = Field(None, description="XLSX; default the first sheet.")
    dry_run: bool = Field(False, description="Check everything, store and count nothing.")


def kind_of(headers: Mapping[str, str]) -> Kind:
    """CSV or XLSX, by the content type. Raises the 415 problem."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _KINDS or headers.get("content-encoding", "identity") != "identity":
        raise Problem(
            415,
            "unsupported_media_type",
            "Kirim CSV atau XLSX tanpa kompresi · Send text/csv or XLSX without content encoding",
        )
    return _KINDS[media_type]


def options_of(query: ImportQuery, kind: Kind, agency: str, principal: Principal) -> Options:
    """The query as the job stores it. A test key only checks."""
    given = query.model_dump(exclude={"agency", *(f"{name}_column" for name in ATTRIBUTES)})
    attributes = {
        name: column
        for name in ATTRIBUTES
        if (column := getattr(query, f"{name}_column")) is not None
    }
    is_dry = query.dry_run or principal.mode == "test"
    return Options(
        **{**given, "dry_run": is_dry}, kind=kind, agency=agency, attribute_columns=attributes
    )
