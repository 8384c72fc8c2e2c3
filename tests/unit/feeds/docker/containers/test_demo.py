"""The demo tree's recorded containers."""

import shutil
from pathlib import Path

import msgspec
import pytest

from uma.feeds.docker.containers.demo import read_demo
from uma.host import Host

TOWER = Path(__file__).parents[5] / "demo/tower"


def test_the_towers_containers_are_lifelike() -> None:
    """It has every state, network and manager that a page can show, and figures change."""
    now, later = read_demo(Host(TOWER), 1000.0), read_demo(Host(TOWER), 1005.0)
    assert now is not None
    assert later is not None
    assert now.demo
    found = {container.name: container for container in now.containers}

    assert {c.state for c in now.containers} >= {"running", "paused", "exited", "restarting"}
    assert {c.health for c in now.containers} == {"healthy", "unhealthy", None}
    assert {c.managed_by for c in now.containers} == {"dockerman", "compose"}
    assert {c.update for c in now.containers} == {"up_to_date", "available", "unknown"}
    assert found["qbittorrent"].network_shared_with == "gluetun"
    assert found["homeassistant"].network is None
    assert found["pihole"].webui == "http://192.168.1.53:80/admin"
    assert found["mariadb"].autostart_wait_seconds == 20
    assert [c.cpu_percent for c in now.containers] != [c.cpu_percent for c in later.containers]
    assert all(c.cpu_percent is None for c in now.containers if c.state in {"exited", "restarting"})
    assert len(msgspec.json.encode(now)) < 16_384


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"cpus": 1}'])
def test_a_tree_without_a_recording_has_none(tmp_path: Path, content: str | None) -> None:
    """Without a valid recording there is no demo."""
    shutil.copytree(TOWER / "boot", tmp_path / "boot")
    if content is not None:
        (tmp_path / "demo").mkdir()
        (tmp_path / "demo/containers.json").write_text(content)

    assert read_demo(Host(tmp_path), 1.0) is None
