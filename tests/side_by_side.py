"""Distribution of tests among processes, and their order (pytest-xdist).

A file's tests stay together, since they share what is dear to make; so do all that build packages in one checkout.
A test file can name another group by the mark ``xdist_group``. Without pytest-xdist all of this changes nothing.
"""

from functools import cache
from pathlib import Path

import pytest

PACKAGE = "package"
"""The group of all tests that build another package."""

LONGEST = (
    "tests/package/test_vm_install.py",
    "tests/integration/test_home_assistant.py",
    "tests/integration/test_home_assistant_server.py",
    "tests/package",
    "tests/benchmarks",
    "tests/integration/test_no_wake_real.py",
    "tests/integration/test_ups.py",
    "tests/integration/test_dashboard_embedded.py",
    "tests/integration/test_page_states.py",
    "tests/integration/test_dashboard.py",
    "tests/integration/test_bulk.py",
    "tests/integration/test_faults_clients.py",
    "tests/integration/test_faults_machine.py",
    "tests/webgui/test_live.py",
    "tests/integration/test_mqtt_brokers.py",
    "tests/integration/test_mqtt.py",
    "tests/integration/test_mqtt_servers.py",
    "tests/integration/test_examples.py",
    "tests/integration/test_soak.py",
    "tests/unit/feeds/docker/test_source.py",
    "tests/unit/feeds/storage/test_source.py",
    "tests/fuzz",
    "tests/integration",
    "tests/webgui",
)
"""Files and folders, longest first, so that no process is left alone with a long one at the end."""

MAX_ID_LENGTH = 60  # characters


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Return *argname* for a value that is long or random, so that all processes name a test alike."""
    is_unfit = isinstance(val, bytes) or (isinstance(val, str) and len(val) > MAX_ID_LENGTH)
    return argname if is_unfit else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test its group, and sort the groups. All unit tests are of `make smoke`, others by their mark."""
    for item in items:
        if item.nodeid.startswith("tests/unit/"):
            item.add_marker(pytest.mark.smoke)
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=_place)


def _group(item: pytest.Item) -> str:
    fixtures = getattr(item, "fixturenames", ())
    return PACKAGE if "checkout" in fixtures else item.nodeid.partition("::")[0]


def _place(item: pytest.Item) -> int:
    if _group(item) == PACKAGE:
        return 0
    return _place_of_file(item.nodeid.partition("::")[0])


@cache
def _place_of_file(file: str) -> int:
    path = Path(file)
    return next((place for place, name in enumerate(LONGEST, 1) if path.is_relative_to(name)), len(LONGEST) + 1)
