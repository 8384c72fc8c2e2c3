"""Errors that the package raises on purpose.

* UmaError
    * Unreadable: a state file of the host can't be read now.
    * SourceError: a source has failed; its supervisor restarts it.
        * SourceUnavailable: the observed service is absent for a normal reason (Docker
          is off).
        * SourceFailed: the observed service is present and does not work.
    * StreamFull: a stream has as many subscriptions as its capacity allows.
    * StreamClosed: a subscription has ended; it has the WebSocket close code.
    * BadCommand: a client's command over a WebSocket can't be done.
    * PortTaken: the address to listen on is in use.
    * DockerUnavailable: Docker is not running, so it can't carry out a command.
    * BadRequest: a request is invalid.
"""


class UmaError(Exception):
    """Base of all errors; never raised itself."""


class Unreadable(UmaError):
    """Raised if a state file is missing, empty, forbidden, or not a file. ``str()``
    names the file and the reason.
    """


class SourceError(UmaError):
    """Base of errors after which a source is restarted later. ``str()`` is the detail
    shown in health.
    """


class SourceUnavailable(SourceError):
    """Raised if the observed service is absent for a normal reason. It does not degrade
    health.
    """


class SourceFailed(SourceError):
    """Raised if the observed service is present and does not work. It degrades
    health.
    """


class StreamFull(UmaError):
    """Raised when a subscription would exceed the stream's capacity."""

    def __init__(self, stream: str, capacity: int) -> None:
        super().__init__(f"{stream} has {capacity} of {capacity} connections")
        self.stream = stream
        self.capacity = capacity


class StreamClosed(UmaError):
    """Raised to a subscription's reader when no more frames will come.

    *code* is a WebSocket close code: 1001 the daemon stops, 1012 it restarts, 1013
    lagging, 1008 token revoked.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class BadCommand(UmaError):
    """Raised when a client's command can't be done. ``str()`` explains it to people,
    *code* to programs.

    *name* is the command's own id, None if it has none.
    """

    def __init__(self, code: str, detail: str, name: str | int | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.name = name


class PortTaken(UmaError):
    """Raised if the address to listen on is in use. ``str()`` names a possible
    holder.
    """


class DockerUnavailable(UmaError):
    """Raised if Docker is not running, so it can't carry out a command. ``str()`` has
    the reason.
    """


class BadRequest(UmaError):
    """Raised if a request is invalid; *status* is the HTTP status of the answer."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
