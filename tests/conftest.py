"""Options and fixtures of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what rewrites the golden files from what the code says now; review the difference before committing it."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


MACHINES = ("tests/package/", "tests/integration/test_vm.py")
"""Build packages and boot machines, with caches of their own: one after the other."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file together where several processes share the work."""
    for item in items:
        file = item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group("machines" if file.startswith(MACHINES) else file))
