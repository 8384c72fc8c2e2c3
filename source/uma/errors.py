"""Every error the package raises on purpose.

* UmaError
    * Unreadable: a state file of the host can't be read now.
    * SourceError: a source has failed; its supervisor restarts it.
        * SourceUnavailable: what it observes is absent for a normal
          reason (Docker is off).
        * SourceFailed: what it observes is there and does not work.
    * StreamFull: a stream has as many subscriptions as its capacity allows.
    * StreamClosed: a subscription has ended,
      with the WebSocket close code that says why.
    * BadCommand: what a client asked for over a WebSocket can't be done.
    * PortTaken: the address to listen on is in use.
    * DockerUnavailable: Docker is not there to carry out a command.
    * BadRequest: a request does not say what to do.
"""


class UmaError(Exception):
    """Base of all; never raised itself."""


class Unreadable(UmaError):
    """Raised when a state file is missing, empty, forbidden or no file at all.
    ``str()`` says which and why.
    """


class SourceError(UmaError):
    """Base of what a source raises to be started again later.
    ``str()`` is the detail shown in health.
    """


class SourceUnavailable(SourceError):
    """Raised when what a source observes is absent for a normal reason.
    It does not degrade health.
    """


class SourceFailed(SourceError):
    """Raised when what a source observes is there and does not
    work. It degrades health.
    """


class StreamFull(UmaError):
    """Raised when a subscription would exceed the stream's capacity."""

    def __init__(self, stream: str, capacity: int) -> None:
        super().__init__(f"{stream} has {capacity} of {capacity} connections")
        self.stream = stream
        self.capacity = capacity


class StreamClosed(UmaError):
    """Raised to a subscription's reader when no further frame will come.

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

    *name* is the command's own id, None where it has none.
    """

    def __init__(self, code: str, detail: str, name: str | int | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.name = name


class PortTaken(UmaError):
    """Raised when the address to listen on is in use.
    ``str()`` names who could hold it.
    """


class DockerUnavailable(UmaError):
    """Raised when Docker is not there to carry out
    something. ``str()`` says why.
    """


class BadRequest(UmaError):
    """Raised when a request does not say what to do;
    *status* is the HTTP status of its answer.
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
