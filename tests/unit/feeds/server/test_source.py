"""The source of the server's summary, identity and health."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.support.context import Streams, context_on
from tests.support.judged import containers
from tests.support.messages import stats
from tests.support.storage import RUNNING, STARTED, with_disk
from tests.support.waiting import until
from uma.feeds.server import source as module
from uma.feeds.server.model import ServerHealth, ServerInfo, ServerSummary
from uma.feeds.server.source import ServerSource, names_from, parse_url
from uma.model.daemon_state import DaemonState
from uma.model.health import SourceHealth

WELL = DaemonState(
    started_at=1_750_028_400.0, feeds=("system/stats",), sources={"system": SourceHealth("ok", "x", 1.0)}
)


@pytest.fixture
def tower(tmp_path):
    state = tmp_path / "var/local/emhttp"
    state.mkdir(parents=True)
    (state / "var.ini").write_text('NAME="Tower"\nversion="7.2.0"\nSYS_MODEL="Custom"\nregTy="Pro"\nregGUID="secret"\n')
    (state / "nginx.ini").write_text('NGINX_DEFAULTURL="http://tower.local"\n')
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/stat").write_text("btime 1750028400\n")
    (tmp_path / "sys").mkdir()
    return tmp_path


class Running:
    def __init__(self, streams):
        self.streams = streams
        self.published = []
        self.clock = 1000.0

    def of(self, kind):
        return [message for message in self.published if isinstance(message, kind)]

    @property
    def summary(self):
        return self.of(ServerSummary)[-1]


@asynccontextmanager
async def running(root, streams, *, least=3, **settings):
    run = Running(streams)
    run.source = source = ServerSource(
        context_on(root, streams, **settings), clock=lambda: run.clock, wall=lambda: 1_764_417_600.0, settle=0
    )
    task = asyncio.get_running_loop().create_task(source.run(run.published.append, lambda *said: None))
    await until(lambda: len(run.published) >= least)
    try:
        yield run
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_the_three_messages_come_at_once(tower):
    """Summary, identity and health are published at the start, with Unraid's own names."""
    streams = Streams(daemon=replace(WELL, has_token=True, has_control=True))
    async with running(tower, streams, SITE="home") as run:
        summary, info, health = run.summary, run.of(ServerInfo)[0], run.of(ServerHealth)[0]

    assert (summary.name, summary.site, summary.unraid_version) == ("Tower", "home", "7.2.0")
    assert (summary.webgui_url, summary.booted_at) == ("http://tower.local", "2025-06-15T23:00:00Z")
    assert (info.auth, info.control, info.feeds, info.model, info.licence) == (
        "token",
        True,
        ("system/stats",),
        "Custom",
        "Pro",
    )
    assert (health.status, health.started_at) == ("healthy", "2025-06-15T23:00:00Z")
    assert health.sources["system"].status == "ok"


async def test_the_first_summary_waits_for_what_it_judges(tower):
    """While a judged feed is still to come, there is no summary that says "ok"; identity and health come at once."""
    sources = {name: SourceHealth("starting", "", 1.0) for name in ("storage", "storage-details", "ups")}
    early = replace(WELL, feeds=("storage/status", "storage/events", "ups/status"), sources=sources)
    streams = Streams(daemon=early)
    async with running(tower, streams, least=2) as run:
        assert [type(message) for message in run.published] == [ServerInfo, ServerHealth]
        # storage-details runs for the events alone.
        streams.daemon = replace(
            early, sources={name: SourceHealth("ok", "", 1.0) for name in ("storage", "storage-details")}
        )
        streams.health_changed()
        await until(lambda: len(run.of(ServerHealth)) == 2)
        assert run.of(ServerSummary) == []
        streams.put("storage/status", with_disk(health="failed"))
        await until(lambda: run.of(ServerSummary))

        assert [summary.severity for summary in run.of(ServerSummary)] == ["critical"]


async def test_the_first_summary_does_not_wait_for_ever(tower):
    """After five seconds it comes without the feed, and at once if the feed's source has failed."""
    for status, clock in (("starting", 1005.0), ("failed", 1000.0), ("unavailable", 1000.0)):
        early = replace(WELL, feeds=("storage/status",), sources={"storage": SourceHealth("starting", "", 1.0)})
        streams = Streams(daemon=early)
        async with running(tower, streams, least=2) as run:
            run.clock = clock
            streams.daemon = replace(early, sources={"storage": SourceHealth(status, "", 1.0)})
            streams.health_changed()
            await until(lambda run=run: run.of(ServerSummary))


async def test_a_change_comes_at_once(tower):
    """A feed's finding is pushed as soon as the feed has it."""
    streams = Streams(daemon=WELL)
    async with running(tower, streams) as run:
        streams.put("storage/status", with_disk(health="failed"))
        await until(lambda: run.summary.severity == "critical")

        assert run.summary.findings[0].subject == "disk1"
        assert len(run.of(ServerInfo)) == 1


