"""Charts as inline SVG: bars on the scale of the index, a line over periods, a share in a table.

Every number of a chart also stands in a table beside it; a screen reader hears title and summary.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from textwrap import wrap

from markupsafe import Markup

FONTS = "Noto Sans, Liberation Sans, DejaVu Sans, sans-serif"
INK, QUIET, LINE = "#211c17", "#5d5449", "#ddd5c7"
FILL, DEEP, GOLD, TRACK = "#a3392c", "#4a1512", "#c98f1c", "#f1ece3"
LOWEST, HIGHEST = 25, 100

_WIDTH = 600
_LABELS = 200
_VALUES = 46
_TOP = 26
_ROW = 28
_BAR = 13
_LABEL_LETTERS = 36
_LINE_HEIGHT = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A named value on the scale of the index, and how it is written."""

    name: str
    value: Fraction
    text: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A class of the scale: from where on, and its letter."""

    lowest: Fraction
    letter: str


@dataclass(frozen=True, slots=True)
class Point:
    """A period's value; None leaves a gap."""

    name: str
    value: Fraction | None
    text: str


def bars(title: str, summary: str, rows: Sequence[Bar], zones: Sequence[Zone]) -> Markup:
    """Horizontal bars from 25 to 100, over the classes of the scale."""
    height = _TOP + _ROW * len(rows) + 6
    parts = [*_zones(zones, height)]
    for place, row in enumerate(rows):
        parts += _bar(row, _TOP + place * _ROW)
    return _svg(title, summary, _WIDTH, height, parts)


def line(title: str, summary: str, points: Sequence[Point]) -> Markup:
    """A line over periods with its values written at the points."""
    top, bottom, left, right = 28, 186, 44, _WIDTH - 26
    low, high = _span([point.value for point in points if point.value is not None])
    step = Fraction(right - left, len(points))

    def at(place: int, value: Fraction) -> tuple[float, float]:
        y = bottom - (value - low) / (high - low) * (bottom - top)
        return _px(left + step * (place + Fraction(1, 2))), _px(y)

    parts = _grid(low, high, (left, right), (top, bottom))
    dots = [
        (point, at(place, point.value))
        for place, point in enumerate(points)
        if point.value is not None
    ]
    path = " ".join(f"{x},{y}" for _, (x, y) in dots)
    parts.append(_tag("polyline", points=path, fill="none", stroke=FILL, stroke_width=2))
    for point, (x, y) in dots:
        parts.append(_tag("circle", cx=x, cy=y, r=4, fill=FILL, stroke="#ffffff", stroke_width=1.5))
        parts.append(_text(x, y - 9, point.text, anchor="middle", weight="bold"))
    for place, point in enumerate(points):
        parts += _under(point.name, _px(left + step * (place + Fraction(1, 2))), bottom + 18, step)
    return _svg(title, summary, _WIDTH, bottom + 38, parts)


def share(part: int | None, whole: int) -> Markup:
    """A small bar beside a percentage that is written out: nothing for a screen reader."""
    width = _px(Fraction(100 * (part or 0), whole or 1))
    return Markup(
        '<svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="6" fill="{}"/><rect width="{}" height="6" fill="{}"/></svg>'
    ).format(TRACK, width, FILL)


def _zones(zones: Sequence[Zone], height: int) -> Iterable[Markup]:
    """The classes as faint stripes with their letters above."""
    end = _x(Fraction(HIGHEST))
    for place, zone in enumerate(sorted(zones, key=lambda zone: zone.lowest, reverse=True)):
        start = _x(max(zone.lowest, Fraction(LOWEST)))
        tint = TRACK if place % 2 == 0 else "#faf7f2"
        yield _tag("rect", x=start, y=18, width=_px(end - start), height=height - 18, fill=tint)
        yield _text(_px((start + end) / 2), 12, zone.letter, anchor="middle", fill=QUIET)
        end = start


def _bar(row: Bar, y: int) -> list[Markup]:
    start, end = _x(Fraction(LOWEST)), _x(max(row.value, Fraction(LOWEST)))
    lines = wrap(row.name, _LABEL_LETTERS, max_lines=2, placeholder=" …") or [""]
    middle = y + _ROW / 2
    first = middle + 4 - _LINE_HEIGHT / 2 * (len(lines) - 1)
    labels = [
        _text(_LABELS - 10, first + _LINE_HEIGHT * place, text, anchor="end", size=10.5)
        for place, text in enumerate(lines)
    ]
    return [
        *labels,
        _tag(
            "rect",
            x=start,
            y=middle - _BAR / 2,
            width=_px(end - start),
            height=_BAR,
            fill=FILL,
        ),
        _text(_x(Fraction(HIGHEST)) + 8, middle + 4, row.text, weight="bold"),
    ]


def _x(value: Fraction) -> float:
    width = _WIDTH - _LABELS - _VALUES
    return _px(_LABELS + (value - LOWEST) * width / (HIGHEST - LOWEST))


def _span(values: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """Round ends around the values, never outside the scale and never closer than ten points."""
    low, high = min(values, default=Fraction(LOWEST)), max(values, default=Fraction(HIGHEST))
    low, high = Fraction((low - 2) // 5 * 5), Fraction(-((-high - 2) // 5) * 5)
    high = min(high, Fraction(HIGHEST))
    low = max(min(low, high - 10), Fraction(20))
    return low, max(high, low + 10)


def _grid(
    low: Fraction, high: Fraction, across: tuple[int, int], down: tuple[int, int]
) -> list[Markup]:
    (left, right), (top, bottom) = across, down
    step = 5 if high - low <= 30 else 10
    parts = []
    for value in range(int(low), int(high) + 1, step):
        y = _px(bottom - (value - low) / (high - low) * (bottom - top))
        parts.append(_tag("line", x1=left, x2=right, y1=y, y2=y, stroke=LINE, stroke_width=1))
        parts.append(_text(left - 8, y + 4, str(value), anchor="end", fill=QUIET, size=10))
    return parts


def _under(name: str, x: float, y: int, step: Fraction) -> list[Markup]:
    """A period below its point, in two lines where it is long."""
    lines = wrap(name, max(9, int(step) // 6), max_lines=2, placeholder=" …")
    return [
        _text(x, y + place * _LINE_HEIGHT, text, anchor="middle", fill=QUIET, size=10)
        for place, text in enumerate(lines)
    ]


def _svg(title: str, summary: str, width: int, height: int, parts: Iterable[Markup]) -> Markup:
    return Markup(
        '<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" '
        'aria-label="{}" font-family="{}"><title>{}</title><desc>{}</desc>{}</svg>'
    ).format(width, height, f"{title}. {summary}", FONTS, title, summary, Markup().join(parts))


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    fill: str = INK,
    size: float = 11,
    weight: str = "normal",
) -> Markup:
    return Markup(
        '<text x="{}" y="{}" text-anchor="{}" fill="{}" font-size="{}" font-weight="{}">{}</text>'
    ).format(x, _px(y), anchor, fill, size, weight, text)


def _tag(name: str, **attributes: str | float) -> Markup:
    written = Markup(" ").join(
        Markup('{}="{}"').format(key.replace("_", "-"), value) for key, value in attributes.items()
    )
    return Markup("<{} {}/>").format(Markup(name), written)


def _px(value: Fraction | float) -> float:
    return round(float(value), 1)
