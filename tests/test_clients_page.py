"""Documents for clients: their promises hold, and they explain every error."""

import json
import re
from pathlib import Path

from tests.support.feeds import FEEDS
from uma.model.close_codes import CLOSE_CODES
from uma.wire.openapi import METHODS, openapi_document

DOCS = Path(__file__).parents[1] / "docs"
TEXT = "\n".join((DOCS / name).read_text() for name in ("clients.md", "cli.md", "troubleshooting.md"))


def first_cells(heading: str) -> set[str]:
    """The first words of the rows of the table under *heading*."""
    section = TEXT.split(f"## {heading}\n")[1].split("\n#")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return {re.split(r"[ ,|]+", row.strip("| "))[0] for row in rows}


def test_every_link_leads_somewhere():
    """Each file that it links is there."""
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)

    assert links
    assert [link for link in links if not (DOCS / link).exists()] == []


def test_every_status_is_explained():
    """Each error of each address has its row, and each row has its error."""
    statuses = {
        status
        for item in openapi_document(FEEDS)["paths"].values()
        for method in METHODS
        for status in item.get(method, {}).get("responses", ())
        if int(status) >= 400
    }

    assert first_cells("HTTP status, before the WebSocket opens") == statuses


def test_every_close_code_is_explained():
    """Each close code has its row; 1006 is a client's own code for a lost connection."""
    assert first_cells("Close code, after it was open") == {str(code) for code in CLOSE_CODES} | {"1006"}


def test_every_example_is_named():
    """Each client in examples/ is linked."""
    examples = DOCS.parent / "examples"
    clients = {path for path in examples.rglob("*.*") if path.suffix in (".py", ".js", ".sh", ".html")}

    assert [path.name for path in clients if f"(../examples/{path.relative_to(examples)})" not in TEXT] == []


def test_the_paths_it_names_are_served():
    """Each address in the text is one of the router's."""
    named = set(re.findall(r"(?<!\w)(/(?:api/v1|metrics)[a-z/0-9]*[a-z])(?![\w…])", TEXT)) - {"/api/v1/ws"}

    assert named <= json.loads((DOCS / "openapi.json").read_text())["paths"].keys()
