"""The address of a daemon."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """Host name or IP address, port, and whether the port speaks TLS."""

    host: str
    port: int
    has_tls: bool = False

    @property
    def url(self) -> str:
        """Return the start of each URL; an IPv6 address gets its brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.has_tls else 'http'}://{host}:{self.port}"
