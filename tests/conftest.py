"""Options and fixtures of the whole suite."""

from collections.abc import Iterator

import psutil
import pytest
from hypothesis import HealthCheck, settings

# How long an example takes tells of the machine, not of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what rewrites the golden files from what the code says now; review the difference before committing it."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


@pytest.fixture(autouse=True)
def own_proc() -> Iterator[None]:
    """Have psutil read this machine's processes again after a test of another host's: the setting is the process's."""
    yield
    psutil.PROCFS_PATH = "/proc"
