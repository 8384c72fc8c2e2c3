"""The summary of a server."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from types import SimpleNamespace

from tests.support.judged import container, containers, notifications, ups
from tests.support.messages import stats
from tests.support.storage import RUNNING, STARTED, with_disk
from uma.feeds.server.findings import Evidence
from uma.feeds.server.summary import Identity, evidence_from, summary_from

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
TOWER = Identity("0" * 32, "Tower", "home", "http://tower.local", "2026.11.29", "7.2.0", "2026-11-01T00:00:00Z")


def summary(evidence, sample=None, identity=TOWER):
    return summary_from(identity, evidence, sample, now=NOW)


def test_a_server_where_all_is_well():
    """The summary has the figures of every feed."""
    evidence = Evidence(
        storage=STARTED,
        containers=containers(container(), container(state="exited", exit_code=1), container(health="unhealthy")),
        ups=ups("online"),
        notifications=notifications(3),
    )

    made = summary(evidence, stats())

    assert (made.array_status, made.array_protection, made.parity_percent) == ("started", "protected", None)
    assert asdict(made.disks) == {"total": 3, "hot": 0, "failed": 0, "missing": 0, "asleep": 0, "nearly_full": 0}
    assert (made.hottest.name, made.hottest.temperature) == ("cache", 42)
    assert (made.fullest.name, made.fullest.usage_percent) == ("disk1", 50.0)
    assert asdict(made.containers) == {"running": 2, "unhealthy": 1, "stopped_by_error": 1}
    assert (made.cpu_percent, made.ups_on_battery, made.unread_alerts) == (15.2, False, 3)
    assert made.severity == "warning"


def test_unknown_values_are_null():
    """Before any message, and while the state files can't be read, no value is invented."""
    for evidence in (Evidence(), Evidence(storage=replace(STARTED, array_status="unknown", disks=()))):
        made = summary(evidence)

        unknown = (made.disks, made.hottest, made.fullest, made.containers, made.ups_on_battery, made.unread_alerts)
        assert unknown == (None,) * 6
        assert (made.cpu_percent, made.severity) == (None, "ok")


def test_a_lost_ups_runs_on_nothing_known():
    """A UPS that does not answer is neither on battery nor on mains: null."""
    assert summary(Evidence(ups=ups("communication_lost"))).ups_on_battery is None
    assert summary(Evidence(ups=ups("on_battery"))).ups_on_battery is True
    assert summary(Evidence(ups=ups("overload", on_battery_since="2026-11-29T11:00:00Z"))).ups_on_battery is True


def test_progress_is_there_while_parity_runs():
    """The summary has the kind and progress of a parity operation, and not of one that has ended."""
    running = summary(Evidence(storage=replace(STARTED, parity_check=RUNNING)))
    assert (running.parity_action, running.parity_percent) == (RUNNING.action, 12.5)
    ended = summary(Evidence(storage=replace(STARTED, parity_check=replace(RUNNING, status="idle"))))
    assert ended.parity_action is None


def test_it_never_exceeds_a_thousand_bytes():
    """With any number of findings and any length of names, the message keeps its limit."""
    many = containers(*(container(name=f"ü{n:03}" * 30, health="unhealthy") for n in range(200)))
    long = Identity("0" * 32, "ü" * 500, "s" * 32, "https://" + "x" * 190, "2026.11.29", "7.2.0", NOW.isoformat())
    for identity in (TOWER, long):
        made = summary(Evidence(storage=STARTED, containers=many), stats(), identity)

        frame = json.dumps(
            {"type": made.kind, "timestamp": "2026-11-29T12:00:00Z", "data": asdict(made)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        assert len(frame.encode()) <= 1000
        assert len(made.findings) + made.findings_more == 200
        assert made.severity == "warning"


def test_at_most_five_are_listed():
    """Five findings are listed, the rest is counted."""
    made = summary(Evidence(containers=containers(*(container(name=f"c{n}", health="unhealthy") for n in range(7)))))

    assert (len(made.findings), made.findings_more) == (5, 2)


def test_evidence_is_the_newest_of_each_feed():
    """Each feed's newest message is requested by name."""
    messages = {"storage/status": with_disk(), "ups/status": SimpleNamespace(ups=())}

    evidence = evidence_from(messages.get, sources={}, stale=("a",))

    assert (evidence.storage, evidence.ups, evidence.containers) == (with_disk(), messages["ups/status"], None)
    assert evidence.stale == ("a",)
