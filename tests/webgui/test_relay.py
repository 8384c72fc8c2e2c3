"""The relay and the actions, with a browser's requests: which pass, and which do not."""

import json

from ..integration.programs import until
from .server import WebGuiServer

RELAY = "/plugins/uma/include/relay.php?path="
ACTION = "/plugins/uma/include/action.php"
LOOK_SECONDS = 0.5
"""Each look passes TLS, nginx and PHP."""
PATHS = (
    *("health", "system/stats", "system/stats/history", "docker/events", "docker/events&limit=5"),
    *("storage/status", "storage/smart"),
)
OTHERS = (
    *("", "/", "/health", "ws/system/stats", "openapi.json", "docker/containers/bulk/stop", "health/", "Health"),
    *("../health", "system/stats/../../../metrics", "health%00", "@127.0.0.1:22/health", "health%3Flimit=1"),
    *("health&path[]=health", "health&path=metrics"),
)


def test_reads_are_relayed(running: WebGuiServer) -> None:
    """Each path of the list has the daemon's own answer, as JSON that is not cached; with a token, too."""
    running.server.configure(TOKEN_SHA256="0" * 64)
    running.server.rc("reload")
    for path in PATHS:
        reply = running.get(f"{RELAY}{path}")

        assert reply.status == 200, (path, reply.body)
        assert reply.headers["Content-Type"].startswith("application/json")
        assert reply.headers["Cache-Control"] == "no-store"
    assert running.get(f"{RELAY}health").json["service"] == "uma"


def test_nothing_else_is_relayed(running: WebGuiServer) -> None:
    """A path that is not in the list is 404 in any spelling."""
    for path in OTHERS:
        assert running.get(RELAY + path).status in (400, 404), path


def test_only_reads_are_relayed(running: WebGuiServer) -> None:
    """Another method is refused without a request to the daemon."""
    for method in ("PUT", "DELETE", "HEAD"):
        assert running.request(method, f"{RELAY}health").status == 405
    assert running.post(f"{RELAY}health", csrf_token=running.csrf_token).status == 405


def test_the_query_is_not_passed_on(running: WebGuiServer) -> None:
    """Only a limit counts after the path; the daemon refuses an invalid one."""
    assert running.get(f"{RELAY}health&token=x&limit=1").status == 200
    for limit in ("0", "x", "5%26token=y", "99999999999999999999"):
        reply = running.get(f"{RELAY}docker/events&limit={limit}")
        assert reply.status == 400
        assert reply.headers["Content-Type"].startswith("application/problem+json")


def test_without_the_daemon_it_says_so_at_once(webgui: WebGuiServer) -> None:
    """A daemon that is off is 503 with the reason; so is a notice of one that was killed."""
    notice = {"version": "1", "pid": 1, "started": 1, "bind": "127.0.0.1", "port": 1, "key": "k"}
    for text in (None, json.dumps(notice), "[]", "{", '{"pid": "x"}'):
        if text is not None:
            (webgui.server.root / "var/run/uma.json").write_text(text)
        reply = webgui.get(f"{RELAY}health")

        assert reply.status == 503
        assert reply.json["detail"] == "UMA is not running"
        assert reply.headers["Content-Type"].startswith("application/problem+json")


def test_nothing_without_the_login(running: WebGuiServer) -> None:
    """A visitor without a session is sent to the login by every address."""
    signed_in, running._cookie = running._cookie, ""
    for path in (f"{RELAY}health", "/Uma", "/Settings/UmaSettings", "/sub/uma_stats", ACTION):
        reply = running.get(path)
        assert (reply.status, reply.headers["Location"]) == (302, f"https://127.0.0.1:{running.port}/login")
    running._cookie = signed_in


def test_actions_are_posted(running: WebGuiServer) -> None:
    """An action needs POST and the webGUI's token; without it the webGUI answers with nothing and nothing happens."""
    assert running.get(f"{ACTION}?action=stop").status == 405
    assert running.post(ACTION, action="stop").body == b""
    assert running.post(ACTION, action="rm", csrf_token=running.csrf_token).status == 400
    assert running.server.daemons()


def test_the_service_is_stopped_and_started(running: WebGuiServer) -> None:
    """The buttons do what rc.uma does, and show its output."""
    stopped = running.post(ACTION, action="stop", csrf_token=running.csrf_token)
    assert (stopped.status, stopped.json["said"]) == (200, "UMA...  Stopped.")
    assert not running.server.daemons()
    started = running.post(ACTION, action="start", csrf_token=running.csrf_token)
    assert started.json["said"] == "UMA...  Started."
    assert running.get(f"{RELAY}health").status == 200


def test_a_service_that_can_not_start_is_reported(webgui: WebGuiServer) -> None:
    """A failure of rc.uma is an error with its output."""
    webgui.server.run_as("/nonexistent")

    reply = webgui.post(ACTION, action="start", csrf_token=webgui.csrf_token)

    assert reply.status == 500
    assert reply.json["detail"].startswith("UMA...  Failed.")


def test_direct_calls_do_nothing(webgui: WebGuiServer) -> None:
    """Every file of include/ can be requested by itself: no output, no error, no change."""
    folder = webgui.docroot / "plugins/uma/include"
    entries = {"relay.php", "action.php"}
    for path in sorted(folder.rglob("*.php")):
        if path.name not in entries:
            reply = webgui.get(f"/plugins/uma/include/{path.relative_to(folder)}")
            assert (reply.status, reply.body) == (200, b""), path


def test_the_channels_have_the_daemons_bytes(running: WebGuiServer) -> None:
    """A page gets the newest state at once, the daemon's own bytes; also of an nginx that has been restarted."""
    running.server.configure(STATS_INTERVAL=3600, STORAGE_INTERVAL=3600)
    running.server.rc("reload")
    # A state that changed since, and that nobody watches, is posted twice a minute.
    until(
        lambda: running.channel("uma_storage").body == running.get(f"{RELAY}storage/status").body,
        40,
        what="its bytes",
        every=LOOK_SECONDS,
    )
    running.stop_nginx()
    running.start_nginx()
    until(
        lambda: running.channel("uma_stats").body == running.get(f"{RELAY}system/stats").body,
        40,
        what="the same bytes",
        every=LOOK_SECONDS,
    )
    assert running.channel("uma_stats").headers["Content-Type"] == "application/json"
    # This one need not be the newest yet.
    until(lambda: running.channel("uma_storage").body, what="a message about storage")
    assert running.channel("uma_storage").json["type"] == "storage_status"
