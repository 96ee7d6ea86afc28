"""Stylesheet, scripts and pictures, served under names that change with their content."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Response

from shared.http import Problem

PREFIX = "/assets"
FOLDER = Path(__file__).parent / "assets"
_FOR_EVER = "public, max-age=31536000, immutable"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HASH_LENGTH = 12
_REFERENCE = re.compile(rb'url\("([^"/]+)"\)')
_HASHED = re.compile(rf"(?P<stem>[a-z0-9-]+)\.[0-9a-f]{{{_HASH_LENGTH}}}(?P<suffix>\.[a-z]+)")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent, and the name that says which content it has."""

    body: bytes
    media_type: str
    hashed_name: str


class Assets:
    """The files of a folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._assets: dict[str, Asset] = {}
        files = [file for file in sorted(folder.iterdir()) if file.suffix in _MEDIA_TYPES]
        # Stylesheets come last: they name the others by their hashed names.
        for file in sorted(files, key=lambda file: file.suffix == ".css"):
            self._add(file)

    def url(self, name: str) -> str:
        """Where a file is served; another content has another address."""
        return f"{PREFIX}/{self._assets[name].hashed_name}"

    def router(self) -> APIRouter:
        """The route of all files."""
        routes = APIRouter(prefix=PREFIX, include_in_schema=False)

        @routes.get("/{file}")
        async def serve(file: str) -> Response:
            asset, is_current = self._find(file)
            # During a rolling restart a page of one version may ask the other for its files.
            caching = _FOR_EVER if is_current else "no-cache"
            return Response(
                asset.body, media_type=asset.media_type, headers={"Cache-Control": caching}
            )

        return routes

    def _add(self, file: Path) -> None:
        body = file.read_bytes()
        if file.suffix == ".css":
            body = _REFERENCE.sub(self._with_hashed_name, body)
        digest = hashlib.sha256(body).hexdigest()[:_HASH_LENGTH]
        hashed_name = f"{file.stem}.{digest}{file.suffix}"
        self._assets[file.name] = Asset(body, _MEDIA_TYPES[file.suffix], hashed_name)

    def _with_hashed_name(self, found: re.Match[bytes]) -> bytes:
        return b'url("%b")' % self._assets[found[1].decode()].hashed_name.encode()

    def _find(self, file: str) -> tuple[Asset, bool]:
        match = _HASHED.fullmatch(file)
        asset = self._assets.get(match["stem"] + match["suffix"]) if match else None
        if asset is None:
            raise Problem(404, "not_found", "Tidak ditemukan · Not found")
        return asset, asset.hashed_name == file
