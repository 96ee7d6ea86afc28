"""HTML on paper: WeasyPrint with no way to the network, loaded late because it needs Pango."""

import ctypes
from typing import Any

# What WeasyPrint opens by itself, and the Debian package that brings it.
_LIBRARIES = {
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libharfbuzz.so.0": "libharfbuzz0b",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libfontconfig.so.1": "libfontconfig1",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
}


class PdfUnavailable(RuntimeError):
    """This machine cannot make PDF files; `packages` are the Debian packages to install."""

    def __init__(self, packages: tuple[str, ...], reason: str) -> None:
        remedy = f"apt-get install {' '.join(packages)}" if packages else reason
        super().__init__(f"PDF files cannot be made on this machine: {remedy}")
        self.packages = packages


def to_pdf(html: str, identifier: bytes) -> bytes:
    """The pages of a document that brings everything with it. Raises PdfUnavailable.

    The same document and identifier make the same bytes.
    """
    weasyprint = _weasyprint()
    # Styles and pictures stand in the document itself: nothing has to be fetched, nothing is.
    fetcher = weasyprint.URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    document = weasyprint.HTML(string=html, url_fetcher=fetcher)
    pdf: bytes = document.write_pdf(pdf_identifier=identifier, pdf_tags=True)
    return pdf


def _weasyprint() -> Any:
    try:
        import weasyprint
    except (ImportError, OSError) as reason:
        missing = (package for library, package in _LIBRARIES.items() if not _loads(library))
        raise PdfUnavailable(tuple(missing), str(reason).strip().partition("\n")[0]) from reason
    return weasyprint


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
