"""Alert rules over a thousand servers, evaluated by a real Prometheus.

One process exposes the metrics of a daemon with 30 disks at an address for each server. Each is scraped every 15 s, and
the rules of ``integrations/prometheus`` are evaluated as often. The best evaluation is the one that was disturbed least
by other work on the machine. A quick run has 20 servers. Aim: 1 s of 15.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml
from tests.integration.programs import Program
from tests.integration.prometheus import EXAMPLE, Prometheus
from tests.support.simulated_targets import SimulatedTargets

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from benchmarks.kernel import memory_of
from benchmarks.process import daemon, free_port, wait_for

SERVERS, QUICK_SERVERS = 1000, 20
ROUNDS = 8
"""Scrapes of each server; the rules are timed in the second half."""
SCRAPE_SECONDS = 15
ASKED_SECONDS = 12
"""Seconds in which all on-demand figures have arrived."""


def run(effort: Effort) -> Iterator[tuple[str, str]]:
    """Yield series and memory, and one evaluation of all rules."""
    if shutil.which("prometheus") is None:
        yield "the rules", "not measured: no Prometheus here (Debian: prometheus)"
        return
    with daemon(array_of(30)) as served:
        wait_for(served.port, "metrics")
        time.sleep(effort.pause(ASKED_SECONDS))
        text = wait_for(served.port, "metrics").decode()
    count = QUICK_SERVERS if effort.is_quick else SERVERS
    scrapes = effort.times(ROUNDS, quick=2) * count
    with SimulatedTargets(text, count) as targets, tempfile.TemporaryDirectory(prefix="uma-bench-") as folder:
        command, port = _prometheus(Path(folder), targets, interval=effort.pause(SCRAPE_SECONDS))
        with Program(command, log=Path(folder) / "log") as program:
            program.until_output("Server is ready to receive web requests", 60)
            prometheus = Prometheus.at(port)
            seconds = set()
            while targets.scrapes < scrapes or not seconds:
                time.sleep(effort.pause(5))
                (group,) = prometheus.get("rules")["groups"]
                if targets.scrapes >= scrapes / 2:
                    seconds.add(group["evaluationTime"])
            series = int(prometheus.own_metric("prometheus_tsdb_head_series"))
            memory = memory_of(program.process.pid)["Rss"]
    yield f"Prometheus with {count:,} servers", f"{series:,} series, {memory / 1000:.1f} GB"
    yield "an evaluation of all rules: best, median", f"{min(seconds):.2f} s, {statistics.median(seconds):.2f} s"


def _prometheus(folder: Path, targets: SimulatedTargets, *, interval: float) -> tuple[list[str], int]:
    """Return the command of a Prometheus that scrapes *targets*, and its port."""
    port = free_port()
    targets.write_file_sd(folder / "targets.json")
    shutil.copy(EXAMPLE / "rules.yml", folder)
    config = {
        "global": dict.fromkeys(("scrape_interval", "evaluation_interval"), f"{interval:.0f}s"),
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": "uma", "file_sd_configs": [{"files": ["targets.json"]}]}],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    data, listen = f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"
    return ["prometheus", f"--config.file={folder}/prometheus.yml", data, listen], port
