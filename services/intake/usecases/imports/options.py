"""What the sender of a file says about it; stored with the job."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from services.intake.domain.imports.columns import Wanted, wanted_elements

Kind = Literal["csv", "xlsx"]
Series = Literal["agency", "assisted", "imported"]


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One import: whose answers, about what, in which columns."""

    kind: Kind
    agency: str
    service: str | None = None
    service_column: str | None = None
    general_service: str | None = None
    create_services: bool = False
    place: str | None = None
    series: Series = "imported"
    date_column: str | None = None
    id_column: str | None = None
    label: str | None = None
    map: list[str] = []
    preset: str | None = None
    attribute_columns: dict[str, str] = {}
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    dry_run: bool = False

    def wanted(self) -> Wanted:
        """The columns that are named. Raises FileFault."""
        elements: Mapping[str, str] = wanted_elements(self.map, self.preset)
        return Wanted(
            date=self.date_column,
            service=self.service_column,
            id=self.id_column,
            attributes=self.attribute_columns,
            elements=elements,
        )
