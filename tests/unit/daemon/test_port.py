"""The port while its certificate can't be used."""

import asyncio
import socket
from dataclasses import replace

import pytest

from tests.integration.certificates import Authority
from uma.config import Config
from uma.daemon.port import Port


def no_connection() -> asyncio.Protocol:
    raise AssertionError("nothing connects in these tests")


@pytest.fixture
def late(tmp_path):
    """A certificate, its key, and settings that name a bundle of both, which is not there yet."""
    certificate, key = Authority(tmp_path / "authority").certify("IP:127.0.0.1")
    bundle = tmp_path / "bundle.pem"
    whole = certificate.read_text() + key.read_text()
    return bundle, whole, Config(bind="127.0.0.1", port=0, tls_certificate=str(bundle), tls_key=str(bundle))


async def test_a_reload_opens_a_port_whose_certificate_has_been_corrected(late):
    """The same settings count as new while they are not in force."""
    bundle, whole, config = late
    port, moves = Port(no_connection), []
    await port.open(config)
    assert (port.number, "is not there" in port.fault) == (0, True)

    assert await port.move(config, lambda: moves.append("moved")) == config
    assert port.number == 0

    bundle.write_text(whole)
    await port.move(config, lambda: moves.append("moved"))
    number = port.number
    await port.move(config, lambda: moves.append("moved"))
    port.close()

    assert (port.fault, number > 0, port.certificate is not None) == ("", True, True)
    assert moves == ["moved", "moved"], "a port that is open stays"


async def test_a_port_that_was_taken_meanwhile_does_not_end_the_daemon(late):
    """The address is still a fault, with its reason, and the next reload tries again."""
    bundle, whole, config = late
    port = Port(no_connection)
    with socket.create_server(("127.0.0.1", 0)) as other:
        config = replace(config, port=other.getsockname()[1])
        await port.open(config)
        bundle.write_text(whole)
        await port.move(config, lambda: None)
        assert (port.number, "is taken" in port.fault) == (0, True)

    await port.move(config, lambda: None)
    number = port.number
    port.close()

    assert (port.fault, number) == ("", config.port)


async def test_a_new_address_that_is_taken_leaves_no_port_open_if_the_old_one_had_a_fault(late):
    """The problem names both reasons, instead of an address at which nothing listens."""
    _, _, config = late
    port = Port(no_connection)
    await port.open(config)
    with socket.create_server(("127.0.0.1", 0)) as other:
        wanted = replace(config, port=other.getsockname()[1], tls_certificate="", tls_key="")
        assert await port.move(wanted, lambda: None) == config

    [problem] = port.kept
    assert "is taken" in str(problem)
    assert f"no port is open: {port.fault}" in str(problem)
    assert port.number == 0


async def test_a_corrected_file_is_noticed(late):
    """A file that appears or changes is reported once; without a fault there is nothing to watch."""
    bundle, whole, config = late
    port, seen = Port(no_connection, look_seconds=0.01), asyncio.Event()
    await port.open(config)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(port.watch(seen.set))
        await asyncio.sleep(0)
        assert not seen.is_set()
        bundle.write_text(whole[:200])

    assert seen.is_set()
    await port.open(config)
    assert port.fault
    bundle.write_text(whole)
    async with asyncio.timeout(20):
        await port.watch(seen.set)
    await port.open(config)
    seen.clear()
    async with asyncio.timeout(20):
        await port.watch(seen.set)
    port.close()

    assert (port.fault, seen.is_set()) == ("", False)


async def test_a_missing_key_setting_watches_no_folder(late, tmp_path, monkeypatch):
    """Without TLS_KEY only the certificate's file counts, not what changes in the working folder."""
    bundle, whole, config = late
    (folder := tmp_path / "working").mkdir()
    monkeypatch.chdir(folder)
    port, seen = Port(no_connection, look_seconds=0.01), asyncio.Event()
    await port.open(replace(config, tls_key=""))
    assert "belong together" in port.fault
    (folder / "new").touch()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        watch = group.create_task(port.watch(seen.set))
        for _ in range(3):
            await asyncio.to_thread(folder.stat)
        assert not watch.done()
        bundle.write_text(whole)

    assert seen.is_set()
