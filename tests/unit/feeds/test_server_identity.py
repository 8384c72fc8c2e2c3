"""A server's own name, from each place that has it."""

import socket
from pathlib import Path

import pytest

from uma.feeds import server_identity
from uma.feeds.files import read_optional
from uma.feeds.server_identity import read_flash_guid, read_server_identity
from uma.host import Host
from uma.model.server_identity import ServerIdentity

ID = "0123456789abcdef0123456789abcdef"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_emhttpds_word_counts(tmp_path: Path):
    """var.ini has the name and the version in force."""
    host = Host(tmp_path)
    write(host.state / "var.ini", 'version="7.2.0"\nNAME="Tower"\n')
    write(host.flash_config / "ident.cfg", 'NAME="Old"\n')

    assert read_server_identity(host, lambda: ID) == ServerIdentity("Tower", "7.2.0", ID)


def test_emhttpds_word_needs_no_flash_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """While var.ini has the name and the version, no other file is opened."""
    host = Host(tmp_path)
    write(host.state / "var.ini", 'version="7.2.0"\nNAME="Tower"\n')
    opened: list[Path] = []
    monkeypatch.setattr(server_identity, "read_optional", lambda path: opened.append(path) or read_optional(path))

    read_server_identity(host, lambda: ID)

    assert opened == [host.state / "var.ini"]


def test_the_flash_drive_knows_before_emhttpd_does(tmp_path: Path):
    """Without var.ini, ident.cfg and the release's own file have the same facts."""
    host = Host(tmp_path)
    write(host.flash_config / "ident.cfg", '# Generated settings:\r\nNAME="Tower"\r\n')
    write(host.root / "etc/unraid-version", 'version="7.2.0"\n')

    assert read_server_identity(host, lambda: ID) == ServerIdentity("Tower", "7.2.0", ID)


def test_elsewhere_the_kernel_is_asked(tmp_path: Path):
    """A machine without Unraid has its host name, and no version."""
    assert read_server_identity(Host(tmp_path), lambda: ID) == ServerIdentity(socket.gethostname(), None, ID)


def test_the_flash_drives_guid(tmp_path: Path):
    """It comes from emhttpd, and is unknown before that."""
    host = Host(tmp_path)
    before = read_flash_guid(host)
    write(host.state / "var.ini", 'flashGUID="0781-5567-4C53-0001AB34CD56"\n')

    assert (before, read_flash_guid(host)) == (None, "0781-5567-4C53-0001AB34CD56")
