"""Every metric, from the demo tower's messages; the golden file is tests/golden/metrics.txt."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from tests.demo_tower import demo_files
from tests.support.feeds import DOCKER, FEEDS, STORAGE, SYSTEM, feed_named
from uma.feeds.feed import Counter
from uma.feeds.smart.model import SmartReading
from uma.feeds.smart.texts import SmartTexts
from uma.feeds.storage.emhttp import parse_state, read_texts
from uma.feeds.storage.model import ParityCheck, ParityResult, StorageStatus
from uma.feeds.storage.status import status_from
from uma.feeds.system.model import DiskIO, NetworkIO, SystemStats
from uma.host import Host
from uma.model.health import SourceHealth
from uma.wire.families import DAEMON, Observed, families_of, observe, tables_of
from uma.wire.prometheus import Daemon, Endpoint, Family, Process
from uma.wire.prometheus import expose as expose_families

PROJECT = Path(__file__).parents[3]
GOLDEN = PROJECT / "tests/golden/metrics.txt"

STATS = SystemStats(
    cpu_percent=15.2,
    memory_percent=45.8,
    memory_used=7868518236,
    memory_total=17179869184,
    uptime=86400,
    load_average=(0.5, 0.7, 0.9),
    disk_io=DiskIO(read_bytes=1048576, write_bytes=2097152, read_bytes_per_sec=0, write_bytes_per_sec=0),
    network_io=NetworkIO(bytes_sent=3145728, bytes_recv=4194304, bytes_sent_per_sec=0, bytes_recv_per_sec=0),
    cpu_cores=(10.4, 20.0),
    cpu_temperature=41.0,
)


@dataclass(frozen=True)
class Tower:
    """Data of a scrape: messages, facts of the sources, and the daemon."""

    daemon: Daemon
    system: SystemStats | None = None
    storage: StorageStatus | None = None
    smart: Mapping[str, SmartReading] = field(default_factory=dict)
    containers: Mapping[str, int] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)


NOTHING = Tower(Daemon("1", (), {}, Process(1.5, 50_000_000, 12, 18, 1_750_000_000.0), 0))

# In the order of the golden file.
TABLES = tables_of(feed_named(name) for name in (SYSTEM, STORAGE, DOCKER))
METRICS = [*(metric for metrics in TABLES.values() for metric in metrics), *DAEMON]


def families(tower: Tower) -> list[Family]:
    """Return every family, as a scrape does."""
    found: Mapping[str, tuple[Any, Any]] = {
        SYSTEM: (tower.system, SimpleNamespace()),
        STORAGE: (tower.storage, SimpleNamespace(newest=tower.storage, readings=tower.smart)),
        DOCKER: (None, SimpleNamespace(containers=tower.containers, events=SimpleNamespace(by_action=tower.events))),
    }
    observed = {name: observe(TABLES[name], message, source) for name, (message, source) in found.items()}
    return list(families_of(TABLES, observed, tower.daemon))


def expose(tower: Tower, *, openmetrics: bool = False) -> bytes:
    """Return the scrape's text."""
    return expose_families(families(tower), openmetrics=openmetrics)


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Tower:
    """All data of a busy demo tower."""
    root = tmp_path_factory.mktemp("tower")
    for name, text in demo_files().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    host = Host(root)
    smart = SmartTexts(host.smart_texts)
    smart.look()
    return Tower(
        Daemon(
            version="2026.11.23",
            endpoints=(
                Endpoint("/api/v1/ws/system/stats", "stats", 3, 720, 1, 1_750_028_400.0),
                Endpoint("/api/v1/ws/docker/events", "docker_event", 0, 0, 0, None),
            ),
            sources={"system": SourceHealth("ok", "", 0.0), "docker": SourceHealth("unavailable", "", 0.0)},
            process=Process(12.5, 50_000_000, 12, 18, 1_750_000_000.0),
            stale_streams=1,
        ),
        system=STATS,
        storage=status_from(parse_state(read_texts(host)), smart.readings),
        smart=smart.readings,
        containers={"running": 12, "exited": 3},
        events={"start": 14, "die": 5, "other": 0},
    )


def values(snapshot: Tower, name: str, **labels: str) -> list[float]:
    """Return the values of the series of this name with these labels."""
    return [
        sample.value
        for family in parse_text(expose(snapshot).decode())
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]


def test_golden_file(tower: Tower, request: pytest.FixtureRequest) -> None:
    """The demo tower's metrics match the golden file; --update-golden writes it."""
    text = expose(tower).decode()
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(text)

    assert text == GOLDEN.read_text()


