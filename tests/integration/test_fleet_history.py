"""Files of integrations/ for many servers, in the real Prometheus, Alertmanager's own check, and VictoriaMetrics."""

import json
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest
import yaml

from .daemon import Daemon, free_port
from .programs import CHECKOUT, Program, until
from .prometheus import Prometheus
from .test_grafana import EXPRESSIONS, asked
from .victoria_metrics import PROGRAM, VictoriaMetrics

FLEET = CHECKOUT / "integrations/fleet"
RULES = yaml.safe_load((CHECKOUT / "integrations/prometheus/rules.yml").read_text())["groups"][0]["rules"]
FLEET_PANELS = [each for each in EXPRESSIONS if "$site" in each[1]]


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="there is no Prometheus (Debian: prometheus)")
def test_servers_have_the_site_and_the_name_of_the_file(daemon: Daemon, tmp_path: Path) -> None:
    """By servers.yml each series has site and instance; UMA's own site, if there is one, is exported_site."""
    port = free_port()
    for name in ("prometheus.yml", "servers.yml"):
        text = (FLEET / name).read_text().replace("tower.local:34600", daemon.server).replace(": 15s", ": 1s")
        (tmp_path / name).write_text(text)
    shutil.copy(CHECKOUT / "integrations/prometheus/rules.yml", tmp_path)
    arguments = [f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data"]
    address = f"--web.listen-address=127.0.0.1:{port}"
    with Program(["prometheus", *arguments, address], log=tmp_path / "log") as program:
        program.until_output("Server is ready to receive web requests", 60)
        prometheus = Prometheus.at(port)
        wanted = 'uma_server_info{site="home",instance="tower",exported_site=""}'
        until(lambda: len(prometheus.query(wanted)) == 1, 60, what=wanted)

        def instances() -> set[str]:
            return {labels["instance"] for labels, _ in prometheus.query('up{site="home"}')}

        # The second is not there: its first try takes as long as the name's look-up.
        until(lambda: instances() == {"tower", "backup"}, 60, what="both servers")


@pytest.mark.skipif(shutil.which("amtool") is None, reason="there is no amtool (Debian: prometheus-alertmanager)")
def test_alertmanager_takes_the_example() -> None:
    """Alertmanager's own tool finds nothing wrong, and groups what a server says and what a whole site loses."""

    def amtool(*arguments: str) -> str:
        done = subprocess.run(["amtool", *arguments], capture_output=True, text=True, timeout=60, check=True)
        return done.stdout

    config = str(FLEET / "alertmanager.yml")
    assert "SUCCESS" in amtool("check-config", config)
    routes = amtool("config", "routes", "show", f"--config.file={config}")
    assert re.search(r'alertname="UmaDown"', routes)
    assert amtool("config", "routes", "test", f"--config.file={config}", "alertname=DiskHot").strip() == "you"


def test_the_mounts_of_the_compose_file_exist() -> None:
    """Each file that compose.yml mounts is there, and the data source is the one that the dashboards name."""
    services = yaml.safe_load((FLEET / "compose.yml").read_text())["services"]
    mounted = {volume.split(":")[0] for service in services.values() for volume in service["volumes"]}

    assert {path for path in mounted if path.startswith(".") and not (FLEET / path).exists()} == set()
    source = yaml.safe_load((FLEET / "grafana-datasource.yml").read_text())["datasources"][0]
    dashboard = json.loads((CHECKOUT / "integrations/grafana/dashboards/fleet.json").read_text())
    assert source["uid"] == dashboard["panels"][0]["datasource"]["uid"]


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="there is no docker-compose (Debian's name)")
def test_docker_compose_takes_the_compose_file() -> None:
    """docker-compose finds nothing wrong with compose.yml."""
    subprocess.run(["docker-compose", "-f", FLEET / "compose.yml", "config", "-q"], check=True, timeout=60)


@pytest.mark.skipif(PROGRAM is None, reason="there is no VictoriaMetrics (Debian: victoria-metrics)")
def test_the_fleet_dashboard_and_the_rules_in_victoria_metrics(daemon: Daemon, tmp_path: Path) -> None:
    """VictoriaMetrics answers each query of the fleet dashboard with data, and accepts each rule's expression."""
    assert FLEET_PANELS
    with VictoriaMetrics(tmp_path / "victoria", daemon) as victoria:
        until(partial(victoria.query, "uma_server_info"), 30, what="the first scrape")
        for title, expression in FLEET_PANELS:
            until(partial(victoria.query, asked(expression)), 30, what=f"{title}: {expression}")
        for rule in RULES:
            victoria.query(rule["expr"])
