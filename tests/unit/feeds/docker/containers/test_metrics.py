"""Containers as Prometheus sees them."""

from collections.abc import Iterable
from pathlib import Path

from uma.feeds.docker.containers.demo import read_demo
from uma.feeds.docker.containers.metrics import METRICS
from uma.feeds.docker.containers.model import ContainersStatus
from uma.host import Host

TOWER = Host(Path(__file__).parents[5] / "demo/tower")


def values(name: str, status: ContainersStatus) -> dict[str, float]:
    """Return the known samples of a family, by container."""
    (metric,) = (metric for metric in METRICS if metric.name == name)
    found = metric.values(status)
    if not isinstance(found, Iterable):
        return {} if found is None else {"": found}
    return {labels["container"]: value for labels, value in found if value is not None}


def test_known_values_have_a_sample() -> None:
    """Running containers have figures, ended ones exit codes, and checked ones their update state."""
    status = read_demo(TOWER, 1000.0)
    assert status is not None

    assert values("uma_container_running", status)["jellyfin"] == 0
    assert values("uma_container_healthy", status)["frigate"] == 0
    assert "mariadb" not in values("uma_container_healthy", status)
    assert values("uma_container_exit_code", status) == {"jellyfin": 0, "paperless-ngx": 1, "speedtest": 137}
    assert values("uma_container_restarts_total", status)["frigate"] == 3
    assert values("uma_container_oom_kills_total", status)["speedtest"] == 1
    assert 0 < values("uma_container_cpu_usage_ratio", status)["frigate"] < 0.2
    assert "homeassistant" not in values("uma_container_received_bytes_total", status)
    assert values("uma_container_sent_bytes_total", status)["gluetun"] > 0
    assert values("uma_container_update_available", status)["nextcloud"] == 1
    assert "immich_redis" not in values("uma_container_update_available", status)
    assert values("uma_docker_image_storage_used_bytes", status)[""] == 26_413_703_168
    assert len(values("uma_container_info", status)) == len(status.containers)


def test_nothing_is_known_without_docker() -> None:
    """No family has a sample."""
    status = ContainersStatus("stopped", None, (), demo=False)

    assert all(values(metric.name, status) == {} for metric in METRICS)
