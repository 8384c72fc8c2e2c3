"""Data of Unraid, from its files to clients: a daemon's notifications, shares, updates and virtual machines."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.support.notifications import dismiss, notify
from tests.support.shares import share_section
from tests.support.updates import result

from .daemon import Daemon
from .libvirtd import Libvirtd, why_not
from .programs import until

TOKEN = "a-token-of-the-test-0123456789-abcdefghijk"
SHA256 = sha256(TOKEN.encode()).hexdigest()
A_SECOND = 1.0


def following(daemon: Daemon, stream: str, token: str = "") -> ClientConnection:
    """A client of *stream*."""
    return connect(f"{daemon.stream_url(stream)}{f'?token={token}' if token else ''}", proxy=None)


def received(client: ClientConnection, seconds: float = A_SECOND) -> Any:
    """Return the data of the next message, which must come within that time."""
    return json.loads(client.recv(seconds))["data"]


@pytest.mark.parametrize(
    ("feed", "lifelike"),
    [
        ("vms/status", lambda data: data["demo"] and len(data["vms"]) == 5),
        ("shares/status", lambda data: {share["valid"] for share in data["shares"]} == {True, False}),
        ("notifications/status", lambda data: data["unread"]["total"] == 2),
        ("updates/status", lambda data: data["os"]["status"] == "available" and len(data["plugins"]) == 6),
    ],
)
def test_the_demo_shows_it(steady_daemon: Daemon, feed: str, lifelike: Callable[[Any], bool]) -> None:
    """The demo tree has an example of each; a newcomer gets it at once, and a GET the same."""
    until(lambda: lifelike(steady_daemon.newest(feed)["data"]), what=feed)
    with following(steady_daemon, feed) as client:
        assert lifelike(received(client))


def test_changes_reach_clients_within_a_second(daemon: Daemon, tower: Path) -> None:
    """A share that loses its protection, a check of Unraid that finds a release, a notification and its dismissal."""
    state = tower / "var/local/emhttp"
    for feed in ("shares/status", "updates/status", "notifications/status"):
        daemon.newest(feed)
    with (
        following(daemon, "shares/status") as shares,
        following(daemon, "updates/status") as updates,
        following(daemon, "notifications/status") as notifications,
    ):
        for client in (shares, updates, notifications):
            received(client)
        (state / "shares.ini.new").write_text(share_section("media", color="yellow-on"))
        (state / "shares.ini.new").replace(state / "shares.ini")
        assert received(shares)["shares"][0]["protection"] == "unprotected"
        result(tower, {"version": "7.2.2", "isNewer": True})
        until(lambda: received(updates)["os"]["available"] == "7.2.2", A_SECOND)
        notify(tower / "tmp/notifications", "new", importance="alert")
        until(lambda: received(notifications)["unread"]["alert"] == 1, A_SECOND)
        dismiss(tower / "tmp/notifications", "new")
        until(lambda: received(notifications)["unread"]["alert"] == 0, A_SECOND)


def test_texts_need_a_token(make_daemon: Callable[..., Daemon], tower: Path) -> None:
    """Without a token full gives counts, and reports it; with one, texts and events, which are gone after the token."""
    daemon = make_daemon()
    daemon.configure(NOTIFICATIONS="full")
    daemon.start()
    assert daemon.newest("notifications/status")["data"]["items"] == []
    assert any("NOTIFICATIONS" in problem for problem in daemon.health()["ignored_settings"])

    daemon.reload(NOTIFICATIONS="full", TOKEN_SHA256=SHA256)
    with following(daemon, "notifications/status", TOKEN) as client:
        until(lambda: len(received(client, 5)["items"]) == 4)
    with following(daemon, "notifications/events", TOKEN) as client:
        notify(tower / "tmp/notifications", "new", description="ALDER_NAS120K-7E2100_5PGT8K2C (sdf)")
        event = received(client)
    assert (event["action"], event["item"]["description"]) == ("added", "ALDER_NAS120K-7E2100_8K2C (sdf)")
    assert len(daemon.get(f"/api/v1/notifications/events?token={TOKEN}")) == 1

    daemon.reload(NOTIFICATIONS="full")
    assert daemon.get("/api/v1/notifications/events") == []
    assert daemon.newest("notifications/status")["data"]["items"] == []


@pytest.mark.skipif(why_not() is not None, reason=why_not() or "")
def test_a_machine_that_starts(make_daemon: Callable[..., Daemon], tower: Path) -> None:
    """A real qemu's start is an event, and its figures come on demand."""
    libvirtd = Libvirtd()
    try:
        libvirtd.start()
        (tower / "demo/vms.json").unlink()
        (tower / "var/run").mkdir(parents=True, exist_ok=True)
        (tower / "var/run/libvirt").symlink_to(libvirtd.sockets)
        daemon = make_daemon().start()
        daemon.until_source("vms", "ok")
        with following(daemon, "vms/events") as events, following(daemon, "vms/status") as status:
            libvirtd.define("haos")
            assert received(events, 10)["action"] == "defined"
            libvirtd.virsh("start", "haos")
            started = received(events, 10)
            assert (started["action"], started["vm_name"], started["state"]) == ("started", "haos", "running")
            until(lambda: [vm["cpu_percent"] is not None for vm in received(status, 10)["vms"]] == [True])
    finally:
        libvirtd.end()