async def test_a_new_name_comes_at_once(tower):
    """A hint, which storage gives after a rename, has the names read again, not in half a minute."""
    streams = Streams(daemon=WELL)
    async with running(tower, streams) as run:
        var = tower / "var/local/emhttp/var.ini"
        var.write_text(var.read_text().replace("Tower", "Castle"))
        run.source._context.hint.give()
        await until(lambda: len(run.of(ServerSummary)) == len(run.of(ServerInfo)) == 2)

        assert run.summary.name == run.of(ServerInfo)[-1].name == "Castle"


async def test_values_that_always_move_wait_for_the_heartbeat(tower):
    """Changes of temperature and load alone publish nothing; a minute later they are in the message."""
    streams = Streams(daemon=WELL)
    async with running(tower, streams) as run:
        streams.put("storage/status", STARTED)
        await until(lambda: run.summary.disks is not None)
        seen = len(run.of(ServerSummary))
        streams.newest["system/stats"] = stats(cpu_percent=99.0)
        streams.put("storage/status", with_disk(temperature=44))
        for _ in range(50):
            await asyncio.sleep(0.001)
        assert len(run.of(ServerSummary)) == seen

        run.clock += 60
        streams.put("storage/status", with_disk(temperature=45))
        await until(lambda: len(run.of(ServerSummary)) > seen)

        assert (run.summary.cpu_percent, run.summary.hottest.temperature) == (99.0, 45)
        assert len(run.of(ServerInfo)) == 2


async def test_it_is_quicker_while_something_moves(tower):
    """While a parity operation runs, the heartbeat comes every 15 s."""
    streams = Streams(daemon=WELL)
    async with running(tower, streams) as run:
        streams.put("storage/status", replace(STARTED, parity_check=RUNNING))
        await until(lambda: run.summary.parity_percent == 12.5)
        run.clock += 15
        streams.put("storage/status", replace(STARTED, parity_check=replace(RUNNING, percent=13.0)))

        await until(lambda: run.summary.parity_percent == 13.0)


async def test_a_source_that_fails_is_pushed(tower):
    """A change of health gives a message of health and a finding."""
    streams = Streams(daemon=WELL)
    async with running(tower, streams) as run:
        streams.daemon = replace(WELL, sources={"docker": SourceHealth("failed", "no answer", 2.0)})
        streams.health_changed()
        await until(lambda: len(run.of(ServerHealth)) == 2)

        assert run.of(ServerHealth)[-1].status == "degraded"
        await until(lambda: run.summary.severity == "warning")


async def test_all_findings_can_be_asked_for(tower):
    """The answer lists all findings in order, including those that the summary only counts."""
    sources = {f"source{number}": SourceHealth("failed", "no answer", 2.0) for number in range(9)}
    async with running(tower, Streams(daemon=replace(WELL, sources=sources))) as run:
        await until(lambda: run.summary.findings_more > 0)
        findings = run.source.findings()

        assert findings[: len(run.summary.findings)] == run.summary.findings
        assert len(findings) == 9 == len(run.summary.findings) + run.summary.findings_more


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://tower.local:8443", "https://tower.local:8443"),
        ("javascript:alert(1)", None),
        ('http://a"onclick=', None),
        ("http://" + "x" * 200, None),
        ("", None),
    ],
)
def test_only_an_address_is_linked(text, url):
    """A link is an address of http or https."""
    assert parse_url(text) == url


def test_no_licence_id_is_taken():
    """Only the licence's kind is read."""
    names = names_from("Tower", None, var={"regTy": "Pro\x07", "regGUID": "secret", "SYS_MODEL": ""}, nginx={})

    assert (names.licence, names.model, names.webgui_url) == ("Pro", None, None)


async def test_a_service_that_does_not_start_is_a_finding(tower):
    """A Docker that is enabled and does not run within five minutes of a started array is reported."""
    streams = Streams(daemon=WELL)
    streams.put("storage/status", STARTED)
    streams.put("docker/containers", containers(service="stopped"))
    async with running(tower, streams) as run:
        assert run.summary.severity == "ok"
        run.clock += 301
        streams.health_changed()
        await until(lambda: run.summary.severity == "warning")
        assert [finding.subject for finding in run.source.findings()] == ["docker"]

        streams.put("docker/containers", containers())
        await until(lambda: run.summary.severity == "ok")


async def test_a_full_log_is_a_finding_on_the_server_itself(tower, monkeypatch):
    """Below another root the log is on this machine's disk, which is not judged."""
    streams = Streams(daemon=WELL)
    streams.put("system/details", SimpleNamespace(log_used_percent=97.0))
    async with running(tower, streams) as run:
        assert run.summary.severity == "ok"
        monkeypatch.setattr(module, "ROOT", tower)
        streams.health_changed()
        await until(lambda: run.summary.severity == "warning")

        assert [finding.text for finding in run.summary.findings] == ["/var/log is 97 % full"]
