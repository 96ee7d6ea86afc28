"""What an application event must satisfy beyond its types."""

import re

# A NIK has 16 digits and so has an NPWP; the older NPWP has 15. People write them with dots and
# dashes between.
_PERSONAL = re.compile(r"(?<![0-9])(?<![0-9][._-])(?:[0-9][._-]?){14,15}[0-9](?![._-]?[0-9])")


def reference_fault(reference: str) -> str | None:
    """A reference must not hold what may be the number of a person (UU 27/2022)."""
    return "personal_number" if _PERSONAL.search(reference) else None
