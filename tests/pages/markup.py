"""Reads a page as a browser and a screen reader would, and says what is wrong with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "link", "input", "img", "br", "hr"})
_REFERRING = ("aria-labelledby", "aria-describedby", "for")
_FETCHING = ("src", "href", "action")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}


@dataclass
class Element:
    """One element with its attributes and the text in it."""

    tag: str
    attributes: dict[str, str]
    within: tuple[str, ...]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A parsed page."""

    source: str
    elements: list[Element] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []
        self.feed(self.source)
        self.close()
        self.trouble += [f"<{left.tag}> is never closed" for left in self._open]

    def all(self, tag: str, **wanted: str) -> list[Element]:
        """The elements of a kind that have these attributes."""
        return [
            element
            for element in self.elements
            if element.tag == tag and wanted.items() <= element.attributes.items()
        ]

    def one(self, tag: str, **wanted: str) -> Element:
        """The only such element."""
        (found,) = self.all(tag, **wanted)
        return found

    def faults(self) -> list[str]:
        """All that a reader, a screen reader or the content security policy would stumble over."""
        checks: tuple[Callable[[], Iterator[str]], ...] = (
            self._inline,
            self._foreign,
            self._references,
            self._names,
            self._outline,
            self._unreachable,
        )
        return self.trouble + [fault for check in checks for fault in check()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        names = [name for name, _ in attrs]
        self.trouble += [f"<{tag}> twice {name}" for name in names if names.count(name) > 1]
        within = tuple(element.tag for element in self._open)
        element = Element(tag, {name: value or "" for name, value in attrs}, within)
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser for `<rect …/>`."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Called by the parser."""
        if not self._open or self._open[-1].tag != tag:
            self.trouble.append(f"</{tag}> closes {[element.tag for element in self._open][-1:]}")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Called by the parser: text belongs to every element that holds it."""
        for element in self._open:
            element.text += data

    def _inline(self) -> Iterator[str]:
        for element in self.elements:
            if element.tag == "style" or (element.tag == "script" and element.text.strip()):
                yield f"inline <{element.tag}>"
            for name in element.attributes:
                if name == "style" or name.startswith("on"):
                    yield f"inline {name} on <{element.tag}>"

    def _foreign(self) -> Iterator[str]:
        for element in self.elements:
            for name in _FETCHING:
                address = element.attributes.get(name, "")
                if ":" in address.partition("?")[0] or address.startswith("//"):
                    yield f"<{element.tag}> refers to {address}"

    def _references(self) -> Iterator[str]:
        ids = [e.attributes["id"] for e in self.elements if "id" in e.attributes]
        yield from (f"id {name} twice" for name in set(ids) if ids.count(name) > 1)
        for element in self.elements:
            for name in _REFERRING:
                for wanted in element.attributes.get(name, "").split():
                    if wanted not in ids:
                        yield f"{name}={wanted} refers to nothing"
            address = element.attributes.get("href", "")
            if address.startswith("#") and address[1:] not in ids:
                yield f"the link {address} leads nowhere"

    def _names(self) -> Iterator[str]:
        labelled = {label.attributes.get("for") for label in self.all("label")}
        for element in self.elements:
            kind, given = element.tag, element.attributes
            is_field = kind in {"input", "select", "textarea"} and given.get("type") != "hidden"
            if is_field and "label" not in element.within and given.get("id") not in labelled:
                yield f"<{kind} name={given.get('name')}> has no label"
            if kind == "img" and "alt" not in given:
                yield "<img> without alt"
            if (
                kind in {"a", "button", "legend", "summary", "th", "h1"}
                and not element.text.strip()
            ):
                yield f"<{kind}> says nothing"
        if not self.all("html")[0].attributes.get("lang"):
            yield "the page has no language"

    def _outline(self) -> Iterator[str]:
        levels = [_HEADINGS[e.tag] for e in self.elements if e.tag in _HEADINGS]
        if levels.count(1) != 1:
            yield f"{levels.count(1)} main headings"
        before = 1
        for level in levels:
            # A notice may stand before the main heading.
            if level > before + 1:
                yield f"h{level} after h{before}"
            before = level
        if len(self.all("main")) != 1:
            yield "not exactly one <main>"

    def _unreachable(self) -> Iterator[str]:
        for element in self.elements:
            if element.tag == "a" and "href" not in element.attributes:
                yield "a link that no keyboard reaches"
            if element.attributes.get("role") in {"button", "link", "radio", "checkbox"}:
                yield f"<{element.tag}> only pretends to be a {element.attributes['role']}"
            if int(element.attributes.get("tabindex", "0")) > 0:
                yield "a tabindex that breaks the order"
