"""Server-rendered pages: templates, one stylesheet, small scripts, forms, errors, reference."""

from shared.web.assets import Assets
from shared.web.language import Language, language_of
from shared.web.pages import Pages

__all__ = ["Assets", "Language", "Pages", "language_of"]
