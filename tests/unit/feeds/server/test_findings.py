"""The judgement of a server's state."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from tests.support.judged import container, containers, details, notifications, pool, ups
from tests.support.storage import CACHE, IDLE, LAST_CHECK, RUNNING, STARTED, USB, with_disk
from uma.feeds.server.findings import Evidence, findings_of, severity_of, stopped_by_error

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def storage(**changes):
    return Evidence(storage=replace(STARTED, **changes))


def disk(**changes):
    return Evidence(storage=with_disk(**changes))


def last(**changes):
    return storage(parity_check=replace(IDLE, last=replace(LAST_CHECK, **changes)))


def detail(**changes):
    return SimpleNamespace(
        **{"name": "disk2", "watched_attributes": {}, "failing_attributes": (), "mount_error": None} | changes
    )


def docker(**changes):
    return Evidence(containers=containers(container(**changes)))


def image(usage_state):
    return SimpleNamespace(usage_state=usage_state, usage_percent=97.3)


def source(status):
    return Evidence(sources={"docker": SimpleNamespace(status=status, detail="no answer")})


WELL = {
    "nothing known": Evidence(),
    "all well": Evidence(
        storage=STARTED,
        details=details(pools=(pool(),)),
        containers=containers(container()),
        ups=ups(),
        notifications=notifications(),
        sources={"system": SimpleNamespace(status="ok", detail="")},
    ),
    "unknown array": storage(array_status="unknown", array_protection="degraded"),
    "unprotected by choice": storage(array_protection="unprotected", parity_disks=()),
    "no array": storage(array_protection="none"),
    "array stopped": storage(array_status="stopped"),
    "disk asleep": disk(status="standby", spun_down=True, temperature=None, temperature_state=None),
    "usage warning": disk(usage_state="warning", usage_percent=91.0),
    "SMART unknown": disk(health="unknown"),
    "parity runs": storage(parity_check=RUNNING),
    "parity never ran": storage(parity_check=replace(IDLE, last=None)),
    "parity cancelled": last(result="cancelled", at="2026-11-28T00:00:00Z"),
    "parity 90 days ago": last(at="2026-08-31T12:00:00Z"),
    "old parity without parity disk": storage(
        parity_disks=(), array_protection="unprotected", parity_check=replace(IDLE, last=replace(LAST_CHECK, errors=4))
    ),
    "pool without state": Evidence(details=details(pools=(pool(None, None),))),
    "scrub without errors": Evidence(details=details(pools=(pool(scrub_errors=0),))),
    "boot disk there": Evidence(
        details=details(boot_disks=(SimpleNamespace(name="boot", status="active", read_only=False),))
    ),
    "container stopped": docker(state="exited", exit_code=0),
    "container stopped by TERM": docker(state="exited", exit_code=143),
    "container stopped by INT": docker(state="exited", exit_code=130),
    "container killed by a stop": docker(state="exited", exit_code=137),
    "container never ran": docker(state="created"),
    "container paused": docker(state="paused", health="unhealthy"),
    "container starting": docker(health="starting"),
    "container stopped that ends with 1": docker(state="exited", exit_code=1, stopped=True),
    "container stopped while unhealthy": docker(state="exited", exit_code=0, health="unhealthy"),
    "log filling up": Evidence(system=SimpleNamespace(log_used_percent=89.9)),
    "log of unknown size": Evidence(system=SimpleNamespace(log_used_percent=None)),
    "docker.img filling up": Evidence(containers=containers(image=image("warning"))),
    "docker in a folder": Evidence(containers=containers(image=image(None))),
    "docker off": Evidence(containers=containers(service="stopped")),
    "no UPS": Evidence(ups=SimpleNamespace(service="absent", ups=())),
    "UPS in a state nobody knows": Evidence(ups=ups("calibrating")),
    "warnings unread": Evidence(notifications=notifications(0)),
    "source unavailable": source("unavailable"),
    "source starting": source("starting"),
}

NOT_WELL = {
    "degraded": (storage(array_protection="degraded"), "critical", "array"),
    "invalid": (storage(array_protection="invalid"), "critical", "array"),
    "rebuilding": (storage(array_protection="rebuilding"), "warning", "array"),
    "syncing": (storage(array_protection="syncing"), "notice", "array"),
    "disk disabled": (disk(status="disabled"), "critical", "disk1"),
    "disk emulated": (disk(status="emulated"), "critical", "disk1"),
    "disk missing": (disk(status="missing"), "critical", "disk1"),
    "wrong disk": (disk(status="wrong"), "critical", "disk1"),
    "disk invalid": (disk(status="invalid"), "critical", "disk1"),
    "disk new": (disk(status="new"), "notice", "disk1"),
    "disk rebuilding": (disk(status="rebuilding"), "warning", "disk1"),
    "disk syncing": (disk(status="syncing"), "notice", "disk1"),
    "disk in a state nobody knows": (disk(status="melted"), "warning", "disk1"),
    "parity disk disabled": (
        storage(parity_disks=(replace(STARTED.parity_disks[0], status="disabled"),)),
        "critical",
        "parity",
    ),
    "pool member missing": (storage(cache_disks=(replace(CACHE, status="missing"),)), "critical", "cache"),
    "boot stick failing": (storage(boot=replace(CACHE, name="flash", pool="", health="failed")), "critical", "flash"),
    "SMART failed": (disk(health="failed"), "critical", "disk1"),
    "SMART failed while asleep": (disk(health="failed", status="standby", spun_down=True), "critical", "disk1"),
    "hot": (disk(temperature=47, temperature_state="hot"), "warning", "disk1"),
    "critically hot": (disk(temperature=61, temperature_state="critical"), "critical", "disk1"),
    "unassigned device failing": (storage(unassigned=(replace(USB, health="failed"),)), "critical", "dev1"),
    "unassigned device hot": (storage(unassigned=(replace(USB, temperature_state="hot"),)), "warning", "dev1"),
    "read errors": (disk(errors=3), "warning", "disk1"),
    "disk full": (disk(usage_state="critical", usage_percent=99.4), "warning", "disk1"),
    "pool full": (storage(cache_disks=(replace(CACHE, usage_state="critical"),)), "warning", "cache"),
    "parity failed": (last(result="failed"), "warning", "parity"),
    "parity with errors": (last(errors=1), "warning", "parity"),
    "parity 91 days ago": (last(at="2026-08-30T11:00:00Z"), "notice", "parity"),
    "parity long ago in local time": (last(at="2026-01-01T00:00:00+02:00"), "notice", "parity"),
    "pool degraded": (Evidence(details=details(pools=(pool("degraded"),))), "critical", "cache"),
    "pool suspended": (Evidence(details=details(pools=(pool("suspended", None),))), "critical", "cache"),
    "pool with errors by ZFS": (Evidence(details=details(pools=(pool("online - errors", None),))), "warning", "cache"),
    "pool with errors by btrfs": (Evidence(details=details(pools=(pool(errors=1),))), "warning", "cache"),
    "scrub with errors": (Evidence(details=details(pools=(pool(scrub_errors=2),))), "warning", "cache"),
    "boot disk gone": (
        Evidence(details=details(boot_disks=(SimpleNamespace(name="boot2", status="missing", read_only=None),))),
        "critical",
        "boot2",
    ),
    "boot drive read-only": (
        Evidence(
            details=details(
                boot_disks=tuple(SimpleNamespace(name=name, status="active", read_only=True) for name in ("b", "b2"))
            )
        ),
        "critical",
        "b",
    ),
    "pending sectors": (
        Evidence(details=details(disks=(detail(watched_attributes={"pending": 8}),))),
        "warning",
        "disk2",
    ),
    "an attribute that fails now": (
        Evidence(details=details(disks=(detail(failing_attributes=("Airflow Temperature Cel",)),))),
        "warning",
        "disk2",
    ),
    "no file system": (
        Evidence(details=details(disks=(detail(mount_error="Wrong encryption key"),))),
        "warning",
        "disk2",
    ),
    "a bad cable once": (
        Evidence(details=details(disks=(detail(watched_attributes={"CRC errors": 8}),))),
        "notice",
        "disk2",
    ),
    "log full": (Evidence(system=SimpleNamespace(log_used_percent=90.0)), "warning", "log"),
    "docker does not start": (Evidence(stopped=("docker",)), "warning", "docker"),
    "docker.img full": (Evidence(containers=containers(image=image("critical"))), "warning", "docker"),
    "container unhealthy": (docker(health="unhealthy"), "warning", "plex"),
    "container failed": (docker(state="exited", exit_code=1), "warning", "plex"),
    "container failed by itself": (docker(state="exited", exit_code=1, stopped=False), "warning", "plex"),
    "container crashed": (docker(state="exited", exit_code=139), "warning", "plex"),
    "container dead": (docker(state="dead", exit_code=2), "warning", "plex"),
    "container killed for memory": (docker(state="exited", exit_code=137, oom_kills=1), "warning", "plex"),
    "container keeps restarting": (docker(state="restarting", exit_code=0), "warning", "plex"),
    "UPS on battery": (Evidence(ups=ups("on_battery")), "warning", "rack"),
    "UPS low": (Evidence(ups=ups("low_battery")), "critical", "rack"),
    "UPS shuts down": (Evidence(ups=ups("shutting_down")), "critical", "rack"),
    "UPS overloaded": (Evidence(ups=ups("overload")), "warning", "rack"),
    "UPS battery old": (Evidence(ups=ups("replace_battery")), "warning", "rack"),
    "UPS without battery": (Evidence(ups=ups("no_battery")), "warning", "rack"),
    "UPS alarm": (Evidence(ups=ups("online", flags=("ALARM", "OL"))), "notice", "rack"),
    "UPS low with an alarm": (Evidence(ups=ups("low_battery", flags=("ALARM", "OB", "LB"))), "critical", "rack"),
    "UPS lost": (Evidence(ups=ups("communication_lost")), "warning", "rack"),
    "UPS daemon gone": (Evidence(ups=ups("unavailable", name=None)), "warning", "apcupsd"),
    "alerts": (Evidence(notifications=notifications(2)), "warning", "notifications"),
    "source failed": (source("failed"), "warning", "docker"),
    "stream stale": (Evidence(stale=("system/stats",)), "warning", "system/stats"),
}


@pytest.mark.parametrize("evidence", WELL.values(), ids=WELL)
def test_healthy_states_cause_no_finding(evidence):
    """A normal state, or one that the user chose, is not a finding."""
    assert findings_of(evidence, now=NOW) == ()


@pytest.mark.parametrize(("evidence", "severity", "subject"), NOT_WELL.values(), ids=NOT_WELL)
def test_each_fault_is_one_finding(evidence, severity, subject):
    """Each problem is one finding with its severity, subject and sentence."""
    (finding,) = findings_of(evidence, now=NOW)

    assert (finding.severity, finding.subject) == (severity, subject)
    assert finding.text
    assert severity_of([finding]) == severity


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (disk(errors=1), "disk1 has 1 read or write error"),
        (disk(errors=3), "disk1 has 3 read or write errors"),
        (Evidence(details=details(pools=(pool(scrub_errors=1),))), "the last scrub of cache found 1 error"),
        (Evidence(notifications=notifications(2)), "2 unread alerts of Unraid"),
    ],
)
def test_a_number_and_its_noun_agree(evidence, text):
    """One error is no plural."""
    (finding,) = findings_of(evidence, now=NOW)

    assert finding.text == text


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (("OFF",), "UPS rack is switched off"),
        (("ALARM",), "UPS rack reports an alarm"),
        ((), "UPS rack is not available"),
    ],
)
def test_a_ups_that_says_nothing_of_the_mains_is_named_by_what_it_says(flags, text):
    """NUT's OFF and ALARM alone are a warning in their own words."""
    (finding,) = findings_of(Evidence(ups=ups("unavailable", flags=flags)), now=NOW)

    assert (finding.severity, finding.text) == ("warning", text)


