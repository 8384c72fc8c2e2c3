"""For tests of a promise in seconds."""

import pytest

IN_SECONDS = pytest.mark.flaky(reruns=2)
"""Kept in one of three tries: on a busy machine a daemon may be late through no fault of its own."""
