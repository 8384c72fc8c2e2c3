"""Debian's Prometheus with a real daemon: scraped values can be queried."""

import hashlib
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .daemon import STREAMS, Daemon
from .programs import until
from .prometheus import EXAMPLE, Prometheus


@pytest.fixture
def prometheus(daemon: Daemon, tmp_path: Path) -> Iterator[Prometheus]:
    """A Prometheus that scrapes the daemon."""
    if shutil.which("prometheus") is None:
        pytest.skip("there is no Prometheus on this machine (Debian: prometheus)")
    with Prometheus(tmp_path / "prometheus", daemon) as prometheus:
        yield prometheus


def scrape(daemon: Daemon, query: str = "") -> str:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        f"http://{daemon.server}/metrics{query}", timeout=10
    ) as response:
        return response.read().decode()


@pytest.mark.smoke
def test_prometheus_has_the_daemons_values(prometheus: Prometheus, daemon: Daemon) -> None:
    """Queries give REST's values: the array's state, each disk's temperature and size; no sample was refused."""
    storage = daemon.newest("storage/status")["data"]
    prometheus.until_value('uma_array_state{state="started"}', 1)
    disks = [disk for role in ("parity_disks", "disks", "cache_disks", "unassigned") for disk in storage[role]]
    temperatures = {disk["name"]: disk["temperature"] for disk in disks if disk["temperature"] is not None}
    found = {labels["disk"]: value for labels, value in prometheus.query("uma_disk_temperature_celsius")}
    sizes = {labels["disk"]: value for labels, value in prometheus.query('uma_disk_size_bytes{role!="boot"}')}

    assert found == temperatures
    assert sizes == {disk["name"]: disk["size_bytes"] for disk in disks}
    assert prometheus.query('up{job="uma"}')[0][1] == 1
    assert prometheus.own_metric("prometheus_target_scrapes_sample_duplicate_timestamp_total") == 0


def test_a_join_names_the_device(prometheus: Prometheus) -> None:
    """The join of docs/metrics.md gives each temperature its device."""
    prometheus.until_value('uma_array_state{state="started"}', 1)
    joined = prometheus.query(
        "uma_disk_temperature_celsius * on (instance, disk, role) group_left (device, id) uma_disk_info"
    )

    assert {labels["disk"]: labels["device"] for labels, _ in joined}["disk1"] == "/dev/sdc"


def test_a_removed_disk_is_gone(prometheus: Prometheus, tower: Path) -> None:
    """A pulled device has no series after the next scrape, not an old value for five minutes."""
    prometheus.until_value('uma_disk_spun_down{disk="dev1"}', 0)
    (tower / "var/local/emhttp/devs.ini").write_text("")

    until(lambda: prometheus.query('uma_disk_spun_down{disk="dev1"}') == [], 30)
    assert prometheus.query('uma_disk_spun_down{disk="disk1"}')


def test_rules_are_loaded_and_the_daemon_is_missed(prometheus: Prometheus, daemon: Daemon) -> None:
    """Prometheus evaluates every rule without an error; a stopped daemon is pending as UmaDown."""
    prometheus.until_value('up{job="uma"}', 1)

    def rules() -> list[dict[str, str]]:
        (group,) = prometheus.get("rules")["groups"]
        return group["rules"]

    until(lambda: all(rule["health"] == "ok" for rule in rules()), 30, what="rules evaluated")
    assert {rule["name"]: rule["state"] for rule in rules()} == dict.fromkeys(
        (rule["name"] for rule in rules()), "inactive"
    )
    daemon.stop()
    until(lambda: {rule["name"]: rule["state"] for rule in rules()}["UmaDown"] == "pending", 30)


def test_a_scrape_collects_nothing(make_daemon: Callable[..., Daemon]) -> None:
    """Scrapes give the newest messages: with an interval of an hour, a scrape causes none."""
    daemon = make_daemon()
    daemon.configure(STATS_INTERVAL=3600, STORAGE_INTERVAL=3600)
    daemon.start()
    daemon.newest("system/stats")
    # What SMART says comes with a message of its own, after the first one.
    until(lambda: daemon.newest("storage/status")["data"]["parity_disks"][0]["health"] != "unknown", what="SMART read")
    # Those that have the hour between; the others come by the clock, and by what changes.
    before = {name: daemon.health()["streams"][name]["messages"] for name in STREAMS}
    figures = {line for line in scrape(daemon).splitlines() if line.startswith(("uma_cpu", "uma_uptime", "uma_disk"))}
    for _ in range(20):
        assert figures <= set(scrape(daemon).splitlines())

    assert {name: daemon.health()["streams"][name]["messages"] for name in STREAMS} == before


def test_the_setting_and_the_token_count(daemon: Daemon) -> None:
    """METRICS=no disables the address without a restart, and it can be enabled again; a set token is required."""
    token = "of-a-test"
    daemon.reload(METRICS="no")
    with pytest.raises(urllib.error.HTTPError, match="503"):
        scrape(daemon)
    daemon.reload(TOKEN_SHA256=hashlib.sha256(token.encode()).hexdigest())
    with pytest.raises(urllib.error.HTTPError, match="401"):
        scrape(daemon)
    assert "uma_build_info" in scrape(daemon, f"?token={token}")


def test_rules_pass_their_tests() -> None:
    """Each alert fires when it should and not before, by promtool; each has a test, and the README lists each."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("there is no promtool on this machine (Debian: prometheus)")
    done = subprocess.run(
        [promtool, "test", "rules", "rules.test.yml"],
        cwd=EXAMPLE, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    alerts = [line.split()[-1] for line in (EXAMPLE / "rules.yml").read_text().splitlines() if "- alert:" in line]
    tests, readme = ((EXAMPLE / name).read_text() for name in ("rules.test.yml", "README.md"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert [alert for alert in alerts if f"alertname: {alert}\n" not in tests or f"| `{alert}` |" not in readme] == []
