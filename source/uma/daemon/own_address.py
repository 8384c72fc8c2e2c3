"""The daemon's own address and key: for root here, and by mDNS for other machines."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

import uma
from uma.fence.avahi import Announcement
from uma.fence.client import Steward
from uma.fence.tasks import LEAVE_NOTICE
from uma.fence.whole_files import write_whole
from uma.host import Host
from uma.outputs.mdns import is_reachable
from uma.runtime.server_info import hash_of, leave_notice, new_key

log = structlog.get_logger()


class OwnAddress:
    """Address of the daemon on *host*; *server_id* returns the server's id."""

    def __init__(self, host: Host, server_id: Callable[[], str]) -> None:
        self._host = host
        self._server_id = server_id
        self._key = new_key()
        self._bind, self._port, self._has_tls = "", 0, False
        self._write: Callable[[Path, str], None] = write_whole

    @property
    def key_sha256(self) -> str:
        """The hash of the key with which root needs no token."""
        return hash_of(self._key)

    def write_by(self, steward: Steward) -> None:
        """Let *steward* write the notice from now on."""
        self._write = partial(_write_by, steward)

    def publish(self, bind: str, *, port: int, has_tls: bool) -> None:
        """Leave a notice for root on this machine, and announce *port* from now on; 0
        announces nothing. Blocks.

        They are in force, which the settings need not be.
        """
        self._bind, self._port, self._has_tls = bind, port, has_tls
        try:
            leave_notice(
                self._host.notice,
                version=uma.__version__,
                bind=bind,
                port=port,
                key=self._key,
                tls=has_tls,
                write=self._write,
            )
        except (FileNotFoundError, PermissionError) as error:
            # Normal for a demo, a test, and a user other than root.
            log.debug("no notice left", path=str(self._host.notice), reason=str(error))
        except OSError as error:
            # Such as a full /var/run, which is in RAM.
            effect = "the webGUI shows UMA as stopped, until a reload"
            log.warning("no notice left", path=str(self._host.notice), reason=str(error), effect=effect)

    def announcement(self, *, has_token: bool) -> Announcement | str:
        """Return the announcement to other machines, or why there is none: they can't
        connect, or this is a demo.
        """
        if not self._port:
            return "no port is open, so nothing is announced"
        if not is_reachable(self._bind):
            return "only this machine can connect, so nothing is announced"
        if self._host.root != Path("/"):
            return "the data is not this machine's own (--root), so nothing is announced"
        return Announcement(
            port=self._port,
            id=self._server_id(),
            version=uma.__version__,
            has_token=has_token,
            has_tls=self._has_tls,
        )


def _write_by(steward: Steward, path: Path, text: str) -> None:
    """Let *steward* write the notice, whose *path* it knows."""
    del path
    steward.do(LEAVE_NOTICE, text)
