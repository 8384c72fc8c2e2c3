"""The broker in the settings, its password, and the CAs that verify its certificate."""

import ssl
from pathlib import Path

import pytest

from uma.config import Config
from uma.errors import SourceFailed
from uma.host import Host
from uma.outputs.mqtt.broker import LARGEST_PASSWORD, USUAL_AUTHORITIES, Broker, read_broker, read_trust

CONFIG = Config(mqtt_host="broker.lan", mqtt_user="tower", mqtt_tls=True)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = Host(tmp_path)
    host.mqtt_password.parent.mkdir(parents=True)
    return host


def store(host: Host, password: bytes, mode: int = 0o600) -> None:
    host.mqtt_password.write_bytes(password)
    host.mqtt_password.chmod(mode)


@pytest.mark.parametrize("written", [b"s3cret", b"s3cret\n", b"s3cret\r\n"])
def test_the_password_is_its_files_line(host: Host, written: bytes):
    """The password is the file's content without the end of its line, and is not shown with the broker."""
    store(host, written)
    broker = read_broker(CONFIG, host)

    assert (broker.user, broker.password) == ("tower", "s3cret")
    assert "s3cret" not in repr(broker)


def test_blanks_belong_to_a_password(host: Host):
    """Only the end of the line is left out."""
    store(host, b" s3 cret \n")
    assert read_broker(CONFIG, host).password == " s3 cret "


def test_there_may_be_no_password(host: Host):
    """Without the file there is no password, and without a user none is read."""
    assert read_broker(CONFIG, host).password is None
    store(host, b"s3cret")
    assert read_broker(Config(mqtt_host="broker.lan"), host).password is None


def test_a_readable_password_is_reported(host: Host):
    """A file that other users may read is used, with a warning in the log."""
    store(host, b"s3cret")
    assert read_broker(CONFIG, host).readable_by_others is None
    store(host, b"s3cret", 0o644)
    broker = read_broker(CONFIG, host)
    assert (broker.password, broker.readable_by_others) == ("s3cret", host.mqtt_password)


def test_a_folder_in_its_place_is_a_failure(host: Host):
    """An unreadable file is a failure that names the file."""
    host.mqtt_password.mkdir()
    with pytest.raises(SourceFailed, match="mqtt-password can't be read"):
        read_broker(CONFIG, host)


def test_a_huge_file_is_not_read_whole(host: Host):
    """Even of a huge file only a bounded part is read."""
    store(host, b"x" * 10**6)
    assert len(read_broker(CONFIG, host).password or "") == LARGEST_PASSWORD


def test_addresses_are_readable(host: Host):
    """IPv6 addresses are in brackets."""
    assert read_broker(CONFIG, host).address == "broker.lan:1883"
    assert read_broker(Config(mqtt_host="fd00::1"), host).address == "[fd00::1]:1883"


def test_without_tls_nothing_is_trusted(host: Host):
    """Without TLS no certificate is checked and no file is read."""
    assert read_trust(read_broker(Config(mqtt_host="x", mqtt_ca_file="/missing.pem"), host), host) is None


def test_a_ca_file_that_is_none(host: Host):
    """A missing CA file and one without certificates are distinguished, by name."""
    config = Config(mqtt_host="x", mqtt_tls=True, mqtt_ca_file="/boot/config/ca.pem")
    with pytest.raises(SourceFailed, match=r"ca\.pem can't be read: No such file"):
        read_trust(read_broker(config, host), host)
    (host.flash_config / "ca.pem").write_text("not one")
    with pytest.raises(SourceFailed, match=r"ca\.pem holds no certificates"):
        read_trust(read_broker(config, host), host)


def test_the_systems_authorities_are_found(host: Host):
    """Without a CA file the host's own CAs are used, else the machine's; names are checked."""
    for place in USUAL_AUTHORITIES:
        path = host.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not one")
        with pytest.raises(SourceFailed, match=place):
            read_trust(read_broker(CONFIG, host), host)
        path.unlink()
    broker = Broker("x", 8883, has_tls=True, authorities=None, user=None, password=None)
    trust = read_trust(broker, host)
    assert trust is not None
    assert (trust.check_hostname, trust.verify_mode) == (True, ssl.CERT_REQUIRED)
