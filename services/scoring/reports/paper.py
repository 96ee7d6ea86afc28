"""HTML on paper: WeasyPrint with no way to the network, loaded late because it needs Pango."""

import ctypes
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.scoring.reports.stages import Stage, Watch, unwatched

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


def to_pdf(html: str, identifier: bytes, watch: Watch = unwatched) -> bytes:
    """The pages of a document that brings everything with it. Raises PdfUnavailable.

    The same document and identifier make the same bytes. One at a time: WeasyPrint has one log for
    its progress.
    """
    weasyprint = _weasyprint()
    # Styles and pictures stand in the document itself: nothing has to be fetched, nothing is.
    fetcher = weasyprint.URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    watch(Stage.LAYOUT, None, None)
    with _listening(watch):
        document = weasyprint.HTML(string=html, url_fetcher=fetcher).render()
    for number, page in enumerate(document.pages):
        _tell_when_printed(page, watch, number, len(document.pages))
    pdf: bytes = document.write_pdf(pdf_identifier=identifier, pdf_tags=True)
    return pdf


class _PageListener(logging.Handler):
    """Hears of every page that is laid out. How many there will be is not known before the end."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch
        self._pages = 0

    def emit(self, record: logging.LogRecord) -> None:
        """WeasyPrint says `… - Page %d`; pages that another round lays out again are not news."""
        if "Page %d" not in record.msg or not isinstance(record.args, tuple):
            return
        number = record.args[0]
        if isinstance(number, int) and number > self._pages:
            self._pages = number
            self._watch(Stage.LAYOUT, number, None)


@contextmanager
def _listening(watch: Watch) -> Iterator[None]:
    """WeasyPrint's documented way to follow it: a logger, heard here and nowhere else."""
    progress, listener = logging.getLogger("weasyprint.progress"), _PageListener(watch)
    progress.setLevel(logging.INFO)
    progress.propagate = False
    progress.addHandler(listener)
    try:
        yield
    finally:
        progress.removeHandler(listener)


def _tell_when_printed(page: Any, watch: Watch, number: int, pages: int) -> None:
    """It says nothing of the pages that it writes, so each tells for itself."""
    paint = page.paint

    def painted(*args: Any, **options: Any) -> None:
        watch(Stage.PAGES, number, pages)
        paint(*args, **options)

    page.paint = painted


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
