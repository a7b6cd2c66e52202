"""A page's outline: what it is made of, without its figures."""

from __future__ import annotations

from html.parser import HTMLParser


class Outline(HTMLParser):
    """What a page is made of: its headings, sections, tables and controls."""

    KEPT = ("h1", "h2", "h3", "caption", "summary", "label", "dt", "nav", "figcaption")

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, and begin a line where its words are kept."""
        told = dict(attrs)
        self.tags.append((tag, told))
        if tag == "thead":
            self.in_head = True
        if tag in ("section", "select", "input", "button", "table") and told.get("id"):
            self.lines.append(f"{tag} #{told['id']}")
        if tag in self.KEPT or (tag == "th" and self.in_head):
            self.inside.append(tag)
            self.lines.append(f"{tag}:")

    def handle_endtag(self, tag: str) -> None:
        """End a line."""
        if tag == "thead":
            self.in_head = False
        if self.inside and tag == self.inside[-1]:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        """Add words to the line, if they are kept."""
        if self.inside and data.strip():
            self.lines[-1] += " " + " ".join(data.split())


def outline(page: str) -> Outline:
    """Read a page."""
    parser = Outline()
    parser.feed(page)
    return parser
