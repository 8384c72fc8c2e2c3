"""Plain gauges of a server."""

from datetime import UTC, datetime

from tests.support.judged import container, containers, notifications, ups
from tests.support.storage import with_disk
from uma.feeds.server.findings import Evidence
from uma.feeds.server.metrics import METRICS
from uma.feeds.server.summary import Identity, summary_from

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
TOWER = Identity("1f", "Tower", "home", None, "2026.11.29", "7.2.0", None)


def values(evidence):
    summary = summary_from(TOWER, evidence, None, now=NOW)
    found = {family.name: family.values(summary) for family in METRICS}
    return {
        name: value if value is None or isinstance(value, int | float) else list(value) for name, value in found.items()
    }


def test_a_server_with_findings():
    """Findings are counted by severity, unlisted ones too."""
    evidence = Evidence(
        storage=with_disk(status="missing", temperature=44),
        containers=containers(*(container(name=f"c{n}", health="unhealthy") for n in range(6))),
        ups=ups("on_battery"),
        notifications=notifications(0),
    )

    found = values(evidence)

    assert [sample[1] for sample in found["uma_findings"]] == [0, 7, 1]
    assert (found["uma_disks"], found["uma_disks_problem"], found["uma_disks_hot"]) == (3, 1, 0)
    assert (found["uma_disk_temperature_max_celsius"], found["uma_ups_on_battery"]) == (44, 1.0)
    assert found["uma_disks_nearly_full"] == 0
    assert (found["uma_unread_alerts"], found["uma_disk_usage_max_ratio"]) == (0, 0.5)
    assert found["uma_server_info"] == [
        ({"id": "1f", "name": "Tower", "site": "home", "version": "2026.11.29", "unraid_version": "7.2.0"}, 1)
    ]


def test_unknown_values_have_no_value():
    """Without messages there are no figures except 0 findings."""
    found = values(Evidence())

    assert [sample[1] for sample in found.pop("uma_findings")] == [0, 0, 0]
    assert found.pop("uma_server_info")
    assert set(found.values()) == {None}
