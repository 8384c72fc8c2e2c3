"""Every target, 20,000 cases in all; `make fuzz` runs a million others."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import unraid  # noqa: F401 - its targets join the others
from .targets import TARGETS, Target

CASES = 20_000
PER_EXAMPLE = 20


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
@settings(
    max_examples=CASES // len(TARGETS) // PER_EXAMPLE + 1,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**64))
def test_fuzz(target: Target, seed: int) -> None:
    """No case breaks a promise of its target's docstring."""
    chance = random.Random(seed)
    for _ in range(PER_EXAMPLE):
        target(chance)
