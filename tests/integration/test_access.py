"""The whole table of access rules with a running daemon: by REST and by WebSocket."""

import json
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.access_table import OWN_NAMES, REQUESTS, SETTINGS, Request

from .daemon import Daemon

HANDSHAKE = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
)
PATHS = {"REST": ("/api/v1/health", 200), "WebSocket": ("/api/v1/ws/system/stats", 101)}


def ask(port: int, request: Request, path: str, *more: tuple[str, str]) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and the first bytes of the body of the answer to *request* at *path*."""
    headers = [("Host", request.host), *more, *request.headers]
    if request.origin is not None:
        headers.insert(1, ("Origin", request.origin))
    lines = [f"GET {path}{request.query} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    server = "::1" if ":" in request.peer else "127.0.0.1"
    with socket.create_connection((server, port), 10, source_address=(request.peer, 0)) as client:
        client.sendall("\r\n".join(lines).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            chunk = client.recv(65536)
            assert chunk, f"{request}: no answer but {answer!r}"
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    return int(status.split()[1]), {k.lower(): v for k, v in (field.split(": ", 1) for field in fields)}, body


def faults_of(port: int, request: Request, form: str) -> list[str]:
    """Return the fault of the daemon's answer; None without one."""
    path, let_in = PATHS[form]
    status, headers, body = ask(port, request, path, *(HANDSHAKE if form == "WebSocket" else ()))
    wanted = request.status or let_in
    faults = [f"{status} instead of {wanted}"] if status != wanted else []
    if status == let_in:
        if form == "REST" and headers.get("access-control-allow-origin") != request.origin:
            faults.append(f"allows {headers.get('access-control-allow-origin')}")
    else:
        faults += [f"refused with {name}" for name in headers if name.startswith("access-control-")]
        if not headers["content-type"].startswith("application/problem+json") or json.loads(body)["status"] != status:
            faults.append(f"no problem but {body!r}")
    return faults


def wrong_of(port: int, rows: Sequence[Request]) -> list[str]:
    """List the faults of the daemon's answers to *rows*, in each of their forms."""
    return [
        f"{form} of {row}: {fault}"
        for row in rows
        for form in (("WebSocket",) if row.websocket_only else PATHS)
        for fault in faults_of(port, row, form)
    ]


def write_own_names(tower: Path) -> None:
    """Make the server's nginx.ini list its own names, and a foreign one."""
    names = "".join(f'NGINX_NAME{number}="{name.upper()}"\n' for number, name in enumerate(OWN_NAMES))
    (tower / "var/local/emhttp/nginx.ini").write_text(f'NGINX_PORT="80"\n{names}NGINX_OTHER="tower.evil.example"\n')


def has_ipv6() -> bool:
    """Return True if this machine has ``::1``."""
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("settings", SETTINGS)
def test_read_access(make_daemon: Callable[..., Daemon], tower: Path, settings: str) -> None:
    """Each row gets its status, twice; an accepted request may read, and no refusal has a CORS header."""
    write_own_names(tower)
    daemon = make_daemon()
    daemon.configure(**SETTINGS[settings])
    daemon.start()
    rows = [row for row in REQUESTS if row.settings == settings]

    assert [] == wrong_of(daemon.port, rows)
    assert len(rows) > 20


@pytest.mark.parametrize("settings", SETTINGS)
def test_read_access_by_ipv6(make_daemon: Callable[..., Daemon], tower: Path, settings: str) -> None:
    """The same rows hold where UMA listens at ``::1``, for a peer there."""
    if not has_ipv6():
        pytest.skip("this machine has no IPv6")
    write_own_names(tower)
    daemon = make_daemon(port_from_file=True)
    daemon.start()
    daemon.reload(PORT=daemon.port, BIND="::1", **SETTINGS[settings])
    rows = [replace(row, peer="::1") for row in REQUESTS if row.settings == settings and row.peer == "127.0.0.1"]

    assert [] == wrong_of(daemon.port, rows)
    assert len(rows) > 20


def test_there_are_rows_enough() -> None:
    """A table that lost most of its rows would prove little."""
    assert len(set(REQUESTS)) > 200
