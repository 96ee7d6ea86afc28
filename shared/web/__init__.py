"""Server-rendered pages for all services: templates, one stylesheet, small scripts, forms, errors."""

from shared.web.assets import Assets
from shared.web.language import Language, language_of
from shared.web.pages import Pages

__all__ = ["Assets", "Language", "Pages", "language_of"]
