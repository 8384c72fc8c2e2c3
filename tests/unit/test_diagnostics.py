"""The zip for a bug report: its contents, its omissions, and its readable state."""

import os
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.support.feeds import FEEDS
from uma.diagnostics import LARGEST, write_diagnostics
from uma.feeds.storage.source import snapshot
from uma.host import Host
from uma.runtime.server_info import Notice
from uma.runtime.status import Status

TOWER = Path(__file__).parents[2] / "demo/tower"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A copy of the demo's server, with a log and settings."""
    host = Host(Path(shutil.copytree(TOWER, tmp_path / "tower")))
    host.syslog.parent.mkdir(parents=True, exist_ok=True)
    host.syslog.write_text("")
    host.config_file.parent.mkdir(parents=True)
    return host


def packed(host: Host, path: Path) -> dict[str, str]:
    """Return the files of the diagnostics of *host*, by name."""
    write_diagnostics(path, host, FEEDS)
    with zipfile.ZipFile(path) as archive:
        return {name.removeprefix("uma-diagnostics/"): archive.read(name).decode() for name in archive.namelist()}


def test_no_secret_is_in_it(host: Host, tmp_path: Path):
    """csrf_token, GUID, licensee, key file and serial numbers are in no file, not even in lines of the log."""
    secrets = (
        "7F3D9A1C5B2E8046",
        "0781-5567-4C53-0001AB34CD56",
        "03-5A6B7C8D9E0F1A2B3C4D5E6F",
        "/root/keyfile",
        "2CKPA0WN",
        "letmein-broker",
    )
    host.mqtt_password.parent.mkdir(parents=True, exist_ok=True)
    host.mqtt_password.write_text("letmein-broker\n")
    host.syslog.write_text("".join(f"Nov 23 07:00:00 Tower uma[1]: event=read value={secret}\n" for secret in secrets))
    host.config_file.write_text(f'TOKEN_SHA256="{"ab" * 32}"\nJWT_SECRET="hunter2"\nPORT="1234"\nMQTT_USER="roger"\n')

    texts = packed(host, tmp_path / "d.zip")

    everything = "\n".join(texts.values())
    assert [secret for secret in (*secrets, "abab", "hunter2", "Demo server", "roger") if secret in everything] == []
    assert "PORT 1234" in texts["settings.txt"]
    assert "JWT_SECRET" in texts["settings.txt"]


def test_no_person_is_named(host: Host, tmp_path: Path):
    """Logins, hosts, addresses, drives' names and lines of other programs are in no file."""
    host.config_file.write_text(
        'MQTT_HOST="broker.smith.lan"\nMQTT_USER="roger"\nMQTT_CA_FILE="/mnt/user/alice/ca.pem"\n'
        'MQTT_PREFIX="smiths/home"\nALLOWED_ORIGINS="dash.smith.lan"\nMQTT_PORT="alice:hunter2@x"\n'
    )
    (host.smart_texts / "disk1").write_text(
        "smartctl 7.4\n\nSAS address = 0x5000c500a1b2c3d5\n"
        "NVMe Subsystem NQN: nqn.2014:x:2CKPA0WN\nEUI64 0025385b71b0c0de\n"
    )
    lines = (
        "smith-nas uma[1]: event=accepted peer=10.1.2.3 host=broker.smith.lan user=roger",
        "smith-nas uma[1]: naa.5000c500a1b2c3d5 eui.0025385b71b0c0de 0x5000c500a1b2c3d5 ALDER_NAS-7E_2CKPA0WN",
        "smith-nas sshd[9]: login of walter, uma: ALDER_NAS-7E_2CKPA0WN rc.uma",
        "smith-nas rc.uma: started",
    )
    host.syslog.write_text("".join(f"Nov 23 07:00:00 {line}\n" for line in lines))

    texts = packed(host, tmp_path / "d.zip")

    everything = "\n".join(texts.values())
    told = ("smith", "roger", "alice", "hunter2", "10.1.2.3", "c500a1b2", "0025385b", "2CKPA0WN", "walter", "sshd")
    assert [name for name in told if name in everything] == []
    assert "rc.uma: started" in texts["log.txt"]
    assert "MQTT_HOST (set)" in texts["settings.txt"]


