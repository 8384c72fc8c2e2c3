"""The share of a long search for faults that a run tries.

Such a search looks for faults of the code, not of an interpreter. Later Pythons run all tests beside this one, and
try a fifth.
"""

import os

SHARE = int(os.environ.get("UMA_SEARCH_SHARE", "1"))


def tries(count: int) -> int:
    """Return how many of *count* cases to try: with UMA_SEARCH_SHARE=5 a fifth."""
    return count // SHARE
