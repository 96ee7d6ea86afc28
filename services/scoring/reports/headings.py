"""The headings of a report, numbered as they are met; the table of contents lists them."""

from dataclasses import dataclass, field

from services.scoring.reports.voice import Voice

_ROMAN = ("I", "II", "III", "IV", "V", "VI")
_LETTERS = "ABCDEF"


@dataclass(frozen=True, slots=True)
class Heading:
    """A chapter (level 1) or a section (level 2)."""

    level: int
    id: str
    number: str
    title: str


@dataclass(slots=True)
class Headings:
    """Collects what the templates write down."""

    voice: Voice
    all: list[Heading] = field(default_factory=list)
    _chapters: int = 0
    _sections: int = 0
    _annexes: int = 0

    def chapter(self, title: str) -> Heading:
        """BAB III"""
        self._chapters += 1
        self._sections = 0
        number = f"{self.voice.t('Bab', 'Chapter')} {_ROMAN[self._chapters - 1]}"
        return self._add(1, f"chapter-{self._chapters}", number, title)

    def section(self, title: str) -> Heading:
        """3.2"""
        self._sections += 1
        number = f"{self._chapters}.{self._sections}"
        return self._add(2, f"section-{self._chapters}-{self._sections}", number, title)

    def annex(self, title: str) -> Heading:
        """Lampiran A"""
        letter = _LETTERS[self._annexes]
        self._annexes += 1
        number = f"{self.voice.t('Lampiran', 'Annex')} {letter}"
        return self._add(1, f"annex-{letter.lower()}", number, title)

    def _add(self, level: int, name: str, number: str, title: str) -> Heading:
        heading = Heading(level, name, number, title)
        self.all.append(heading)
        return heading
