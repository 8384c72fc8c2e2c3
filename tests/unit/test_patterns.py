"""Every regular expression of the package is linear: its worst case of 16 KB takes a bounded number of steps."""

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

import uma
from tests.support.regex_steps import Counter, TooManySteps, attacks
from tests.support.searching import SHARE
from uma.core_settings import CORE
from uma.feeds import all_feeds

TRIED = 256
"""Bytes of each attack; the worst is enlarged to 16 KB."""
WORST = 16 * 1024
MAX_STEPS_A_BYTE = 48
SEARCH, MATCH, FULLMATCH = "search", "match", "fullmatch"
SEARCHES = (SEARCH, "findall", "finditer", "sub", "subn", "split")
CALL = re.compile(r"\bre\s*\.\s*(?!compile\b)\w+\s*\(")
SOURCES = {path: path.read_text() for path in sorted(Path(uma.__file__).parent.rglob("*.py"))}


def uses_of(module: str, name: str) -> frozenset[str]:
    """Use of a pattern: anywhere in a text, from its start, or on the whole text."""
    own = [text for path, text in SOURCES.items() if module.endswith((path.stem, path.parent.name)) and name in text]
    for texts in (own, [text for text in SOURCES.values() if name in text]):
        found = {use for use in (MATCH, FULLMATCH) for text in texts if f"{name}.{use}(" in text}
        found |= {SEARCH for method in SEARCHES for text in texts if f"{name}.{method}(" in text}
        if found:
            return frozenset(found)
    # The use of a pattern that is passed on is unknown.
    return frozenset({SEARCH, FULLMATCH})


def compiled() -> dict[str, tuple["re.Pattern[str] | re.Pattern[bytes]", frozenset[str]]]:
    """Patterns stored in modules, and their uses."""
    found = {}
    for info in pkgutil.walk_packages(uma.__path__, "uma."):
        if not info.name.endswith("__main__"):
            module = importlib.import_module(info.name)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern):
                    found[f"{info.name}.{name}"] = (value, uses_of(info.name, name))
    return found


def inline() -> dict[str, tuple["re.Pattern[str]", frozenset[str]]]:
    """Patterns written where they are used."""
    found = {}
    for path, text in SOURCES.items():
        # Parsing all of the package would take a third of a second in each process.
        for node in ast.walk(ast.parse(text)) if CALL.search(text) else ():
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="re"), attr=attr), args=[ast.Constant(value=str(pattern)), *_]
                ) if attr != "compile":
                    place = f"{path.relative_to(Path(uma.__file__).parent)}:{node.lineno}"
                    found[place] = (re.compile(pattern), frozenset({SEARCH if attr in SEARCHES else attr}))
    return found


def of_settings() -> dict[str, tuple["re.Pattern[str]", frozenset[str]]]:
    """Patterns that values of uma.cfg must match as a whole."""
    settings = [*CORE, *(setting for feed in all_feeds() for setting in feed.settings)]
    return {
        setting.key: (re.compile(pattern), frozenset({FULLMATCH}))
        for setting in settings
        if (pattern := getattr(setting, "pattern", ""))
    }


PATTERNS = compiled() | inline() | of_settings()


def cost(counter: Counter, text: str, uses: frozenset[str]) -> int:
    budget = MAX_STEPS_A_BYTE * (len(text) + 1)
    return max(
        counter.search(text, budget) if use == SEARCH else counter.match(text, budget, whole=use == FULLMATCH)
        for use in uses
    )


@pytest.fixture(autouse=True)
def deep_recursion() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(200_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_pattern_is_linear(name: str) -> None:
    """The worst of many attacks, enlarged to 16 KB, takes only a few steps per byte."""
    pattern, uses = PATTERNS[name]
    counter = Counter(pattern)
    worst, steps, seen = 0, 0, set()
    for number, attack in islice(enumerate(attacks(counter, TRIED)), None, None, SHARE):
        if attack in seen:
            continue
        seen.add(attack)
        try:
            taken = cost(counter, attack, uses)
        except TooManySteps:
            pytest.fail(f"{name} is not linear: {pattern.pattern!r} on {attack[:40]!r} and so on")
        if taken > steps:
            worst, steps = number, taken
    grown = next(islice(attacks(counter, WORST), worst, None))
    try:
        cost(counter, grown, uses)
    except TooManySteps:
        pytest.fail(f"{name} is not linear: {pattern.pattern!r} on 16 KB of {grown[:40]!r}")


@pytest.mark.parametrize(
    ("pattern", "use"),
    [
        (r"(?:^|,)\s*gzip\s*(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", SEARCH),
        (r"\s*([a-z]+)\s*=\s*([^\s]*)\s*(?:#.*)?", FULLMATCH),
        (r"(a+)+b", FULLMATCH),
        (r"(a|aa)+b", FULLMATCH),
        (r"\s+$", SEARCH),
        (r"a*a*b", FULLMATCH),
        (r".*.*=.*", FULLMATCH),
    ],
)
def test_nonlinear_patterns_are_found(pattern: str, use: str) -> None:
    """The count detects patterns that are known to be slow, two of which UMA once had."""
    counter = Counter(re.compile(pattern))

    def try_all() -> None:
        for attack in attacks(counter, TRIED):
            cost(counter, attack, frozenset({use}))

    with pytest.raises(TooManySteps):
        try_all()


@pytest.mark.parametrize("pattern", [r"[a-z]+=[0-9]+", r"a*b*c*", r"(?:[a-z]+/)*[a-z]+", r"\[[^\]]*\]"])
def test_linear_patterns_pass(pattern: str) -> None:
    """A pattern with separate repetitions takes a few steps per byte."""
    counter = Counter(re.compile(pattern))
    for attack in attacks(counter, TRIED):
        cost(counter, attack, frozenset({FULLMATCH}))


def test_the_counter_agrees_with_the_engine() -> None:
    """The counted steps match Python's."""
    for pattern, text in (
        (r"(\w+)@(\w+)\.com", "alice@example.com"),
        (r"(?i)a[b-d]*?E$", "xaBcde"),
        (r"^x(?=y)y|z", "xy"),
        (r"(?<!a)b\b", "ab b"),
        (r"(?:0x[0-9a-f]+|[0-9]+)", "0xff"),
    ):
        counter = Counter(re.compile(pattern))
        counter.search(text, 10_000)
        assert counter.is_found is (re.search(pattern, text) is not None), pattern
