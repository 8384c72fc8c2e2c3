"""The broker's address, UMA's credentials there,
and the CAs trusted for its certificate.
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from uma.config import Config
from uma.errors import SourceFailed
from uma.host import Host

LARGEST_PASSWORD = 4096

USUAL_AUTHORITIES = (
    "etc/ssl/certs/ca-certificates.crt",
    "etc/ssl/cert.pem",
    "etc/pki/tls/certs/ca-bundle.crt",
    "usr/share/curl/ca-bundle.crt",
)
"""CA bundles of common systems; the packaged Python looks only at Debian's path."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker in the settings. Paths are those of the host."""

    host: str
    port: int
    has_tls: bool
    authorities: Path | None
    user: str | None
    password: str | None = field(repr=False)
    readable_by_others: Path | None = None
    """The password's file, if users other than root may read it."""
    number: int | None = None
    """Position among several; None for a single one."""

    @property
    def address(self) -> str:
        """Host and port, for people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_broker(config: Config, host: Host, turn: int = 0) -> Broker:
    """Read the *turn*-th broker of *config*, with the password of *host*.

    Blocks. Raises SourceFailed if the password can't be read.
    """
    hosts = config.mqtt_host.split()
    number = turn % len(hosts)
    user = config.mqtt_user or None
    # MQTT has no password without a user name.
    password, is_open = _read_password(host.mqtt_password) if user else (None, False)
    return Broker(
        host=hosts[number],
        port=config.mqtt_port,
        has_tls=config.mqtt_tls,
        authorities=_under(host, config.mqtt_ca_file) if config.mqtt_ca_file else None,
        user=user,
        password=password,
        readable_by_others=host.mqtt_password if is_open else None,
        number=number if len(hosts) > 1 else None,
    )


def read_trust(broker: Broker, host: Host) -> ssl.SSLContext | None:
    """Load the CAs that verify *broker*; None without TLS. Blocks.
    Raises SourceFailed.
    """
    if not broker.has_tls:
        return None
    path = broker.authorities or _usual_authorities(host)
    try:
        trust = ssl.create_default_context(cafile=path)
        # From Python 3.13 on a home-made CA without key usage, which is common, would
        # be refused.
        trust.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return trust
    except ssl.SSLError as error:
        raise SourceFailed(f"{path} holds no certificates") from error
    except OSError as error:
        raise SourceFailed(f"{path} can't be read: {error.strerror}") from error


def _usual_authorities(host: Host) -> Path | None:
    roots = (host.root, Path("/"))
    return next((path for root in roots for place in USUAL_AUTHORITIES if (path := root / place).is_file()), None)


def _read_password(path: Path) -> tuple[str | None, bool]:
    """Read the password; the flag is True if users other than root may read it."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_PASSWORD)
            is_open = bool(path.stat().st_mode & 0o077)
    except FileNotFoundError:
        return None, False
    except OSError as error:
        raise SourceFailed(f"{path} can't be read: {error.strerror}") from error
    return content.decode(errors="replace").strip("\r\n") or None, is_open


def _under(host: Host, path: str) -> Path:
    return host.root / path.lstrip("/")
