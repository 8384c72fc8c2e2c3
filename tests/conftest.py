"""Options and fixtures of the whole suite."""

from collections.abc import Iterator

import psutil
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what rewrites the golden files from what the code says now; review the difference before committing it."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


@pytest.fixture(autouse=True)
def own_proc() -> Iterator[None]:
    """Have psutil read this machine's processes again after a test of another host's: the setting is the process's."""
    yield
    psutil.PROCFS_PATH = "/proc"
