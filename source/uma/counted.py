"""A number with its noun, for people."""


def counted(number: int, noun: str) -> str:
    """Return ``1 pool`` or ``2 pools``."""
    return f"{number} {noun}{'s' * (number != 1)}"
