"""Number of connections that a process can have, by its own limits."""

import resource

import pytest

from uma.listener import fd_limits


@pytest.fixture
def limits(monkeypatch):
    """A function that sets the process's limits, soft and hard; ``now`` has the current ones."""

    class Limits:
        now = (0, 0)

        def __call__(self, soft, hard):
            self.now = (soft, hard)

    limits = Limits()
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits.now)
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: limits(*pair))
    return limits


@pytest.mark.parametrize(
    ("before", "after", "connections"),
    [
        ((1024, 524288), (4096, 524288), 4000),
        ((1024, resource.RLIM_INFINITY), (4096, resource.RLIM_INFINITY), 4000),
        ((1024, 2000), (2000, 2000), 1904),
        ((8192, 8192), (8192, 8192), 8096),
        ((100, 100), (100, 100), 4),
        ((20, 20), (20, 20), 1),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), (resource.RLIM_INFINITY, resource.RLIM_INFINITY), 4096),
    ],
)
def test_limits(limits, before, after, connections):
    """The soft limit rises as far as allowed and needed; some descriptors are kept back."""
    limits(*before)
    fd_limits.allow_many()

    assert limits.now == after
    assert fd_limits.for_connections() == connections
