"""State of the daemon, reported by real servers in its place."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from uma.host import Host
from uma.runtime.server_info import Notice, leave_notice, read_start
from uma.runtime.status import Status, describe_status, duration, read_status

HEALTH = (
    b'{"status": "degraded", "streams": {"system/stats": {"connections": 2}, "docker/events": {"connections": 1}},'
    b' "sources": {"system": {"status": "ok", "detail": ""}, "docker": {"status": "unavailable", "detail": "off"}}}'
)
NOTICE = Notice(version="2026.11.23", pid=12, started=1, bind="0.0.0.0", port=34600, key="key")


class Answer(BaseHTTPRequestHandler):
    """Handler that answers requests with the key from a script."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = HEALTH

    def do_GET(self) -> None:
        is_let_in = self.headers["Authorization"] == "Bearer key" and self.path == "/api/v1/health"
        self.send_response(self.status if is_let_in else 401)
        self.end_headers()
        self.wfile.write(self.body if is_let_in else b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(answer: type[Answer]) -> Iterator[int]:
    """A server at its own port."""
    with HTTPServer(("127.0.0.1", 0), answer) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host with a folder for the notice."""
    host = Host(tmp_path)
    host.notice.parent.mkdir(parents=True)
    return host


def leave(host: Host, port: int, bind: str = "0.0.0.0", key: str = "key") -> None:
    leave_notice(host.notice, version="2026.11.23", bind=bind, port=port, key=key)


@pytest.mark.parametrize("bind", ["0.0.0.0", "127.0.0.1"])
def test_health_is_asked_with_the_key(host: Host, bind: str):
    """A daemon that listens everywhere, or at one address, is queried there, with its key and without a proxy."""
    with serving(Answer) as port:
        leave(host, port, bind)
        status = read_status(host)

    assert status is not None
    assert status.health is not None
    assert (status.health["status"], status.trouble, status.notice.pid) == ("degraded", "", os.getpid())
    assert 0 <= status.uptime < 3600


@pytest.mark.parametrize(
    ("answer", "key", "trouble"),
    [
        ({"status": 503}, "key", "it answers 503 Service Unavailable"),
        ({}, "wrong", "it answers 401 Unauthorized; set UMA_TOKEN"),
        ({"body": b"[]"}, "key", "its answer is not a JSON object"),
        ({"body": b"<html>"}, "key", "Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_an_answer_that_is_none(host: Host, answer: dict[str, object], key: str, trouble: str):
    """A process that runs and answers something else is running, and in trouble."""
    with serving(type("Odd", (Answer,), answer)) as port:
        leave(host, port, key=key)
        status = read_status(host)

    assert status is not None
    assert (status.health, status.trouble) == (None, trouble)


def test_without_a_listener(host: Host):
    """A process that runs and does not listen is running, and in trouble."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    leave(host, port)

    status = read_status(host)

    assert status is not None
    assert status.trouble == "Connection refused"


def test_a_notice_of_the_past(host: Host):
    """Without a notice, or with one whose process has ended or been replaced, no daemon is running."""
    assert read_status(host) is None
    leave(host, 1)
    text = host.notice.read_text()

    host.notice.write_text(text.replace(f'"started": {read_start(os.getpid())}', '"started": 1'))
    assert read_status(host) is None

    host.notice.write_text(text.replace(f'"pid": {os.getpid()}', '"pid": 4194304'))
    assert read_status(host) is None


def test_the_report_for_a_person():
    """Version, address, uptime, health, connections of each stream, and each source that is not well."""
    health = {
        "status": "degraded",
        "streams": {"system/stats": {"connections": 2}, "docker/events": {"connections": 1}},
        "multiplex": {"connections": 4},
        "sources": {"system": {"status": "ok", "detail": ""}, "docker": {"status": "unavailable", "detail": "off"}},
    }

    assert list(describe_status(Status(NOTICE, 3700, health))) == [
        "UMA is currently running.",
        "  Version      2026.11.23, process 12",
        "  Address      0.0.0.0:34600",
        "  Uptime       1 h 1 min",
        "  Health       degraded",
        "  Connections  7: system/stats 2, docker/events 1, several at once 4",
        "  Docker       unavailable: off",
    ]


def test_a_destination_is_shown_while_it_is_well():
    """Nobody else says whether a broker or a watcher has been reached."""
    sources = {
        "system": {"status": "ok", "detail": "every 5 s"},
        "mqtt": {"status": "ok", "detail": "broker.lan:1883, uma/tower"},
        "heartbeat": {"status": "ok", "detail": ""},
    }

    lines = list(describe_status(Status(NOTICE, 5, {"status": "healthy", "sources": sources})))

    assert lines[-2:] == ["  MQTT         ok: broker.lan:1883, uma/tower", "  Heartbeat    ok"]


def test_a_long_name_moves_every_line():
    """The texts of a report are in one column."""
    source = {"status": "unavailable", "detail": "none yet"}
    sources = {"storage-details": source, "shares": {"status": "starting", "detail": ""}}
    health = {"status": "healthy", "sources": sources, "fences": {"user": {"state": "off"}}}

    lines = list(describe_status(Status(NOTICE, 5, health)))

    assert "  Health          healthy" in lines
    assert "  Storage-details unavailable: none yet" in lines
    assert "  Shares          starting" in lines
    assert "  Fence user      off: None" in lines


def test_settings_that_are_not_in_force_are_named():
    """Each has its own line, with file and line number."""
    notice = Notice("2026.11.23", 4711, 1, "0.0.0.0", 34600, "key")
    health = {"status": "degraded", "ignored_settings": ["uma.cfg, line 3: BIND: is empty", "uma.cfg, line 4: PORT: x"]}

    lines = list(describe_status(Status(notice, 1.0, health)))

    assert lines[-2:] == [
        "  Setting      uma.cfg, line 3: BIND: is empty",
        "  Setting      uma.cfg, line 4: PORT: x",
    ]


def test_the_report_of_trouble():
    """Without health the problem is shown instead; an IPv6 address has its brackets."""
    assert list(describe_status(Status(replace(NOTICE, bind="::"), 5, None, "timed out")))[2:] == [
        "  Address      [::]:34600",
        "  Uptime       5 s",
        "  Health       unknown: timed out",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.9, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (3600, "1 h 0 min"), (86399, "23 h 59 min"), (90000, "1 d 1 h")],
)
def test_duration(seconds: float, words: str):
    """A duration is shown in its two largest units."""
    assert duration(seconds) == words