def test_the_worst_comes_first():
    """Findings come by severity; equal ones keep the order of the rules."""
    evidence = Evidence(
        storage=replace(with_disk(status="disabled", errors=2), array_protection="syncing"),
        containers=containers(container(health="unhealthy")),
        stale=("system/stats",),
    )

    assert [(f.severity, f.subject) for f in findings_of(evidence, now=NOW)] == [
        ("critical", "disk1"),
        ("warning", "disk1"),
        ("warning", "plex"),
        ("warning", "system/stats"),
        ("notice", "array"),
    ]
    assert severity_of(findings_of(evidence, now=NOW)) == "critical"
    assert severity_of(()) == "ok"


def test_texts_and_subjects_are_bounded():
    """A container with a name of kilobytes does not fill the message."""
    (finding,) = findings_of(docker(name="x" * 5000, health="unhealthy"), now=NOW)

    assert (len(finding.subject), len(finding.text)) == (48, 90)


def test_a_boot_pool_is_judged_once():
    """A disk that is the boot device and a pool's member has one finding."""
    failing = replace(CACHE, health="failed")

    assert len(findings_of(storage(boot=failing, cache_disks=(failing,)), now=NOW)) == 1


@pytest.mark.parametrize(("changes", "expected"), [({}, False), ({"state": "exited"}, False)])
def test_an_unknown_code_is_not_an_error(changes, expected):
    """A container without an exit code did not end by an error."""
    assert stopped_by_error(container(**changes)) is expected
