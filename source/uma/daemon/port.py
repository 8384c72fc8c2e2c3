"""The port: it is opened, moved by a reload, and closed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from uma.aio.ticks import sleep_to_tick
from uma.config import Config, Problem
from uma.errors import PortTaken
from uma.web.server import ProtocolFactory, accept, port_of, queue_at
from uma.web.stamps import LOOK_SECONDS, Stamp, stamp_of

if TYPE_CHECKING:
    from uma.web.tls import Certificate

log = structlog.get_logger()

Address = tuple[str, int, str, str]

ADDRESS_KEYS = ("BIND", "PORT", "TLS_CERTIFICATE", "TLS_KEY")
"""The settings of an address, in its order."""


class Port:
    """The address that clients connect to, by the settings in force.

    If the TLS settings can't be used, no port is open, and ``fault`` has the reason.
    ``kept`` has a problem if the last ``move`` failed. *look_seconds* is for tests.
    """

    def __init__(self, factory: ProtocolFactory, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._factory = factory
        self._look_seconds = look_seconds
        self._files: tuple[str, ...] = ()
        self._stamp: Stamp = ()
        self._server: asyncio.Server | None = None
        self._address: Address | None = None
        self.certificate: Certificate | None = None
        self.fault = ""
        self.kept: tuple[Problem, ...] = ()

    @property
    def number(self) -> int:
        """The port's number, chosen by the kernel if 0 was requested; 0 if no port is
        open.
        """
        return 0 if self._server is None else port_of(self._server)

    async def accept(self) -> None:
        """Accept waiting and new connections."""
        if self._server is not None:
            await accept(self._server)

    async def open(self, config: Config) -> None:
        """Open the port of *config*; connections wait for ``accept``. Raises PortTaken,
        or OSError for an address that this host does not have.
        """
        self._address = _address_of(config)
        # An empty one would be the working folder.
        self._files = tuple(filter(None, (config.tls_certificate, config.tls_key)))
        # Before they are read, so that a later change is noticed.
        self._stamp = await asyncio.to_thread(stamp_of, self._files)
        self.certificate, self.fault = await asyncio.to_thread(_certificate_of, config)
        if self.fault:
            log.error("port not opened", reason=self.fault)
            return
        self._server = await queue_at(self._factory, config.bind, config.port, self.certificate)

    async def move(self, config: Config, moved: Callable[[], None]) -> Config:
        """Open the port of *config* if it differs, and call *moved* then.

        A port that is closed by a fault is tried again. Return the settings in force:
        if the new address can't be opened, the old one stays.
        """
        before, wanted = self._address, _address_of(config)
        self.kept = ()
        if before is None or (before == wanted and not self.fault):
            return config
        # The old one first: 0.0.0.0 and 127.0.0.1 on one port exclude each other.
        self.close()
        try:
            await self.open(config)
        except (PortTaken, OSError) as error:
            if before == wanted:
                # While the port was closed, something else may have taken it.
                self.certificate, self.fault = None, str(error)
                log.error("port not opened", reason=self.fault)
                return config
            bind, port, certificate, key = before
            config = replace(config, bind=bind, port=port, tls_certificate=certificate, tls_key=key)
            await self.open(config)
            changed = next(key for key, old, new in zip(ADDRESS_KEYS, before, wanted, strict=True) if old != new)
            outcome = f"no port is open: {self.fault}"
            if not self.fault:
                log.error("address kept", bind=bind, port=port, reason=str(error))
                outcome = f"UMA keeps listening at {bind}, port {port}"
            self.kept = (Problem(0, changed, f"{error}; {outcome}", "settings"),)
        else:
            moved()
        await self.accept()
        return config

    async def watch(self, on_change: Callable[[], None]) -> None:
        """Call *on_change* once a file of an unusable certificate has changed. Return
        at once if the port has no fault.
        """
        if self.fault:
            while await asyncio.to_thread(stamp_of, self._files) == self._stamp:
                await sleep_to_tick(self._look_seconds)
            on_change()

    def close(self) -> None:
        """Accept no more connections."""
        if self._server is not None:
            self._server.close()
            self._server = None


def _address_of(config: Config) -> Address:
    return config.bind, config.port, config.tls_certificate, config.tls_key


def _certificate_of(config: Config) -> "tuple[Certificate | None, str]":
    if not config.tls_certificate and not config.tls_key:
        return None, ""
    # It imports ssl, which few servers need.
    from uma.web.tls import Certificate, CertificateUnusable  # noqa: PLC0415

    try:
        return Certificate(config.tls_certificate, config.tls_key), ""
    except CertificateUnusable as error:
        return None, str(error)
