"""The virtual machine service and its socket."""

import asyncio
import socket

import pytest

from uma.errors import SourceFailed
from uma.feeds.vms import service
from uma.host import Host


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (None, "absent"),
        ('SERVICE="enable"\nDEBUG="no"\n', "stopped"),
        ('SERVICE="disable"\n', "disabled"),
        ("", "disabled"),
        ("SERVICE=", "disabled"),
        ("\0\xff[x", "disabled"),
    ],
)
def test_the_word_of_a_service_that_does_not_run(text, word):
    """Stopped only if the user wants it to run; absent if it was never set up."""
    assert service.parse_service(text) == word


def test_the_settings_are_the_flash_drives(tmp_path):
    """domain.cfg is read below the root, wherever that is."""
    (tmp_path / "boot/config").mkdir(parents=True)
    before = service.read_service(Host(tmp_path))
    (tmp_path / "boot/config/domain.cfg").write_text('SERVICE="enable"\r\n')

    assert (before, service.read_service(Host(tmp_path))) == ("absent", "stopped")


def test_absences(tmp_path):
    """A missing socket and a leftover one are distinguished; a listener is not an absence."""
    path = tmp_path / "libvirt-sock-ro"
    said = [service.read_absence(path), service.read_absence(path / "x")]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        said.append(service.read_absence(path))
        listener.listen()
        said.append(service.read_absence(path))

    assert said == [
        f"libvirt is not running: no socket at {path}",
        f"libvirt is not running: no socket at {path / 'x'}",
        f"libvirt is not running: it has left its socket at {path}",
        None,
    ]


def test_a_full_queue_is_a_failure(tmp_path):
    """A libvirtd that accepts no connection is present and does not work."""
    path = tmp_path / "sock"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(str(path))
        listener.listen(0)
        first.connect(str(path))
        with pytest.raises(SourceFailed, match="does not accept connections"):
            service.read_absence(path)


async def test_a_socket_that_listens_a_moment_later(tmp_path, monkeypatch):
    """The nudge comes with the file; the listener is found without another one."""
    monkeypatch.setattr(service, "BRISK_SECONDS", 0)
    answers = iter(["no socket", "no listener", None])
    monkeypatch.setattr(service, "read_absence", lambda path: next(answers))

    assert await service.wait_until_listening(tmp_path, asyncio.Event())


async def test_a_socket_that_never_listens(tmp_path, monkeypatch):
    """It is given up after a while: the next nudge or heartbeat comes."""
    monkeypatch.setattr(service, "BRISK_SECONDS", 0)
    path = tmp_path / "sock"
    path.touch()
    looks = []
    monkeypatch.setattr(service, "read_absence", lambda path: looks.append(path) or "no listener")

    assert not await service.wait_until_listening(path, asyncio.Event())
    assert len(looks) == service.BRISK_TRIES


async def test_no_socket_is_not_waited_for(tmp_path, monkeypatch):
    """Without libvirt nothing is polled: a socket's creation is a nudge."""
    monkeypatch.setattr(service, "read_absence", lambda path: pytest.fail("looked"))

    assert not await service.wait_until_listening(tmp_path / "sock", asyncio.Event())


def test_a_long_path_without_a_socket(tmp_path):
    """A path that is too long for a socket, and missing, is an absence and not a failure."""
    path = tmp_path / ("x" * 120) / "libvirt-sock-ro"

    assert service.read_absence(path) == f"libvirt is not running: no socket at {path}"
