"""The real webGUI judges shares, notifications and updates: its own PHP runs on the same files as our parsers.

``UMA_WEBGUI_DIR`` names a working tree of unraid/webgui, 7.2.1 or later. Nothing of it is part of this project.
"""

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.support.shares import DISKS, share_section
from tests.support.updates import plugin_text, release
from uma.feeds.notifications.changes import status_from as notifications_from
from uma.feeds.notifications.files import Folders, read_folders
from uma.feeds.shares.files import read_texts
from uma.feeds.shares.model import Share
from uma.feeds.shares.parse import status_from
from uma.feeds.storage.sizes import space_text
from uma.feeds.updates.files import read_updates
from uma.host import Host

from .referee.page import Pages

WEBGUI = os.environ.get("UMA_WEBGUI_DIR", "")

pytestmark = [
    pytest.mark.skipif(not WEBGUI, reason="UMA_WEBGUI_DIR names no checkout of unraid/webgui"),
    pytest.mark.skipif(shutil.which("php") is None, reason="there is no php on this machine (Debian: php-cli)"),
]

CHOICES = (
    {"useCache": "no", "color": "green-on", "luksStatus": "1"},
    {"useCache": "no", "cachePool": "gone", "color": "yellow-on", "luksStatus": "2"},
    {"useCache": "only", "cachePool": "cache", "color": "grey-on"},
    {"useCache": "only", "cachePool": "cache", "exclusive": "yes"},
    {"useCache": "yes", "cachePool": "cache"},
    {"useCache": "yes", "cachePool": "cache", "cachePool2": "tank"},
    {"useCache": "prefer", "cachePool": "tank", "free": "123456789"},
    {"useCache": "prefer", "cachePool": "cache", "cachePool2": "gone"},
    {"useCache": "yes", "cachePool": "gone"},
    {"useCache": "sometimes", "cachePool": "cache"},
)
EXPORTS = (("e", "public"), ("eh", "secure"), ("et", "private"), ("eth", "private"), ("-", "public"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tower").mkdir()
    return tmp_path / "tower"


@pytest.fixture
def pages(tmp_path: Path, root: Path) -> Pages:
    return Pages(Path(WEBGUI), tmp_path / "stage", root)


def write_shares(root: Path, *, slots: str) -> None:
    state = root / "var/local/emhttp"
    state.mkdir(parents=True, exist_ok=True)
    names = [f"share{number}" for number in range(len(CHOICES))]
    mounted = DISKS.replace('["disk1"]\n', '["disk1"]\nname="disk1"\nfsStatus="Mounted"\n')
    named = re.sub(r'\["(cache2?|tank)"\]\n', r'["\1"]\nname="\1"\nfsStatus="Mounted"\n', mounted)
    (state / "disks.ini").write_text(named)
    (state / "var.ini").write_text(
        f'SYS_ARRAY_SLOTS="{slots}"\nshareSMBEnabled="yes"\nshareNFSEnabled="no"\n'
        'shareUserInclude=""\nshareUserExclude=""\n'
    )
    sections = zip(names, CHOICES, strict=True)
    common = {"include": "", "exclude": ""}
    (state / "shares.ini").write_text("".join(share_section(name, **common, **choice) for name, choice in sections))
    exports = [(name, *EXPORTS[number % len(EXPORTS)]) for number, name in enumerate(names)]
    texts = [f'["{name}"]\nexport="{export}"\nsecurity="{security}"\n' for name, export, security in exports]
    (state / "sec.ini").write_text("".join(texts))
    (state / "sec_nfs.ini").write_text("".join(texts))
    (state / "share1.ssz1").write_text("cache=123456\ndisk.total=123456\n")


def rows_of(html: str) -> Iterator[tuple[str, list[str]]]:
    """Each share's row: its name and its cells, as HTML."""
    for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL):
        name = re.search(r"Share\?name=(\w+)\"", row)
        if name:
            yield name[1], re.findall(r"<td>(.*?)</td>", row, re.DOTALL)


def shown(share: Share, *, has_crypto: bool) -> dict[str, str]:
    """Return what the Shares tab shows of a share if our message is right."""
    placement = share.placement
    words = {
        "to_secondary": "Primary storage to Secondary storage",
        "to_primary": "Secondary storage to Primary storage",
        "none": "Primary storage",
        None: "Unknown cache usage",
    }
    locks = {True: "All files encrypted", False: "Some or all files unencrypted", None: ""}
    protection = {
        "protected": "All files protected",
        "unprotected": "Some or all files unprotected",
        "unknown": "Unknown protection status",
    }
    security = (share.smb.security or "").capitalize()
    return {
        "protection": protection[share.protection],
        "lock": locks[share.encrypted] if has_crypto else "",
        "smb": (f"<em>{security}</em>" if share.smb.hidden else security) if share.smb.exported else "-",
        "nfs": (share.nfs.security or "").capitalize() if share.nfs.exported else "-",
        "placement": words[placement.mover] if share.valid else "This share is invalid",
        "size": space_text(share.computed_size.bytes) if share.computed_size else "Compute...",
        "free": space_text(share.free_bytes or 0),
    }


def told(cells: list[str]) -> dict[str, str]:
    """The same facts in a row of the tab."""
    texts = "All files encrypted|Some or all files unencrypted"
    protection = "All files protected|Some or all files unprotected|Unknown protection status"
    placement = (
        "Primary storage to Secondary storage|Secondary storage to Primary storage|Primary storage|"
        "Unknown cache usage|This share is invalid"
    )
    name, _, smb, nfs, where, size, free = cells

    def word(pattern: str, text: str) -> str:
        found = re.search(f">({pattern})", text)
        return found[1] if found else ""

    return {
        "protection": word(protection, name),
        "lock": word(texts, name),
        # The webGUI's own emphasis marks what is hidden, and a Time Machine share with it.
        "smb": smb,
        "nfs": nfs,
        "placement": word(placement, where),
        "size": re.sub(r"<.*?>", "", size).replace(" ", ""),
        "free": free.replace(" ", ""),
    }


@pytest.mark.parametrize("slots", ["24", "2"], ids=["with an array", "pools only"])
def test_shares(pages: Pages, root: Path, slots: str) -> None:
    """Protection, encryption, exports, placement, validity, sizes: the tab's texts for every kind of share."""
    write_shares(root, slots=slots)
    html = pages.run("dynamix/include/ShareList.php", post={"path": "Shares", "all": "1", "compute": "none"})
    status = status_from(read_texts(Host(root)))

    theirs = {name: told(cells) for name, cells in rows_of(html)}
    ours = {share.name: shown(share, has_crypto=True) for share in status.shares}
    assert len(theirs) == len(CHOICES)
    # The tab marks a Time Machine share as it marks a hidden one; it is not hidden.
    for name, share in theirs.items():
        if "t" in EXPORTS[int(name.removeprefix("share")) % len(EXPORTS)][0]:
            ours[name]["smb"] = share["smb"]
    assert ours == theirs


TEXTS = (
    "plain",
    'quotes "inside" and \\ backslashes',
    "a = b = c",
    "ünï ’ ✓",
    "",
    "[brackets] ; # $x {y}",
    "'single'",
)
IMPORTANCES = ("alert", "warning", "normal")


def test_notifications(pages: Pages, root: Path) -> None:
    """Its own notify gives them, and its own count of the unread ones is ours, also after a dismissal; texts arrive."""
    settings = root / "boot/config/plugins/dynamix"
    settings.mkdir(parents=True)
    wanted = "".join(f'{importance}="1"\n' for importance in IMPORTANCES)
    (settings / "dynamix.cfg").write_text(f'[notify]\npath="{root}/tmp/notifications"\n{wanted}')
    folder = root / "tmp/notifications"
    script = "dynamix/scripts/notify"
    for place in ("unread", "archive"):
        (folder / place).mkdir(parents=True)
    for number, text in enumerate(TEXTS):
        for importance in IMPORTANCES:
            arguments = ["-e", f"event {number} {importance}", "-s", text, "-d", text, "-i", importance, "-l", "/Main"]
            pages.run(script, arguments)
    pages.run(script, ["-e", "not in the browser", "-s", "s", "-d", "d", "-i", "normal", "-b"])

    def compare() -> None:
        theirs = json.loads(pages.run(script, ["get"]))
        found = read_folders(folder, Folders(), with_items=True)
        status = notifications_from(found, lambda text: text)
        count = Counter(each["importance"] for each in theirs)
        assert (status.unread.alert, status.unread.warning, status.unread.normal) == tuple(
            count[importance] for importance in IMPORTANCES
        )
        subjects = {item.id: item.subject for item in status.items if item.unread}
        assert subjects == {each["file"]: " ".join(unescape(each["subject"]).split()) for each in theirs}

    compare()
    for name in sorted(path.name for path in (folder / "unread").iterdir())[:5]:
        pages.run(script, ["archive", name])
    compare()
    archived = notifications_from(read_folders(folder, Folders(), with_items=False), None).archived_total
    assert archived == 6


PLUGINS = (
    ("same", "2026.01.01", {"version": "2026.01.01"}),
    ("newer", "2026.01.01", {"version": "2026.01.02"}),
    ("letter", "2026.01.01", {"version": "2026.01.01a"}),
    ("older", "2026.01.01", {"version": "2025.01.01"}),
    ("min", "2026.01.01", {"version": "2026.01.02", "min": "7.4.0"}),
    ("fits", "2026.01.01", {"version": "2026.01.02", "min": "7.3.2", "max": "7.3.2"}),
    ("candidate", "2026.01.01", {"version": "2026.01.02", "min": "7.3.2-rc.1"}),
    ("max", "2026.01.01", {"version": "2026.01.02", "max": "7.3.1"}),
    ("unchecked", "2026.01.01", None),
)
STATUS_WORDS = {
    "Update Incompatible": "incompatible",
    "not available": "unknown",
    "up-to-date": "up_to_date",
    "need check": "up_to_date",
    "class='update'": "available",
}


def test_plugins(pages: Pages, root: Path) -> None:
    """The Plugins page's word for each plugin is UMA's; an old check is reported by its time."""
    release(root, "7.3.2")
    flash, links = root / "boot/config/plugins", root / "var/log/plugins"
    flash.mkdir(parents=True)
    links.mkdir(parents=True)
    (root / "tmp/plugins").mkdir(parents=True)
    for name, version, found in PLUGINS:
        whole = plugin_text(name, version).split("<CHANGES>")[0] + "</PLUGIN>\n"
        (flash / f"{name}.plg").write_text(whole)
        # Relative, so that PHP, run in that folder, and we both find it.
        (links / f"{name}.plg").symlink_to(f"../../../boot/config/plugins/{name}.plg")
        if found is not None:
            newest = plugin_text(name, **found).split("<CHANGES>")[0] + "</PLUGIN>\n"
            (root / f"tmp/plugins/{name}.plg").write_text(newest)
    html = pages.run("dynamix.plugin.manager/include/ShowPlugins.php", get={"check": "1"}, folder=links)
    theirs = {
        line[1]: next(word for text, word in STATUS_WORDS.items() if text in line[2])
        for line in re.finditer(r"sid-([\w-]+)::\w*::(.*)", html)
    }

    assert {plugin.name: plugin.status for plugin in read_updates(Host(root), {}).plugins} == theirs
    assert len(theirs) == len(PLUGINS)
