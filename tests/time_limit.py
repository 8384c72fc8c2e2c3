"""A time limit of each run of a test, and of its end.

pytest-timeout starts one limit a test. A failure ends it, and pytest-rerunfailures repeats the test without one: a test
that hung again would hang the whole run.
"""

from typing import Any

import pytest

SETTINGS = pytest.StashKey[Any]()


@pytest.hookimpl(optionalhook=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: object) -> None:
    """Keep the test's limit."""
    item.stash[SETTINGS] = settings


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Start the limit of this run."""
    _start(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Start the limit of the end of this run."""
    _start(item)


def _start(item: pytest.Item) -> None:
    if SETTINGS in item.stash:
        item.config.hook.pytest_timeout_set_timer(item=item, settings=item.stash[SETTINGS])
