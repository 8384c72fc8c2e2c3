"""Options and fixtures of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what rewrites the golden files from what the code says now; review the difference before committing it."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")
