"""Readers of Unraid's files about updates. Each file is read once; the network is never
used.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from uma.feeds.files import read_head, read_optional, shown_name
from uma.feeds.updates.model import OsUpdate, PluginUpdate
from uma.feeds.updates.parse import Attributes, Found, Plugin, os_from, parse_release, parse_root, plugin_from
from uma.host import Host

SUFFIX: Final = ".plg"
BUILT_IN: Final = "unRAIDServer.plg"
MAX_PLUGINS: Final = 100
MAX_HEAD_BYTES: Final = 64 << 10
"""Bytes read of a plugin file: enough for its entities and first element."""

Stamp = tuple[int, int, int]
Roots = Mapping[Path, tuple[Stamp, Attributes]]


@dataclass(frozen=True, slots=True)
class Look:
    """Result of one look; ``roots`` are the plugin files, for the next look."""

    os: OsUpdate
    plugins: tuple[PluginUpdate, ...]
    roots: Roots = field(default_factory=dict)


def installed_folder(host: Host) -> Path:
    """Return the folder that links to the files of the installed plugins."""
    return host.root / "var/log/plugins"


def checked_folder(host: Host) -> Path:
    """Return the folder in which a check leaves the newest plugin files."""
    return host.root / "tmp/plugins"


def os_check_folder(host: Host) -> Path:
    """Return the folder of the results of Unraid's own check, since 6.12.7."""
    return host.root / "tmp/unraidcheck"


def read_updates(host: Host, known: Roots) -> Look:
    """Return the results of Unraid's checks. Blocks. *known* saves reads."""
    roots: dict[Path, tuple[Stamp, Attributes]] = {}

    def read_root(path: Path) -> Found | None:
        found = _read_root(path, known)
        if found is None:
            return None
        stamp, attributes, changed_at = found
        roots[path] = (stamp, attributes)
        return Found(changed_at, attributes)

    release = parse_release(read_optional(host.root / "etc/unraid-version"))
    plugins = []
    for name, target in _installed(host):
        root = read_root(target)
        if root is None:
            continue
        url = root.attributes.get("pluginURL", "")
        newest = PurePosixPath(url).name if url else ""
        found = read_root(checked_folder(host) / newest) if newest else None
        plugins.append(plugin_from(Plugin(shown_name(name), root.attributes, found), release))
    os = os_from(
        release,
        _read_result(os_check_folder(host) / "result.json"),
        read_optional(os_check_folder(host) / "ignored.json"),
        read_root(checked_folder(host) / BUILT_IN),
    )
    return Look(os, tuple(sorted(plugins, key=lambda plugin: (plugin.name.casefold(), plugin.name))), roots)


def _installed(host: Host) -> list[tuple[str, Path]]:
    """Return each installed plugin's file name, and the target of its link."""
    folder = installed_folder(host)
    try:
        links = sorted(link for link in folder.iterdir() if link.name.endswith(SUFFIX) and link.name != BUILT_IN)
    except OSError:
        return []
    found = ((link.name, _target(host, link)) for link in links)
    return [(name, target) for name, target in found if target is not None][:MAX_PLUGINS]


def _target(host: Host, link: Path) -> Path | None:
    """Return the target of *link* below the root; None if it is not a link, or is on a
    disk.
    """
    try:
        target = PurePosixPath(link.readlink())
    except OSError:
        return None
    if not target.is_absolute():
        target = PurePosixPath("/") / link.parent.relative_to(host.root) / target
    parts = PurePosixPath(os.path.normpath(target)).parts[1:]
    return None if not parts or parts[0] == "mnt" else host.root.joinpath(*parts)


def _read_root(path: Path, known: Roots) -> tuple[Stamp, Attributes, float] | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
    before = known.get(path)
    if before is not None and before[0] == stamp:
        return stamp, before[1], status.st_ctime
    text = read_head(path, MAX_HEAD_BYTES)
    return None if text is None else (stamp, parse_root(text), status.st_ctime)


def _read_result(path: Path) -> tuple[float, str] | None:
    try:
        written_at = path.stat().st_mtime
    except OSError:
        return None
    return (written_at, read_optional(path))
