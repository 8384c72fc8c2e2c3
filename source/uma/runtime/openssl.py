"""Omission of OpenSSL from a process that does not need it: it costs 6 MB.

asyncio and aiohttp work without ``ssl``, and hashlib has its own SHA-256. Modules that
import ``ssl`` by name get a stand-in with its exceptions, which nothing raises.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

from uma.config import Config

MODULES: Final = ("ssl", "_ssl", "_hashlib")


def needs_tls(config: Config) -> bool:
    """Check whether a setting of *config* asks for TLS."""
    serves_tls = bool(config.tls_certificate or config.tls_key)
    has_broker = bool(config.mqtt_host) and config.mqtt_tls
    return serves_tls or has_broker or config.heartbeat_url.startswith("https:")


def leave_out_tls() -> None:
    """Make every later import of OpenSSL fail in this process. Call it before asyncio
    is imported.
    """
    modules: dict[str, Any] = sys.modules
    for name in MODULES:
        modules.setdefault(name, None)


def has_tls() -> bool:
    """Check whether this process can speak TLS."""
    return sys.modules.get("ssl", True) is not None


def lacks_tls(config: Config) -> bool:
    """Check whether *config* needs TLS and this process has left it out."""
    return needs_tls(config) and not has_tls()


@contextmanager
def tls_stand_in() -> Iterator[None]:
    """Make ``import ssl`` return a stand-in inside the block, if OpenSSL was
    left out.
    """
    if has_tls():
        yield
        return
    modules: dict[str, Any] = sys.modules
    modules["ssl"] = _stand_in()
    try:
        yield
    finally:
        modules["ssl"] = None


def _stand_in() -> ModuleType:
    module = ModuleType("ssl")
    error = type("SSLError", (OSError,), {})
    for name in ("SSLWantReadError", "SSLWantWriteError", "SSLCertVerificationError", "CertificateError"):
        setattr(module, name, type(name, (error,), {}))
    vars(module).update(SSLError=error, SSLContext=type("SSLContext", (), {}), SSLSocket=type("SSLSocket", (), {}))
    # For annotations and defaults of functions that are never called.
    vars(module).update(TLSVersion=type("TLSVersion", (), {}), PROTOCOL_TLS_CLIENT=16, PROTOCOL_TLS_SERVER=17)
    return module