def test_each_name_of_a_setting_is_left_out(host: Host, tmp_path: Path):
    """The names of several brokers, those in an address with a scheme or port, and paths are in no file."""
    host.config_file.write_text(
        'MQTT_HOST="one.smith.lan two.smith.lan"\nALLOWED_ORIGINS="https://dash.smith.lan nas.smith.lan:8443 [f:.]"\n'
        'HEARTBEAT_URL="https://hc.smith.lan/ping"\nTLS_CERTIFICATE="/boot/smith.pem"\nTLS_KEY="/boot/smith.key"\n'
    )
    told = ("one.smith.lan", "two.smith.lan", "dash.smith.lan", "nas.smith.lan", "hc.smith.lan", "/boot/smith.pem")
    host.syslog.write_text("".join(f"Nov 23 07:00:00 nas uma[1]: event=x of={name}: it failed\n" for name in told))

    texts = packed(host, tmp_path / "d.zip")

    assert [name for name, text in texts.items() if "smith" in text] == []
    assert texts["log.txt"].count("it failed") == len(told)


def test_texts_that_need_a_token_are_left_out(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The newest state of each feed of a running daemon is in it, but not the texts of notifications."""
    status = Status(Notice("", 0, 0, "127.0.0.1", 1, ""), 0.0, {})
    monkeypatch.setattr("uma.diagnostics.find_statuses", lambda _host, _token: [status])
    monkeypatch.setattr("uma.diagnostics.describe_status", lambda _status: [])
    monkeypatch.setattr("uma.diagnostics.ask", lambda _notice, _path: "{}")

    names = packed(host, tmp_path / "d.zip").keys()

    assert {"health.json", "storage-status.json"} <= names
    assert not any(name.startswith("notifications") for name in names)


def test_a_feed_with_a_choice_that_needs_a_token_is_private():
    """Texts that need a token are in no bug report, and are not left behind at a broker."""
    private = {feed.name for feed in FEEDS if feed.is_private}

    assert private == {feed.name for feed in FEEDS if getattr(feed.switch, "needs_token", ())} != set()


def test_its_state_is_a_host_tree(host: Host, tmp_path: Path):
    """The daemon reads the same from the zip's folder root as from the server itself."""
    write_diagnostics(tmp_path / "d.zip", host, FEEDS)
    shutil.unpack_archive(tmp_path / "d.zip", tmp_path / "unpacked")

    assert snapshot(Host(tmp_path / "unpacked/uma-diagnostics/root"), {}) == snapshot(host, {})


def test_log_lines_are_ours(host: Host, tmp_path: Path):
    """The zip has only syslog's lines under UMA's tag, the newest 500, from its last 4 MiB."""
    ours = "".join(f"Nov 23 07:00:00 Tower uma[1]: event=e{number}\n" for number in range(600))
    host.syslog.write_text(
        "Nov 23 06:00:00 Tower uma: old\n"
        + "x" * LARGEST
        + "\nNov 23 07:00:00 Tower sshd[1]: Accepted for uma\n"
        + ours
    )

    lines = packed(host, tmp_path / "d.zip")["log.txt"].splitlines()

    assert (len(lines), lines[-1]) == (500, "Nov 23 07:00:00 uma[1]: event=e599")
    assert not any("sshd" in line or "old" in line for line in lines)


def test_empty_server(tmp_path: Path):
    """Missing or forbidden files are reported in the zip."""
    host = Host(tmp_path / "nothing")
    host.state.mkdir(parents=True)
    os.mkfifo(host.state / "var.ini")
    (host.state / "disks.ini").mkdir()

    texts = packed(host, tmp_path / "d.zip")

    assert texts["root/var/local/emhttp/var.ini"] == ""
    assert "UMA is not running." in texts["about.txt"]
    assert "Unraid unknown" in texts["about.txt"]


def test_for_roots_eyes(host: Host, tmp_path: Path):
    """The file has mode 600, and an existing file is not overwritten."""
    write_diagnostics(tmp_path / "d.zip", host, FEEDS)

    assert (tmp_path / "d.zip").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_diagnostics(tmp_path / "d.zip", host, FEEDS)
