"""Every path of the host, below a movable root."""

from pathlib import Path

from uma.host import Host


def test_unraid_paths():
    """On the server itself the paths are Unraid's."""
    host = Host()

    assert host.state == Path("/var/local/emhttp")
    assert host.smart_texts == Path("/var/local/emhttp/smart")
    assert host.flash_config == Path("/boot/config")
    assert host.config_file == Path("/boot/config/plugins/uma/uma.cfg")
    assert host.mqtt_password == Path("/boot/config/plugins/uma/mqtt-password")
    assert host.webgui == Path("/usr/local/emhttp")
    assert host.docker_socket == Path("/var/run/docker.sock")
    assert host.notice == Path("/var/run/uma.json")
    assert host.nginx_socket == Path("/var/run/nginx.socket")
    assert host.syslog_socket == Path("/dev/log")
    assert host.syslog == Path("/var/log/syslog")


def test_root_moves_every_path(tmp_path: Path):
    """Under a root no path leads out of it."""
    host = Host(tmp_path)
    paths = (
        *(host.state, host.smart_texts, host.flash_config, host.config_file, host.webgui, host.docker_socket),
        *(host.mqtt_password, host.notice, host.nginx_socket, host.syslog_socket, host.syslog),
    )

    assert all(path.is_relative_to(tmp_path) for path in paths)


def test_kernel_folders(tmp_path: Path):
    """proc and sys are the root's if they exist there, each by itself, else the machine's own."""
    host = Host(tmp_path)
    assert (host.proc, host.sys) == (Path("/proc"), Path("/sys"))

    (tmp_path / "proc").mkdir()
    (tmp_path / "sys").touch()

    assert (host.proc, host.sys) == (tmp_path / "proc", Path("/sys"))
