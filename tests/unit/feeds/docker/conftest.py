"""A real steward, for what goes to Docker through it."""

from tests.unit.fence.conftest import household

__all__ = ["household"]
