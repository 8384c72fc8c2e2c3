"""The figures in benchmarks/README.md: a table a benchmark, between marks, with how it was taken; pure."""

import re
from collections.abc import Iterable, Sequence

Row = tuple[str, ...]
"""What is measured, and its value in each column."""


def table(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """A table in Markdown; without *columns* of its own a value is just that."""
    head = ("figure", *(columns or ("value",)))
    lines = [head, tuple("---" for _ in head), *(tuple(_cell(text) for text in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def section(name: str, docstring: str, columns: Sequence[str], rows: Iterable[Row]) -> str:
    """What the README says of benchmark *name*: what it is, its figures, how they are taken."""
    what, _, how = docstring.strip().partition("\n\n")
    parts = [f"### {name}", " ".join(what.split()), table(columns, rows)]
    parts += [" ".join(paragraph.split()) for paragraph in how.split("\n\n") if paragraph.strip()]
    return "\n\n".join(parts)


def with_section(readme: str, name: str, text: str) -> str:
    """*readme* with *text* between the marks for *name*; at its end where it has none."""
    begin, end = f"<!-- {name}: written by make bench -->", f"<!-- {name}: end -->"
    block = f"{begin}\n{text}\n{end}"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if marked.search(readme):
        return marked.sub(lambda _: block, readme)
    return f"{readme.rstrip()}\n\n{block}\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
