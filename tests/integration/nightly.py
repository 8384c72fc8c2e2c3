"""Tests that take too long for `make test`; `make nightly` runs them."""

import os

import pytest

IS_NIGHTLY = "UMA_NIGHTLY" in os.environ
nightly = pytest.mark.skipif(not IS_NIGHTLY, reason="takes long: UMA_NIGHTLY=1, or make nightly, runs it")


def times(usually: int, by_night: int) -> int:
    """Repetitions of something worth repeating."""
    return by_night if IS_NIGHTLY else usually
