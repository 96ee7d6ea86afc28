"""How the name of a counter becomes the code of a service."""

import hashlib
import re
import unicodedata

from services.intake.domain.imports.values import legible

LONGEST = 40
LONGEST_NAME = 200
MOST_NEW_SERVICES = 500
FEW_NEW_SERVICES = 20
_SERVICE_CODE = re.compile(r"[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}")
_NOT_CODE = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """Lower-case letters, digits and hyphens; "" when nothing is left of the name.

    A long name keeps its beginning and gets a hash of the whole, so that two of them stay two.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = _NOT_CODE.sub("-", plain).strip("-")
    if len(made) <= LONGEST:
        return made
    digest = hashlib.blake2b(made.encode(), digest_size=3).hexdigest()
    return f"{made[: LONGEST - 7].rstrip('-')}-{digest}"


def service_code(agency: str, name: str) -> str | None:
    """The code of an agency's service: as given when it is one already, else from the name."""
    given = name.strip()
    if given.startswith(f"{agency}.") and _SERVICE_CODE.fullmatch(given):
        return given
    made = slug(given)
    return f"{agency}.{made}" if made else None


def are_too_many(new_services: int, rows: int) -> bool:
    """Whether a file would register so many services that its column must be another one.

    A column of citizens' names looks like that, and what is registered stays public for ever.
    """
    if new_services > MOST_NEW_SERVICES:
        return True
    return new_services > FEW_NEW_SERVICES and new_services * 2 > rows


def service_name(name: str) -> str:
    """The name to register: as in the file, spaces tidied; a bare code gets a capital."""
    tidy = legible(unicodedata.normalize("NFC", name))
    if tidy == slug(tidy):
        tidy = tidy.replace("-", " ").capitalize()
    return tidy[:LONGEST_NAME].rstrip()
