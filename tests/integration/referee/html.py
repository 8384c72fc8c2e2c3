"""HTML as a tree, as far as a page's rows need it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"br", "input", "img"})


@dataclass
class Node:
    """An element."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    parts: list["Node | str"] = field(default_factory=list)

    def all(self, tag: str, of_class: str | None = None) -> Iterator["Node"]:
        """The elements *tag* below this one, at any depth."""
        for part in self.parts:
            if isinstance(part, Node):
                if part.tag == tag and (of_class is None or of_class in part.classes):
                    yield part
                yield from part.all(tag, of_class)

    def children(self, tag: str) -> list["Node"]:
        """The elements *tag* right below this one."""
        return [part for part in self.parts if isinstance(part, Node) and part.tag == tag]

    @property
    def classes(self) -> list[str]:
        """Its classes."""
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        """The text a reader sees: of a choice, what is chosen."""
        return "".join(self._texts()).strip()

    def _texts(self) -> Iterator[str]:
        if self.tag == "br":
            yield "\n"
        for part in self.parts:
            if isinstance(part, str):
                yield part
            elif part.tag != "option" or "selected" in part.attributes:
                yield from part._texts()


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {key: value or "" for key, value in attrs})
        self.open[-1].parts.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if any(node.tag == tag for node in self.open):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def parse_html(text: str) -> Node:
    """The tree of *text*."""
    builder = _Builder()
    builder.feed(text)
    builder.close()
    return builder.open[0]
