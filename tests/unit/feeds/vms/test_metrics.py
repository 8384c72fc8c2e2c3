"""Virtual machines as Prometheus sees them."""

from dataclasses import replace
from pathlib import Path

from uma.feeds.vms.demo import read_demo
from uma.feeds.vms.metrics import METRICS
from uma.host import Host

TOWER = Host(Path(__file__).parents[4] / "demo/tower")


def values(name, status):
    (metric,) = (metric for metric in METRICS if metric.name == name)
    return {labels["vm"]: value for labels, value in metric.values(status) if value is not None}


def test_unknown_values_have_no_sample():
    """A stopped machine has no figures, and without libvirt's answer there is no state."""
    status = read_demo(TOWER, 1000.0)
    unknown = replace(status, vms=(replace(status.vms[0], state=None, state_shown=None), *status.vms[1:]))

    assert values("uma_vm_running", status)["Home Assistant"] == 1.0
    assert values("uma_vm_running", status)["macOS Sonoma"] == 0.0
    assert "Home Assistant" not in values("uma_vm_running", unknown)
    assert set(values("uma_vm_cpu_usage_ratio", status)) == {"Home Assistant", "Windows 11", "Ubuntu Desktop"}
    assert all(0 <= value <= 1 for value in values("uma_vm_cpu_usage_ratio", status).values())


def test_counters_are_of_running_machines():
    """Traffic counts since the machine started."""
    status = read_demo(TOWER, 1000.0)

    for name in ("read", "written", "received", "sent"):
        assert "pfSense test" not in values(f"uma_vm_{name}_bytes_total", status)
        assert values(f"uma_vm_{name}_bytes_total", status)["Windows 11"] > 0
