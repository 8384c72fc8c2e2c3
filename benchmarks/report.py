"""The figures in benchmarks/README.md: one table per benchmark, between marks, with its method. Pure."""

import re
from collections.abc import Iterable, Sequence

_BAR = re.compile(r" (?<!\\)\| ")
_PROCESSORS = re.compile(r"\d+ cores \([^)]*\)")

Row = tuple[str, ...]
"""One figure, and its value in each column."""


def table(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Return a table in Markdown; without *columns* it has one column of values."""
    head = ("figure", *(columns or ("value",)))
    lines = [head, tuple("---" for _ in head), *(tuple(_cell(text) for text in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def section(name: str, docstring: str, columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Return README's section on benchmark *name*: its subject, its figures and the
    method.
    """
    what, _, how = docstring.strip().partition("\n\n")
    parts = [f"### {name}", " ".join(what.split()), table(columns, rows)]
    parts += [" ".join(paragraph.split()) for paragraph in how.split("\n\n") if paragraph.strip()]
    return "\n\n".join(parts)


def with_section(readme: str, name: str, text: str) -> str:
    """Return *readme* with *text* between the marks for *name*, or at its end without marks."""
    begin, end = f"<!-- {name}: written by make bench -->", f"<!-- {name}: end -->"
    block = f"{begin}\n{text}\n{end}"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if marked.search(readme):
        return marked.sub(lambda _: block, readme)
    return f"{readme.rstrip()}\n\n{block}\n"


def section_in(readme: str, name: str) -> str:
    """Return the text between the marks for *name*; "" without marks."""
    begin, end = f"<!-- {name}: written by make bench -->", f"<!-- {name}: end -->"
    return readme.partition(begin)[2].partition(end)[0]


def rows_of(text: str) -> list[Row]:
    """Return the rows of the first table in *text*, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [tuple(cell.replace("\\|", "|") for cell in _BAR.split(line[2:-2])) for line in lines[2:]]


def machine_of(text: str) -> str | None:
    """Return the processors named in *text*, the section of the machine."""
    found = _PROCESSORS.search(text)
    return found[0] if found else None


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
