"""How far a document is: the stages of its making, told to whoever watches."""

from collections.abc import Callable
from enum import IntEnum


class Stage(IntEnum):
    """What is being done, in its order. Files for programs are ready after the tables."""

    FIGURES = 1
    CHARTS = 2
    TABLES = 3
    LAYOUT = 4
    PAGES = 5

    @property
    def text(self) -> str:
        """What people read."""
        return _TEXTS[self]


_TEXTS = {
    Stage.FIGURES: "Membaca angka · Reading the figures",
    Stage.CHARTS: "Menggambar grafik · Drawing the charts",
    Stage.TABLES: "Menyusun tabel · Making the tables",
    Stage.LAYOUT: "Menata halaman · Laying out the pages",
    Stage.PAGES: "Mencetak halaman · Printing the pages",
}
# The stage, how many pages it is done with, and of how many, where that is known.
Watch = Callable[[Stage, int | None, int | None], None]


def unwatched(stage: Stage, page: int | None, pages: int | None) -> None:
    """Nobody watches."""
