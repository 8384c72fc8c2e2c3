"""Unraid's own files about containers: autostart, update checks, links, and the
service.

Facts: emhttp/plugins/dynamix.docker.manager/include/DockerClient.php of unraid/webgui.
The files below /var/lib/docker are in docker.img: they are read once and after each
change, so that no look wakes a disk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec

from uma.feeds.docker.containers.parse import Record
from uma.feeds.files import read_optional
from uma.feeds.ini import parse as parse_ini
from uma.feeds.moments import moment
from uma.host import Host

MAX_WAIT_SECONDS: Final = 86_400
MAX_LINK_CHARACTERS: Final = 512
MAX_DIGEST_CHARACTERS: Final = 256

AUTOSTART_FILE: Final = "unraid-autostart"
UPDATES_FILE: Final = "unraid-update-status.json"
FOLLOWED_FILES: Final = frozenset({AUTOSTART_FILE, UPDATES_FILE})
"""Files that are read again after each change."""

ON_THE_SERVER: Final = frozenset({"bridge", "default", "host", ""})
"""Network modes in which a container is reached at the server's address."""


@dataclass(frozen=True, slots=True)
class Update:
    """Result of Unraid's last check of one image. ``local`` and ``remote`` are the
    compared digests, None if the file lacks them.
    """

    word: str
    local: str | None = None
    remote: str | None = None

    def for_image(self, digests: frozenset[str] | None) -> str:
        """Return up_to_date, available or unknown for an image that has *digests*.

        After a pull outside the webGUI, its file still reports an update
        (unraid/webgui#2710). An image can have both digests: its tag was pushed again
        with the same content (#2581, #2723). Without digests the file decides.
        """
        if self.word != "available" or self.local is None or not digests:
            return self.word
        if self.remote in digests:
            return "up_to_date"
        return self.word if self.local in digests else "unknown"


@dataclass(frozen=True, slots=True)
class UnraidFiles:
    """Container facts from Unraid's files. ``autostart`` maps names to seconds, None
    for no wait.
    """

    autostart: Mapping[str, int | None] | None = None
    updates: Mapping[str, Update] = field(default_factory=dict)
    updates_at: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    address: str | None = None


def docker_folder(host: Host) -> Path:
    """Return Docker's folder, where docker.img is mounted."""
    return host.root / "var/lib/docker"


def read_service(host: Host) -> Literal["stopped", "disabled", "absent"]:
    """Return the reason why Docker does not run, from the settings on the flash drive.
    Blocks.
    """
    text = read_optional(host.flash_config / "docker.cfg")
    if not text:
        return "absent"
    enabled = parse_ini(text).get("", {}).get("DOCKER_ENABLED", "")
    return "stopped" if enabled == "yes" else "disabled"


def read_unraid_files(host: Host) -> UnraidFiles:
    """Read all files. A missing or damaged file only loses its own facts. Blocks."""
    folder = docker_folder(host)
    updates = folder / UPDATES_FILE
    checked = read_optional(updates)
    return UnraidFiles(
        autostart=parse_autostart(read_optional(folder / AUTOSTART_FILE)),
        updates=parse_updates(checked),
        updates_at=_read_time(updates) if checked else None,
        links=parse_links(read_optional(host.state / "plugins/dynamix.docker.manager/docker.json")),
        address=parse_ini(read_optional(host.state / "nginx.ini")).get("", {}).get("NGINX_LANIP") or None,
    )


def parse_autostart(text: str) -> dict[str, int | None]:
    """Parse lines of a container's name and, after a blank, the seconds to wait."""
    found: dict[str, int | None] = {}
    for line in text.splitlines():
        name, _, wait = line.strip().partition(" ")
        seconds = int(wait) if wait.isascii() and wait.isdigit() and len(wait) <= 6 else None
        if name:
            found.setdefault(name, seconds if seconds and seconds <= MAX_WAIT_SECONDS else None)
    return found


def parse_updates(text: str) -> dict[str, Update]:
    """Parse ``{"library/x:tag": {"local": "sha256:…", "status": "true"}}``: true is up
    to date, false an update.

    Each entry is checked by itself: null and "undef" are normal.
    """
    words = {"true": "up_to_date", "false": "available"}
    return {
        image: Update(words[status], _digest(entry.get("local")), _digest(entry.get("remote")))
        for image, entry in _entries(text).items()
        if isinstance(entry, Mapping) and isinstance(status := entry.get("status"), str) and status in words
    }


def parse_links(text: str) -> dict[str, str]:
    """Parse the resolved addresses of containers' web pages, from the webGUI's last
    view.
    """
    return {
        name: url
        for name, entry in _entries(text).items()
        if isinstance(entry, Mapping) and (url := _web_address(entry.get("url"))) is not None
    }


def tagged(image: str) -> str:
    """Return an image's name as in Unraid's update file: ``library/x:latest`` for
    ``x``.

    An image that is fixed to a digest has the digest for its tag, as on the webGUI:
    it never gets an update.
    """
    folder, _, last = (image if "/" in image else f"library/{image}").rpartition("/")
    name, *tags = last.split(":")
    return f"{folder}/{name}:{tags[-1] if tags and tags[-1] else 'latest'}"


def webui_of(record: Record, files: UnraidFiles) -> str | None:
    """Return the address of a container's web page, resolved as in the webGUI.

    ``[IP]`` is the server's address, or the container's own on a network of its own;
    ``[PORT:n]`` is the published port of the container's port n.
    """
    template = record.webui_label or ""
    if not template:
        return files.links.get(record.name)
    if (record.network_mode or "").startswith("container:"):
        return None
    before, found, rest = template.partition("[PORT:")
    digits, closed, after = rest.partition("]")
    is_running = record.state in {"running", "paused"}
    # Docker tells only a running container's published ports from those that a network
    # such as br0 ignores.
    is_published = bool(record.ports) and is_running and not found
    if found and closed and digits.isascii() and digits.isdigit():
        outside = next((p.host_port for p in record.ports if str(p.container_port) == digits), None)
        is_published = outside is not None and is_running
        template = f"{before}{outside or digits}{after}"
    if "[IP]" in template:
        is_at_server = is_published or (record.network_mode or "") in ON_THE_SERVER
        address = files.address if is_at_server else record.address
        if not address:
            return files.links.get(record.name)
        template = template.replace("[IP]", f"[{address}]" if ":" in address else address)
    return _web_address(template)


def manager_of(record: Record) -> str:
    """Return the program that created the container."""
    if record.manager_label == "dockerman":
        return "dockerman"
    return "compose" if record.manager_label == "composeman" or record.compose_project else "other"


def _entries(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        # Written in place: after half a file, the next change triggers another read.
        return {}
    return found if isinstance(found, dict) else {}


def _digest(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= MAX_DIGEST_CHARACTERS else None


def _web_address(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > MAX_LINK_CHARACTERS or not value.isprintable() or " " in value:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return None
    # A login in the address is not published.
    host = parts.netloc.rpartition("@")[2]
    return value.replace(parts.netloc, host, 1) if host else None


def _read_time(path: Path) -> str | None:
    try:
        return moment(path.stat().st_mtime)
    except OSError:
        return None
