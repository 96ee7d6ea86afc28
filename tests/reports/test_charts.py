"""Charts are well-formed, say their numbers in words, and let nothing through that is markup."""

from fractions import Fraction
from xml.etree import ElementTree

import pytest

from services.scoring.reports.charts import Bar, Point, Zone, bars, line, share

ZONES = [Zone(Fraction(8831, 100), "A"), Zone(Fraction(7661, 100), "B"), Zone(Fraction(25), "D")]
SVG = "{http://www.w3.org/2000/svg}"


def test_bars_stand_on_the_scale_of_the_index() -> None:
    rows = [Bar("Biaya <b>", Fraction(25), "25,00"), Bar("Waktu", Fraction(100), "100,00")]

    root = ElementTree.fromstring(bars("Indeks", "Biaya: 25,00", rows, ZONES))

    zero, whole = [bar for bar in root.iter(f"{SVG}rect") if bar.get("height") == "13"]
    assert float(zero.get("width", "")) == 0 < float(whole.get("width", ""))
    assert root.get("role") == "img" and "Biaya: 25,00" in root.get("aria-label", "")
    assert "Biaya <b>" in [text.text for text in root.iter(f"{SVG}text")]


def test_a_long_name_takes_two_lines_and_no_more() -> None:
    rows = [Bar("Unit pelayanan " * 20, Fraction(80), "80,00")]

    root = ElementTree.fromstring(bars("Indeks", "", rows, []))

    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert len(texts) == 3 and texts[1].endswith("…")


@pytest.mark.parametrize("value", ["20.05", "25", "64.99", "97.12", "100"])
def test_a_line_keeps_all_its_points_in_the_picture(value: str) -> None:
    points = [
        Point("2019", Fraction(25), "25"),
        Point("2020", None, "–"),
        Point("2021", Fraction(value), value),
    ]

    root = ElementTree.fromstring(line("Tren", "", points))

    assert len(list(root.iter(f"{SVG}circle"))) == 2
    for dot in root.iter(f"{SVG}circle"):
        assert 20 <= float(dot.get("cy", "")) <= 190


def test_a_share_is_a_picture_only() -> None:
    assert 'aria-hidden="true"' in share(1, 4)
    assert 'width="25.0"' in share(1, 4)
    assert share(None, 0)