def test_promtool_finds_nothing_to_say(tower: Tower) -> None:
    """Prometheus' own linter accepts names, units and help, also while a parity check runs."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("there is no promtool on this machine (Debian: prometheus)")
    done = subprocess.run(
        [promtool, "check", "metrics"],
        input=expose(checking(tower)), capture_output=True, timeout=60, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_openmetrics_is_openmetrics(tower: Tower) -> None:
    """OpenMetrics' reference parser reads every family, and as many samples as plain text has."""
    strict = list(parse_openmetrics(expose(tower, openmetrics=True).decode()))
    plain = list(parse_text(expose(tower).decode()))

    assert [family.name for family in strict] == [metric.name.removesuffix("_total") for metric in METRICS]
    assert sum(len(family.samples) for family in strict) == sum(len(family.samples) for family in plain)


def test_names_are_unique_and_counters_end_in_total() -> None:
    """No name occurs twice; exactly the counters end in _total; help texts are sentences."""
    metrics = [*(metric for table in tables_of(FEEDS).values() for metric in table), *DAEMON]
    names = [metric.name for metric in metrics]

    assert len(names) == len(set(names))
    assert [m.name for m in metrics if m.name.endswith("_total") != isinstance(m, Counter)] == []
    assert [m.help for m in metrics if not (m.help[0].isupper() or m.help[0] == "1") or not m.help.endswith(".")] == []


def test_nothing_known_gives_no_sample() -> None:
    """Before the first message there are only the daemon's own metrics: no zeros."""
    samples = {sample.name for family in parse_text(expose(NOTHING).decode()) for sample in family.samples}

    assert samples == {
        "uma_build_info", "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
        "process_start_time_seconds", "uma_tasks", "uma_streams_stale", "uma_sources_failed",
    }  # fmt: skip


def test_ratios_are_ratios(tower: Tower) -> None:
    """Percents become ratios of 1."""
    assert values(tower, "uma_cpu_usage_ratio") == [0.152]
    assert values(tower, "uma_cpu_core_usage_ratio", core="0") == [0.104]
    assert values(checking(tower), "uma_parity_operation_progress_ratio") == [0.425]


def test_a_removed_disk_is_gone(tower: Tower) -> None:
    """A disk that is in no message has no series, not even of SMART."""
    assert tower.storage is not None
    without = replace(tower, storage=replace(tower.storage, disks=tower.storage.disks[1:]))

    assert b'disk="disk1"' in expose(tower)
    assert b'disk="disk1"' not in expose(without)
    assert b'disk="disk2"' in expose(without)


def test_a_sleeping_disk_has_no_temperature(tower: Tower) -> None:
    """A spun-down disk is marked so, and has no temperature instead of an old one or 0."""
    assert values(tower, "uma_disk_spun_down", disk="disk6") == [1]
    assert values(tower, "uma_disk_temperature_celsius", disk="disk6") == []
    assert values(tower, "uma_disk_temperature_celsius", disk="disk1") == [35]


def test_a_state_is_one_hot(tower: Tower) -> None:
    """Exactly one word of each set is 1; an unknown word is listed as well."""
    assert tower.storage is not None
    strange = replace(tower, storage=replace(tower.storage, array_status="knitting"))

    assert values(tower, "uma_array_state", state="started") == [1]
    assert sum(values(tower, "uma_array_state")) == 1
    assert values(strange, "uma_array_state", state="knitting") == [1]
    assert sum(values(strange, "uma_array_state")) == 1


@pytest.mark.parametrize(
    ("protection", "degraded"),
    [("protected", [0.0]), ("degraded", [1.0]), ("invalid", [1.0]), ("rebuilding", [0.0]), ("unprotected", [0.0])],
)
def test_one_series_says_whether_the_array_is_degraded(tower: Tower, protection: str, degraded: list[float]) -> None:
    """It follows the protection; without state files it is unknown, which is not 0."""
    assert tower.storage is not None
    known = replace(tower.storage, array_protection=protection)
    unknown = replace(known, array_status="unknown")

    assert values(replace(tower, storage=known), "uma_array_degraded") == degraded
    assert values(replace(tower, storage=unknown), "uma_array_degraded") == []


def test_no_parity_operation_is_known_without_state_files(tower: Tower) -> None:
    """There is no sample: "idle" and no errors would be a guess."""
    assert tower.storage is not None
    unknown = replace(tower, storage=replace(tower.storage, array_status="unknown"))

    assert sum(values(tower, "uma_parity_operation_state")) == 1
    assert values(unknown, "uma_parity_operation_state") == values(unknown, "uma_parity_operation_errors") == []


