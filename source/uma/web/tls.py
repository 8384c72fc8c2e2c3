"""TLS on the port: the server's own certificate, and its renewal.

``ssl`` is imported only if a certificate is set: it costs 7 MB.
"""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import structlog

from uma.aio.ticks import sleep_to_tick
from uma.config import Config, Problem
from uma.feeds.feed import Publish, Report
from uma.listener.connection import GuardedConnection
from uma.listener.tls_connection import TlsConnection
from uma.web.stamps import LOOK_SECONDS, Stamp, stamp_of

log = structlog.get_logger()


class CertificateUnusable(Exception):
    """Raised if the certificate or its key can't be used. ``str()`` has the reason."""


class Certificate:
    """The certificate and key of the port. One file may hold both, as Unraid's bundles
    do.

    Raises CertificateUnusable. It is also a source, with an entry in health, which
    renews the certificate while it runs. *look_seconds* is for tests.
    """

    name = "tls"

    def __init__(self, certificate: str, key: str, *, look_seconds: float = LOOK_SECONDS) -> None:
        if not certificate or not key:
            raise CertificateUnusable("TLS_CERTIFICATE and TLS_KEY belong together, and one of them is empty")
        self._certificate, self._key = Path(certificate), Path(key)
        self._look_seconds = look_seconds
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Without this, clients would prefer HTTP/2.
        self.context.set_alpn_protocols(["http/1.1"])
        self._loaded = self._stamp()
        self._load()

    def around(
        self, factory: Callable[[], GuardedConnection], *, shutdown_seconds: float
    ) -> Callable[[], TlsConnection]:
        """Return a factory of TLS connections around those of *factory*."""
        return lambda: TlsConnection(factory(), self.context, shutdown_seconds=shutdown_seconds)

    async def run(self, publish: Publish, report: Report) -> None:  # noqa: ARG002 - a source, which publishes nothing
        """Use a renewed file for new connections, until cancelled."""
        report("ok", f"certificate from {self._certificate}")
        while True:
            # At once, too: a reload restarts this, perhaps because of a renewed file.
            stamp = await asyncio.to_thread(self._stamp)
            if stamp != self._loaded:
                self._loaded = stamp
                await self._renew(report)
            await sleep_to_tick(self._look_seconds)

    async def _renew(self, report: Report) -> None:
        try:
            await asyncio.to_thread(self._load)
        except CertificateUnusable as error:
            # A file that is being written is complete at the next look; until then the
            # old certificate serves.
            report("failed", f"the renewed certificate can't be used: {error}")
        else:
            log.info("certificate renewed", path=str(self._certificate))
            report("ok", f"certificate from {self._certificate}")

    def _load(self) -> None:
        try:
            # An empty password: otherwise OpenSSL would ask for one on the terminal.
            self.context.load_cert_chain(self._certificate, self._key, password=lambda: b"")
        except (OSError, ssl.SSLError, ValueError) as error:
            raise CertificateUnusable(_reason(error, self._certificate, self._key)) from error

    def _stamp(self) -> Stamp:
        return stamp_of((self._certificate, self._key))


def read_problems(config: Config, *, source: str) -> list[Problem]:
    """Try the certificate of *config*; return why it can't be used, if so. Blocks."""
    if not config.tls_certificate and not config.tls_key:
        return []
    try:
        Certificate(config.tls_certificate, config.tls_key)
    except CertificateUnusable as error:
        words = f"{error}; no port is opened until it is corrected"
        return [Problem(0, "TLS_CERTIFICATE", words, source, is_closed=True)]
    return []


def _reason(error: Exception, certificate: Path, key: Path) -> str:
    if isinstance(error, PermissionError):
        # In `uma check-config`, which anyone may run.
        return f"{certificate} or {key} may not be read by this user"
    # One file can be both.
    missing = [str(path) for path in dict.fromkeys((certificate, key)) if not path.is_file()]
    if missing:
        return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not there"
    if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
        return f"{key} is not the key of {certificate}"
    return f"{certificate} and {key} hold no certificate with its key"
