"""What a server calls itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """The server's name, and its Unraid's version or None."""

    name: str
    unraid_version: str | None