@pytest.mark.parametrize(
    ("result", "errors", "failed"), [("ok", 0, 0.0), ("ok", 3, 1.0), ("failed", 0, 1.0), ("cancelled", 0, 0.0)]
)
def test_one_series_says_whether_the_last_parity_operation_failed(
    tower: Tower, result: str, errors: int, failed: float
) -> None:
    """It follows the result and the errors; without any past operation there is none."""
    assert tower.storage is not None
    last = ParityResult("2025-06-01T00:00:00Z", 10, result, errors)
    parity = replace(tower.storage.parity_check, last=last)
    never = replace(parity, last=None)

    assert values(replace(tower, storage=replace(tower.storage, parity_check=parity)), "uma_parity_last_failed") == [
        failed
    ]
    assert values(replace(tower, storage=replace(tower.storage, parity_check=never)), "uma_parity_last_failed") == []


def test_a_duration_that_is_not_known_is_no_sample(tower: Tower) -> None:
    """A duration of 0 stands for one that Unraid's log lacks; a metric can be left out."""
    assert tower.storage is not None
    for seconds, expected in ((0, []), (3600, [3600])):
        last = ParityResult("2025-06-01T00:00:00Z", seconds, "ok", 0)
        parity = replace(tower.storage.parity_check, last=last)
        storage = replace(tower.storage, parity_check=parity)

        assert values(replace(tower, storage=storage), "uma_parity_last_duration_seconds") == expected


def test_the_daemon_counts_faults(tower: Tower) -> None:
    """Stale streams and failed sources are counted; an absent source has not failed."""
    sources = {"smart": SourceHealth("failed", "", 0.0), "docker": SourceHealth("unavailable", "", 0.0)}
    ill = replace(tower, daemon=replace(tower.daemon, sources=sources))

    assert values(ill, "uma_streams_stale") == [1.0]
    assert values(ill, "uma_sources_failed") == [1.0]


def test_an_idle_operation_has_no_progress(tower: Tower) -> None:
    """An idle operation has no progress, speed or time left, a running one has; without a past there is no last
    result.
    """
    names = ("progress_ratio", "speed_bytes_per_second", "remaining_seconds")
    new = ParityCheck(None, "idle", None, None, None, 0, None)
    assert tower.storage is not None
    young = replace(tower, storage=replace(tower.storage, parity_check=new))

    assert [values(tower, f"uma_parity_operation_{name}") for name in names] == [[], [], []]
    assert [values(checking(tower), f"uma_parity_operation_{name}") for name in names] == [[0.425], [2e8], [3600]]
    assert values(tower, "uma_parity_last_result", result="ok") == [1]
    assert values(tower, "uma_parity_last_end_timestamp_seconds") == [1748827841]
    assert values(young, "uma_parity_last_result") == values(young, "uma_parity_operation_action") == []


def test_smart_that_is_not_known_says_nothing(tower: Tower) -> None:
    """Health is 1 or 0 if SMART was read, else absent."""
    assert tower.storage is not None
    first, second, *others = tower.storage.disks
    disks = (replace(first, health="failed"), replace(second, health="unknown"), *others)
    ill = replace(tower, storage=replace(tower.storage, disks=disks))

    assert values(tower, "uma_disk_smart_healthy", disk="disk1") == [1]
    assert values(ill, "uma_disk_smart_healthy", disk="disk1") == [0]
    assert values(ill, "uma_disk_smart_healthy", disk="disk2") == []


def test_the_documented_labels_are_those_of_the_samples(tower: Tower) -> None:
    """The described labels of each family are those of the demo tower's samples."""
    described = {metric.name: set(metric.labels) for metric in METRICS}
    # The demo tower has no SAS drive.
    sas = {"parity": replace(tower.smart["parity"], grown_defects=3)}
    busy = replace(checking(tower), smart={**tower.smart, **sas})
    found = {family.name: set().union(*(labels for labels, _ in family.samples)) for family in families(busy)}

    assert found == described


def test_a_family_that_is_off_stays_named() -> None:
    """A disabled feed has its families without samples, and is not queried."""
    found = {family.name: family.samples for family in families_of(TABLES, {SYSTEM: Observed(STATS)}, NOTHING.daemon)}

    assert found["uma_cpu_usage_ratio"] == [({}, 0.152)]
    assert found["uma_docker_containers"] == found["uma_array_state"] == []


def checking(snapshot: Tower) -> Tower:
    """The same data during a parity check."""
    assert snapshot.storage is not None
    running = ParityCheck("check", "running", 42.5, 200_000_000, 3600, 0, snapshot.storage.parity_check.last)
    return replace(snapshot, storage=replace(snapshot.storage, parity_check=running))
