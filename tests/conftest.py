"""Options and fixtures of the whole suite."""

import gc
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from tests.support.searching import tries

pytest_plugins = ("tests.side_by_side", "tests.summary", "tests.time_limit")

# Use the Node that make fetched, with any PATH.
os.environ["PATH"] = f"{Path(__file__).parents[1] / '.cache/node/bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"

# The duration of an example depends on the machine, not on the code.
settings.register_profile(
    "any machine", max_examples=tries(100), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add an option that rewrites the golden files from the present code; review the difference before
    committing it.
    """
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Switch garbage collection off while tests are collected: it frees nothing, and takes a quarter of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Collect no garbage while a failure is formatted: a finalizer that logs a traceback calls ``ast.parse`` within
    ``ast.parse``, which Python 3.11.2 answers with a SystemError (gh-106905) that ends the run.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.fixture(scope="session")
def begun_hypothesis() -> None:
    """Let Hypothesis make its random numbers before ``small_heap`` hides their referrers from it."""
    settings(max_examples=1, database=None)(given(strategies.none())(lambda _nothing: None))()


@pytest.fixture(autouse=True, scope="module")
def small_heap(begun_hypothesis: None) -> None:
    """Collect the garbage of earlier files, and freeze the rest: each full collection would take 0.3 s more."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_proc() -> Iterator[None]:
    """Make psutil read this machine's processes again after a test of another host: the setting is global."""
    yield
    psutil.PROCFS_PATH = "/proc"


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let SIGINT interrupt this process and those it starts: a shell starts background commands with it ignored."""
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, inherited)
