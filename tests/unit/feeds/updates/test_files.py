"""Reading Unraid's files about updates."""

import os

import pytest

from tests.support.updates import find, install, plugin_text, release, result
from uma.feeds.updates import files
from uma.feeds.updates.files import read_updates
from uma.host import Host


@pytest.fixture
def root(tmp_path):
    release(tmp_path, "7.3.2")
    return tmp_path


def statuses(root) -> dict[str, str]:
    return {plugin.name: plugin.status for plugin in read_updates(Host(root), {}).plugins}


def test_everything(root):
    """Plugins by name, and Unraid itself."""
    install(root, "zeta", "2026.01.01")
    install(root, "Alpha", "2026.01.01")
    find(root, "zeta", "2026.02.02")
    os.utime(result(root, {"version": "7.3.4", "isNewer": True}), (0, 0))
    look = read_updates(Host(root), {})

    assert [(plugin.name, plugin.status) for plugin in look.plugins] == [("Alpha", "unknown"), ("zeta", "available")]
    assert (look.os.status, look.os.checked_at) == ("available", "1970-01-01T00:00:00Z")


def test_only_links_to_files_count(root):
    """As on the Plugins page: no regular file, dangling link or Unraid itself, and nothing below /mnt."""
    install(root, "good", "1")
    links = root / "var/log/plugins"
    (links / "plain.plg").write_text(plugin_text("plain", "1"))
    (links / "dangling.plg").symlink_to("/boot/config/plugins/none.plg")
    (links / "unRAIDServer.plg").symlink_to("/boot/config/plugins/good.plg")
    (root / "mnt/user").mkdir(parents=True)
    (root / "mnt/user/far.plg").write_text(plugin_text("far", "1"))
    (links / "far.plg").symlink_to("/mnt/user/far.plg")
    (links / "round.plg").symlink_to("/boot/../mnt/user/far.plg")
    (links / "note.txt").symlink_to("/boot/config/plugins/good.plg")

    assert statuses(root) == {"good": "unknown"}


def test_a_relative_link(root):
    """It is resolved from its own folder."""
    install(root, "good", "1")
    (root / "var/log/plugins/near.plg").symlink_to("../../../boot/config/plugins/good.plg")

    assert len(read_updates(Host(root), {}).plugins) == 2


def test_a_checks_file_by_its_address(root):
    """The newest file has the last part of pluginURL as its name, even if the plugin has another."""
    install(root, "odd name", "1")
    (root / "tmp/plugins").mkdir(parents=True)
    (root / "tmp/plugins/odd name.plg").write_text(plugin_text("odd name", "2"))

    assert statuses(root) == {"odd name": "available"}


@pytest.mark.parametrize("url", ["", "/", "..", "https://x/..", "a\0b", "x" * 5000])
def test_odd_addresses(root, url):
    """A plugin whose address names no file is unknown."""
    install(root, "odd", "1")
    (root / "tmp/plugins").mkdir(parents=True)
    text = f'<PLUGIN name="odd" version="1" pluginURL="{url}">'
    (root / "boot/config/plugins/odd.plg").write_text(text)

    assert set(statuses(root).values()) == {"unknown"}


def test_each_file_is_read_once(root, monkeypatch):
    """An unchanged file is not opened again; flash is slow."""
    for name in ("a", "b"):
        install(root, name, "1")
    known = read_updates(Host(root), {}).roots
    install(root, "b", "22")
    opened = []
    real = files.parse_root
    monkeypatch.setattr(files, "parse_root", lambda text: opened.append(text) or real(text))
    look = read_updates(Host(root), known)

    assert (len(opened), [plugin.installed for plugin in look.plugins]) == (1, ["1", "22"])


def test_plugins_that_are_gone_are_forgotten(root):
    """Only existing files are remembered."""
    install(root, "a", "1")
    known = read_updates(Host(root), {}).roots
    (root / "var/log/plugins/a.plg").unlink()

    assert (len(known), read_updates(Host(root), known).roots) == (1, {})


def test_before_6_12_7(root):
    """Without result.json, the file that an older check left counts."""
    release(root, "6.12.4")
    find(root, "unRAIDServer", "6.12.6")

    assert read_updates(Host(root), {}).os.available == "6.12.6"


def test_a_file_name_that_is_not_utf_8(root):
    """Its bytes are replaced in the plugin's name."""
    install(root, "good", "1")
    link = root / "var/log/plugins" / os.fsdecode("caf\u00e9.plg".encode("latin-1"))
    (root / "boot/config/plugins/nameless.plg").write_text('<PLUGIN version="1"/>')
    link.symlink_to("/boot/config/plugins/nameless.plg")

    assert list(statuses(root)) == ["caf\ufffd", "good"]


def test_nothing_there(tmp_path):
    """Unknown is a normal answer."""
    look = read_updates(Host(tmp_path), {})

    assert (look.os.installed, look.os.status, look.plugins) == (None, "unknown", ())


def test_a_folder_in_a_files_place(root):
    """A folder counts as a missing file."""
    (root / "tmp/unraidcheck/result.json").mkdir(parents=True)
    (root / "var/log/plugins").mkdir(parents=True)
    (root / "var/log/plugins/folder.plg").symlink_to("/tmp/unraidcheck")
    look = read_updates(Host(root), {})

    assert (look.os.status, look.plugins) == ("unknown", ())


def test_many_plugins(root):
    """More than a hundred are not reported, so the message is bounded."""
    for number in range(110):
        install(root, f"plugin{number:03}", "1")

    assert len(read_updates(Host(root), {}).plugins) == 100
