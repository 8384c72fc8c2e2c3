"""The demo tree's recorded virtual machines."""

from pathlib import Path

import pytest

from uma.feeds.vms.demo import read_demo
from uma.host import Host

TOWER = Path(__file__).parents[4] / "demo/tower"


def test_the_towers_machines_are_lifelike():
    """They are running, paused and stopped, marked as a demo, and figures change."""
    now, later = read_demo(Host(TOWER), 1000.0), read_demo(Host(TOWER), 1005.0)

    assert now.demo
    assert {vm.state_shown for vm in now.vms} == {"started", "paused", "stopped"}
    assert [vm.cpu_percent for vm in now.vms] != [vm.cpu_percent for vm in later.vms]
    assert all(vm.cpu_percent is vm.disk_io is None for vm in now.vms if vm.state == "shutoff")
    assert len({vm.uuid for vm in now.vms}) == len(now.vms)


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"host_cpus": 1}', b"\xff"])
def test_a_tree_without_a_recording_has_none(tmp_path, content):
    """Without a valid recording there is no demo."""
    if content is not None:
        (tmp_path / "demo").mkdir()
        (tmp_path / "demo/vms.json").write_bytes(content)

    assert read_demo(Host(tmp_path), 1.0) is None
