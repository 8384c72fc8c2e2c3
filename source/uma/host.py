"""The observed machine below a movable root: the path of each state file, socket and
kernel folder.

Paths are Unraid's: emhttpd writes ``/var/local/emhttp``; ``/boot/config`` is on the
flash drive.
"""

from dataclasses import dataclass, field
from pathlib import Path

from uma.fence.client import Steward


@dataclass(frozen=True, slots=True)
class Host:
    """The machine below *root*: ``/`` in production, a tree of files in a test, a demo
    or a bug report.

    *docker* is Docker's socket, if not Unraid's. *is_demo*: the array is invented.
    *is_snapshot*: it is read once, perhaps beside a daemon.
    *steward* does tasks that the daemon itself may not do; None without fences.
    """

    root: Path = Path("/")
    docker: Path | None = field(default=None, kw_only=True)
    is_demo: bool = field(default=False, kw_only=True)
    is_snapshot: bool = field(default=False, kw_only=True)
    steward: Steward | None = field(default=None, kw_only=True)

    @property
    def keeps_history(self) -> bool:
        """True if history is written: a demo's tree is part of the project and stays
        unchanged, and a snapshot would replace the history of a running daemon.
        """
        return not self.is_demo and not self.is_snapshot

    @property
    def state(self) -> Path:
        """Folder in which emhttpd keeps var.ini, disks.ini and the rest."""
        return self.root / "var/local/emhttp"

    @property
    def smart_texts(self) -> Path:
        """Folder of the smartctl texts that emhttpd leaves behind, one file
        per slot.
        """
        return self.state / "smart"

    @property
    def flash_config(self) -> Path:
        """Persistent settings: parity-checks.log, smart-one.cfg, plugins/."""
        return self.root / "boot/config"

    @property
    def webgui(self) -> Path:
        """The webGUI's document root; its default settings are in
        plugins/dynamix/default.cfg.
        """
        return self.root / "usr/local/emhttp"

    @property
    def nginx_socket(self) -> Path:
        """Socket at which the webGUI's nginx accepts messages for its pages."""
        return self.root / "var/run/nginx.socket"

    @property
    def config_file(self) -> Path:
        """The user's uma.cfg."""
        return self.flash_config / "plugins/uma/uma.cfg"

    @property
    def mqtt_password(self) -> Path:
        """The password at the MQTT broker. It has its own file, because uma.cfg is
        shown and copied.
        """
        return self.config_file.with_name("mqtt-password")

    @property
    def server_id(self) -> Path:
        """The server's id, which survives a change of its name."""
        return self.config_file.with_name("server-id")

    @property
    def docker_socket(self) -> Path:
        """Docker's API."""
        return self.docker or self.root / "var/run/docker.sock"

    @property
    def notice(self) -> Path:
        """Notice that the running daemon leaves for ``uma status``."""
        return self.root / "var/run/uma.json"

    @property
    def own_folder(self) -> Path:
        """Folder in RAM that the daemon writes to."""
        return self.root / "var/run/uma"

    @property
    def notify_script(self) -> Path:
        """Unraid's script for notifications."""
        return self.webgui / "webGui/scripts/notify"

    @property
    def avahi_services(self) -> Path:
        """Folder of the services that avahi announces."""
        return self.root / "etc/avahi/services"

    @property
    def syslog_socket(self) -> Path:
        """Socket at which syslogd listens."""
        return self.root / "dev/log"

    @property
    def syslog(self) -> Path:
        """The log that syslogd writes."""
        return self.root / "var/log/syslog"

    @property
    def proc(self) -> Path:
        """The root's own proc if it has one, else the machine's."""
        return self._kernel_folder("proc")

    @property
    def sys(self) -> Path:
        """The root's own sys if it has one, else the machine's."""
        return self._kernel_folder("sys")

    def _kernel_folder(self, name: str) -> Path:
        inside = self.root / name
        return inside if inside.is_dir() else Path("/") / name
