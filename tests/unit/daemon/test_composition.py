"""The parts of a daemon that is not running, under changing settings."""

from dataclasses import replace
from pathlib import Path

from tests.support.feeds import FEEDS, config_of
from tests.support.messages import event, stats
from uma.daemon.composition import App
from uma.host import Host
from uma.outputs.heartbeat import Heartbeat
from uma.web.rest import is_stale


def test_a_feed_that_was_off_has_no_state_until_its_next_message(tmp_path: Path) -> None:
    """After a pause the last state is neither served nor stale: the next one is awaited. Events stay true."""
    config = config_of()
    app = App(config, Host(tmp_path, docker=tmp_path / "docker.sock"), FEEDS)
    system, docker = app.streams["system/stats"], app.streams["docker/events"]
    system.publish(stats())
    docker.publish(event())
    app.served.began -= 3600

    app.apply(config_of(system_stats=False, docker_events=False))
    app.apply(config)

    assert (system.newest, len(system.recent), system.seq) == (None, 0, 1)
    assert not is_stale(app.served, system, system.forgotten_at + 14)
    assert is_stale(app.served, system, system.forgotten_at + 16)
    assert len(docker.recent) == 1


def test_a_reload_that_switches_no_feed_keeps_their_states(tmp_path: Path) -> None:
    """Clients have the newest state at once, while sources restart."""
    config = config_of()
    app = App(config, Host(tmp_path, docker=tmp_path / "docker.sock"), FEEDS)
    app.streams["system/stats"].publish(stats())

    app.apply(replace(config, max_connections=5))

    assert app.streams["system/stats"].newest == stats()


async def test_a_failed_heartbeat_does_not_keep_itself_from_being_called(tmp_path: Path) -> None:
    """Its failure degrades health, and no other failure is named as the reason for silence."""
    config = config_of(heartbeat_url="http://127.0.0.1/ping")
    app = App(config, Host(tmp_path, docker=tmp_path / "docker.sock"), FEEDS)
    (heartbeat,) = [source for source, _ in app.sources if isinstance(source, Heartbeat)]
    app.board.report("heartbeat", "failed", "the heartbeat's address answered 503")
    after_its_own = heartbeat._is_well()
    app.board.report("system", "failed", "no /proc")

    assert (after_its_own, heartbeat._is_well()) == (True, False)
