"""The port: opened, moved by a reload, and closed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from uma.config import Config
from uma.errors import PortTaken
from uma.web.server import ProtocolFactory, accept, port_of, queue_at

if TYPE_CHECKING:
    from uma.web.tls import Certificate

log = structlog.get_logger()

Address = tuple[str, int, str, str]


class Port:
    """The address that clients connect to, as the settings in force have it.

    With TLS settings that can't be used there is none, and ``fault`` says why.
    """

    def __init__(self, factory: ProtocolFactory) -> None:
        self._factory = factory
        self._server: asyncio.Server | None = None
        self._address: Address | None = None
        self.certificate: Certificate | None = None
        self.fault = ""

    @property
    def number(self) -> int:
        """The port that is listened at, the kernel's choice if 0 was asked
        for; 0 if there is none.
        """
        return 0 if self._server is None else port_of(self._server)

    async def accept(self) -> None:
        """Accept the connections that wait, and all that come."""
        if self._server is not None:
            await accept(self._server)

    async def open(self, config: Config) -> None:
        """Listen as *config* says; connections wait for ``accept``. Raises PortTaken,
        or OSError for an address that this host does not have.
        """
        self._address = _address_of(config)
        self.certificate, self.fault = await asyncio.to_thread(_certificate_of, config)
        if self.fault:
            log.error("port not opened", reason=self.fault)
            return
        self._server = await queue_at(self._factory, config.bind, config.port, self.certificate)

    async def move(self, config: Config, moved: Callable[[], None]) -> Config:
        """Listen as *config* says if that is another address; call *moved* then.

        Returns the settings in force: where the new address can't be
        had, the old one stays.
        """
        before = self._address
        if before is None or before == _address_of(config):
            return config
        # The old one first: 0.0.0.0 and 127.0.0.1 on one port exclude each other.
        self.close()
        try:
            await self.open(config)
        except (PortTaken, OSError) as error:
            bind, port, certificate, key = before
            log.error("address kept", bind=bind, port=port, reason=str(error))
            config = replace(config, bind=bind, port=port, tls_certificate=certificate, tls_key=key)
            await self.open(config)
        else:
            moved()
        await self.accept()
        return config

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
