"""One message of one feed, without a daemon."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from tests.array_writer import Device, array
from tests.support.feeds import DOCKER, FEEDS, STORAGE, SYSTEM, feed_named
from uma import snapshot
from uma.errors import SourceFailed, SourceUnavailable
from uma.feeds import all_feeds
from uma.feeds.feed import Context, Feed, Switch
from uma.host import Host


@dataclass(frozen=True, slots=True)
class Answer:
    kind: ClassVar[str] = "answer"
    retained: ClassVar[bool] = True

    number: int


@dataclass(frozen=True, slots=True)
class Question(Answer):
    kind: ClassVar[str] = "question"


def feed_of(name: str, message: type, run: Callable[..., object]) -> Feed:
    """A feed whose source executes *run*, which gets the context, publish and report."""

    class Source:
        name = "scratch"

        def __init__(self, context: Context) -> None:
            self._context = context

        async def run(self, publish, report) -> None:
            await run(self._context, publish, report)

    return Feed(name=name, title="T", summary="S.", message=message, source=Source, switch=Switch("A", "a"))


@pytest.mark.parametrize(("name", "found"), [("system", SYSTEM), (STORAGE, STORAGE), ("storage", STORAGE)])
def test_names(name: str, found: str):
    """A feed is asked for by its name or by the subject whose first state it is."""
    assert snapshot.feed_named(name, FEEDS).name == found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (DOCKER, "has events, and no state to print; there are .*storage/status"),
        ("nothing", "'nothing' is not a feed; there are .*storage/status"),
        ("", "'' is not a feed; there are .*storage/status"),
        ("storag/status", "not a feed; did you mean storage/status"),
        ("sytem", "not a feed; did you mean system"),
        ("stats", "not a feed; did you mean system/stats"),
    ],
)
def test_an_invalid_name(name: str, words: str):
    """Events and unknown names are refused, with a guess or the names of all states."""
    with pytest.raises(ValueError, match=words):
        snapshot.feed_named(name, FEEDS)


def test_the_first_message(tmp_path: Path):
    """The source runs until its first message, with demand for its figures."""

    async def run(context, publish, report) -> None:
        assert context.demand("a/b").wanted
        publish(Answer(7))
        await asyncio.Event().wait()

    feed = feed_of("a/b", Answer, run)
    message = json.loads(snapshot.take_snapshot(feed, Host(tmp_path), [feed]))

    assert message["data"] == {"number": 7}


def test_a_feed_that_reads_another(tmp_path: Path):
    """The feed whose newest message is requested runs as well."""

    async def ask(context, publish, report) -> None:
        publish(Question(6))
        await asyncio.Event().wait()

    async def answer(context, publish, report) -> None:
        changed = asyncio.Event()
        context.listeners("a/question").add(changed.set)
        while context.newest("a/question") is None:
            await changed.wait()
        publish(Answer(7 * context.newest("a/question").number))
        await asyncio.Event().wait()

    feeds = [feed_of("a/question", Question, ask), feed_of("a/answer", Answer, answer)]

    assert json.loads(snapshot.take_snapshot(feeds[1], Host(tmp_path), feeds))["data"] == {"number": 42}


def test_a_source_that_can_not(tmp_path: Path):
    """The error of the source is the reason."""

    async def run(context, publish, report) -> None:
        raise SourceUnavailable("nothing is there")

    feed = feed_of("a/b", Answer, run)
    with pytest.raises(SourceUnavailable, match="nothing is there"):
        snapshot.take_snapshot(feed, Host(tmp_path), [feed])


def test_a_source_that_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without a message in time it fails, with the source's last report."""

    async def run(context, publish, report) -> None:
        report("ok", "listening")
        await asyncio.Event().wait()

    monkeypatch.setattr(snapshot, "MAX_SECONDS", 0.05)
    feed = feed_of("a/b", Answer, run)
    with pytest.raises(SourceFailed, match=r"a/b: no message within 0.05 s; listening"):
        snapshot.take_snapshot(feed, Host(tmp_path), [feed])


def test_a_snapshot_without_a_source(tmp_path: Path):
    """A feed that can be read directly is, and its source does not run."""
    feed = replace(feed_named(SYSTEM), source=lambda context: pytest.fail("built"))

    assert json.loads(snapshot.take_snapshot(feed, Host(tmp_path), FEEDS))["type"] == "stats"


def test_no_state_is_kept(tmp_path: Path):
    """A snapshot beside a daemon leaves the daemon's history as it is."""
    array(disks=[Device(fs="xfs", used="1TB")]).write_to(tmp_path)
    (tmp_path / "var/run/uma").mkdir(parents=True)
    feeds = all_feeds()
    details = snapshot.feed_named("storage/details", feeds)
    message = json.loads(snapshot.take_snapshot(details, Host(tmp_path), feeds))

    assert message["data"]["disks"]
    assert list((tmp_path / "var/run/uma").iterdir()) == []


def test_the_summary_judges_all_feeds(tmp_path: Path):
    """It is not "ok" because it was taken before the feeds that it judges."""
    array(disks=[Device(status="DISK_DSBL")]).write_to(tmp_path)
    feeds = all_feeds()
    summary = snapshot.feed_named("server/summary", feeds)
    message = json.loads(snapshot.take_snapshot(summary, Host(tmp_path), feeds))

    assert (message["data"]["severity"], message["data"]["disks"]["failed"]) == ("critical", 1)


def test_health_is_a_daemons(tmp_path: Path):
    """Without a daemon there is no health: not "healthy" since 1970."""
    feeds = all_feeds()
    with pytest.raises(SourceUnavailable, match="uma status"):
        snapshot.take_snapshot(snapshot.feed_named("server/health", feeds), Host(tmp_path), feeds)
