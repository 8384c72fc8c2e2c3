"""Counts of Docker's events, and of containers while Docker is there."""

import pytest

from tests.support.feeds import context
from tests.support.messages import event
from uma.errors import SourceUnavailable
from uma.feeds.docker import EXEC_EVENTS
from uma.feeds.docker.observer import DockerObserver


async def test_containers_are_counted_while_docker_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events are counted permanently, containers only until Docker goes away."""
    observer, published, counted = DockerObserver(context(EXEC_EVENTS=True), EXEC_EVENTS), [], []

    async def run(source, publish, report) -> None:
        assert source.exec_events
        source._states.prime([("a" * 64, "running")], 0)
        counted.append(observer.containers)
        report("ok", "Docker 24")
        counted.append(observer.containers.get("running"))
        publish(event())
        raise SourceUnavailable("it went away")

    monkeypatch.setattr("uma.feeds.docker.source.DockerSource.run", run)
    with pytest.raises(SourceUnavailable):
        await observer.run(published.append, lambda status, detail: None)

    assert counted == [{}, 1]
    assert observer.containers == {}
    assert observer.events.by_action["start"] == 1
    assert published == [event()]
