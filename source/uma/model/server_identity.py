"""The names of a server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """The server's name, its Unraid's version or None,
    and its id of 32 hexadecimal digits.
    """

    name: str
    unraid_version: str | None
    id: str
