"""Errors of the client; each explains its reason in a sentence."""


class UmaError(Exception):
    """A request or a connection failed."""


class CannotConnect(UmaError):
    """Nothing answers at the address, or not in time."""


class CertificateRejected(CannotConnect):
    """The certificate is not for that name, or not trusted."""


class NotUma(UmaError):
    """The answer at the address is not from UMA."""


class TooOld(UmaError):
    """The daemon lacks an address that this client needs."""


class InvalidToken(UmaError):
    """The daemon requires a token, or another one (401)."""


class HostUnknown(UmaError):
    """The daemon does not accept that host name (421)."""


class Unavailable(UmaError):
    """The daemon refuses for now (503): because of a setting, or because no place is
    free.
    """


class ControlIsOff(UmaError):
    """Containers may not be controlled: the setting is off."""


class Lost(UmaError):
    """The WebSocket was closed; ``code`` is the close code, None if there was none."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"the connection was closed with code {code}")
        self.code = code

    @property
    def is_restart(self) -> bool:
        """Check whether the daemon restarts (1012) and will be back within seconds."""
        return self.code == 1012
