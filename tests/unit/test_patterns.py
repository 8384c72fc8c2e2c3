"""Every regular expression of the package is linear: 16 KB of its worst case cost a bounded number of steps."""

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import uma
from tests.support.regex_steps import Counter, TooManySteps, attacks
from uma.config import CORE

TRIED = 256
"""Bytes of each attack; the worst of them is made 16 KB."""
WORST = 16 * 1024
MAX_STEPS_A_BYTE = 48
SEARCHES = ("search", "findall", "finditer", "sub", "subn", "split")
ANYWHERE = frozenset({"re.escape"})


def modules() -> Iterator[object]:
    for info in pkgutil.walk_packages(uma.__path__, "uma."):
        if not info.name.endswith("__main__"):
            yield importlib.import_module(info.name)


def is_searched(module: object, name: str) -> bool:
    source = inspect.getsource(module)  # type: ignore[arg-type]
    return any(f"{name}.{method}(" in source for method in SEARCHES)


def compiled() -> dict[str, tuple["re.Pattern[str] | re.Pattern[bytes]", bool]]:
    """The patterns that modules hold, and whether they are looked for anywhere in a text."""
    found = {}
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                found[f"{module.__name__}.{name}"] = (value, is_searched(module, name))
    return found


def inline() -> dict[str, tuple["re.Pattern[str]", bool]]:
    """The patterns that are written where they are used."""
    found = {}
    for path in sorted(Path(uma.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and isinstance(node.args[0].value, str)
            ):
                place = f"{path.relative_to(Path(uma.__file__).parent)}:{node.lineno}"
                found[place] = (re.compile(node.args[0].value), node.func.attr in SEARCHES)
    return found


def of_settings() -> dict[str, tuple["re.Pattern[str]", bool]]:
    """The patterns that values of uma.cfg have to match as a whole."""
    return {
        setting.key: (re.compile(pattern), False) for setting in CORE if (pattern := getattr(setting, "pattern", ""))
    }


PATTERNS = compiled() | inline() | of_settings()


def cost(counter: Counter, text: str, *, is_searched: bool) -> int:
    budget = MAX_STEPS_A_BYTE * (len(text) + 1)
    whole = counter.match(text, budget, whole=True)
    return max(whole, counter.search(text, budget)) if is_searched else whole


@pytest.fixture(autouse=True)
def deep_recursion() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(200_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_pattern_is_linear(name: str) -> None:
    """The worst of many attacks, grown to 16 KB, takes no more than a few steps a byte."""
    pattern, is_searched = PATTERNS[name]
    counter = Counter(pattern)
    worst, steps = "", 0
    for attack in dict.fromkeys(attacks(counter, TRIED)):
        try:
            taken = cost(counter, attack, is_searched=is_searched)
        except TooManySteps:
            pytest.fail(f"{name} is not linear: {pattern.pattern!r} on {attack[:40]!r} and so on")
        if taken > steps:
            worst, steps = attack, taken
    grown = [attack for attack in attacks(counter, WORST) if attack[:16] == worst[:16]][:4]
    for attack in grown:
        try:
            cost(counter, attack, is_searched=is_searched)
        except TooManySteps:
            pytest.fail(f"{name} is not linear: {pattern.pattern!r} on 16 KB of {attack[:40]!r}")


@pytest.mark.parametrize(
    ("pattern", "is_searched"),
    [
        (r"(?:^|,)\s*gzip\s*(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", True),
        (r"\s*([a-z]+)\s*=\s*([^\s]*)\s*(?:#.*)?", False),
        (r"(a+)+b", False),
        (r"(a|aa)+b", False),
        (r"\s+$", True),
        (r"a*a*b", False),
        (r".*.*=.*", False),
    ],
)
def test_what_is_not_linear_is_found(pattern: str, *, is_searched: bool) -> None:
    """The count finds the patterns that are known to be slow, two of which UMA had."""
    counter = Counter(re.compile(pattern))
    with pytest.raises(TooManySteps):
        for attack in attacks(counter, TRIED):
            cost(counter, attack, is_searched=is_searched)


@pytest.mark.parametrize("pattern", [r"[a-z]+=[0-9]+", r"a*b*c*", r"(?:[a-z]+/)*[a-z]+", r"\[[^\]]*\]"])
def test_what_is_linear_is_let_through(pattern: str) -> None:
    """A pattern whose repetitions have nothing in common costs a few steps a byte."""
    counter = Counter(re.compile(pattern))
    for attack in attacks(counter, TRIED):
        cost(counter, attack, is_searched=False)


def test_the_counter_agrees_with_the_engine() -> None:
    """What is counted is what Python matches."""
    for pattern, text in (
        (r"(\w+)@(\w+)\.com", "alice@example.com"),
        (r"(?i)a[b-d]*?E$", "xaBcde"),
        (r"^x(?=y)y|z", "xy"),
        (r"(?<!a)b\b", "ab b"),
        (r"(?:0x[0-9a-f]+|[0-9]+)", "0xff"),
    ):
        counter = Counter(re.compile(pattern))
        found = any(
            counter._run(counter.tree, 0, start, lambda _end: True)
            for start in range(len(text) + 1)
            if not setattr(counter, "_text", text) and not setattr(counter, "_budget", 10_000)
        )
        assert found is (re.search(pattern, text) is not None), pattern
