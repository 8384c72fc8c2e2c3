"""The documents: links that lead somewhere, commands that exist, words that a reader knows."""

import ast
import json
import re
import shlex
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.code_lines import code_lines
from uma.command_line import command_parser

PROJECT = Path(__file__).parents[1]
TRACKED = subprocess.run(
    ["git", "ls-files", "*.md"], cwd=PROJECT, capture_output=True, text=True, check=True
).stdout.split()
DOCUMENTS = [PROJECT / name for name in TRACKED]
GENERATED = {"endpoints.md", "metrics.md", "settings.md"}
TARGETS = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
HARD_WORDS = re.compile(
    r"\b(anew|whoever|whomever|told|tells of|(?<!there )is no (?!longer)\w+|none of which|wherefore|of now|"
    r"mend|mends|mended|stands|stood|knocks)\b",
    re.IGNORECASE,
)
"""Words and phrases that a reader has to parse twice."""

PUBLIC = ("*.md", "emhttp", "uma.plg", "packaging/community-applications", "examples", "integrations/prometheus",
          "integrations/grafana", "integrations/fleet", "integrations/*/examples", "source/package")  # fmt: skip
"""Texts that users read, and the pages with their comments."""

BINARIES = (".png", ".svg", ".ico", ".1")
UNWRAPPED = ("CHANGELOG.md", "benchmarks/README.md", "emhttp/README.md")
"""Documents with long lines: entries and tables that programs write or show."""

MAX_COLUMNS = 100

OPENINGS = ("What", "How", "Who", "Whom", "Whose", "Which", "Whether", "Where", "When", "Of", "That", "Why")
"""A docstring opens with a verb in the imperative or with a noun; ruff's D401 checks the rest."""

MODULES = [PROJECT / name for name in subprocess.run(
    ["git", "ls-files", "*.py"], cwd=PROJECT, capture_output=True, text=True, check=True
).stdout.split()]  # fmt: skip


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as the forge makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=TRACKED)
def test_every_link_leads_somewhere(path):
    """Each link to a file, and to a heading in it, has its target."""
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            dead.append(link)

    assert dead == []


def commands(pattern: str) -> set[str]:
    """Return the matches of *pattern* in code of the documents: indented lines and backquotes."""
    return {match for line in code_lines(DOCUMENTS) for match in re.findall(pattern, line)}


def test_every_make_target_exists():
    """Each `make X` in a document is a target of the Makefile."""
    named = commands(r"^(?:[A-Z_]+=\S+ )?make ((?:[a-z]+[a-z-]* ?)+)")

    assert {word for names in named for word in names.split()} - TARGETS <= {"it", "run"}


@pytest.mark.parametrize("line", sorted(commands(r"(?:^|[;/] ?)(uma [a-z][a-z-]+(?: .*)?)$")))
def test_every_uma_command_parses(line):
    """Each `uma X` in a document is a command with its options and arguments; a synopsis has them in brackets."""
    words = line.partition("|")[0] if "[" not in line else re.sub(r"\[[^]]*\]", "", line)
    arguments = shlex.split(re.split(r" {3,}", words)[0])[1:]
    if arguments[-1] in ("config", "watch", "snapshot"):  # named in a sentence, without an argument
        arguments.append("--help")
    if arguments[-1] == "--help":
        with pytest.raises(SystemExit, match=r"^0$"):
            command_parser({}).parse_args(arguments)
    else:
        assert command_parser({}).parse_args(arguments).command


def test_every_rc_command_exists():
    """Each `rc.uma X` in a document is a command of the script."""
    script = (PROJECT / "source/package/etc/rc.d/rc.uma").read_text()
    named = {word for words in commands(r"rc\.uma ([a-z|]+)") for word in words.split("|")}

    assert named
    assert [word for word in named if f"\n'{word}')" not in script] == []


def test_every_address_is_served():
    """Each address of the API in a document is one of the router's."""
    paths = json.loads((PROJECT / "docs/openapi.json").read_text())["paths"].keys()
    served = re.compile("|".join(re.sub(r"\\{\w+\\}", r"[a-z]+", re.escape(path)) for path in paths))
    named = {path for line in code_lines(DOCUMENTS) for path in re.findall(r"https?://[\w.]+:34600(/[\w/]*)", line)}

    assert named
    assert [path for path in named if not served.fullmatch(path)] == []


def test_readme_is_read_in_two_minutes():
    """README has at most 6 KB, and names what every reader looks for."""
    text = (PROJECT / "README.md").read_text()

    assert len(text.encode()) <= 6144
    for wanted in ("Home Assistant", "docs/security.md", "docs/troubleshooting.md", "Install", "LICENSE"):
        assert wanted in text


def test_words_are_plain():
    """No text for users has a phrase that a reader has to parse twice."""
    names = subprocess.run(["git", "ls-files", *PUBLIC], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name in names.split()
        if not name.endswith(BINARIES)
        for number, line in enumerate((PROJECT / name).read_text().splitlines(), 1)
        if HARD_WORDS.search(line)
    ]

    assert found == []


@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTS if str(path.relative_to(PROJECT)) not in UNWRAPPED], ids=str
)
def test_prose_is_wrapped(path):
    """No line of prose in a document is wider than 100 columns; code and tables may be."""
    wide, is_code = [], False
    for line in path.read_text().splitlines():
        is_code ^= line.lstrip().startswith("```")
        if len(line) > MAX_COLUMNS and not is_code and not line.startswith(("|", "    ", "![")):
            wide.append(line)

    assert wide == []


def documented(tree: ast.AST) -> list[str]:
    """Return the docstrings below *tree*, and the texts below its constants and fields."""
    texts = [
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    return [text.strip() for text in texts]


def test_docstrings_open_with_a_verb_or_a_noun():
    """No docstring opens with a question word, in the package, the tests or the tools."""
    found = []
    for path in MODULES:
        with suppress(SyntaxError):  # of a newer Python
            found += [f"{path}: {text[:60]}" for text in documented(ast.parse(path.read_text())) if is_question(text)]

    assert found == []


def test_comments_open_with_a_verb_or_a_noun():
    """No comment above a function or a class of the pages opens with a question word."""
    names = subprocess.run(
        ["git", "ls-files", "emhttp", "tests/js", "tests/webgui"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = [
        f"{name}: {text}"
        for name in names.split()
        if name.endswith((".js", ".php", ".css"))
        for text in re.findall(r"/\*\*?\s+(?:\* )?(\w+ .*)", (PROJECT / name).read_text())
        if is_question(text)
    ]

    assert found == []


def is_question(text: str) -> bool:
    """Return True if *text* opens with a question word."""
    return text.split(None, 1)[0] in OPENINGS
