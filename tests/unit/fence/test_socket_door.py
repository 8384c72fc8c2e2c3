"""The requests that pass to Docker, each as UMA makes it, and those that do not."""

import socket
from pathlib import Path

import pytest

from uma.fence.socket_door import OPERATIONS, is_allowed, open_docker

ID = "ab" * 32
FILTERS = "%7B%22type%22:+%5B%22container%22%5D,+%22event%22:+%5B%22health_status%22,+%22die%22%5D%7D"

READING = (
    "/version",
    "/_ping",
    "/containers/json?all=1",
    f"/containers/json?all=1&filters=%7B%22id%22:+%5B%22{ID}%22%5D%7D",
    f"/events?since=1764460800.000000001&filters={FILTERS}",
    f"/containers/{ID}/json",
    "/containers/plex_2.old/json",
    f"/images/sha256:{ID}/json",
)

REFUSED_TO_READ = (
    "",
    "/",
    "version",
    "/version?",
    "/version/",
    "//version",
    "/v1.41/version",
    "/info",
    "/containers/json",
    "/containers/json?all=0",
    "/containers/json?all=1&size=1",
    "/containers/json?size=1&all=1",
    "/containers/json?all=1&filters=",
    "/containers/json?all=1&filters=x&size=1",
    "/containers/json?all=1&filters=a b",
    "/events",
    "/events?since=1",
    "/events?filters=x&since=1",
    "/events?since=1&filters=x#y",
    f"/events?since=1&filters={'x' * 2000}",
    f"/containers/{ID}/json?size=1",
    f"/containers/{ID}/logs",
    f"/containers/{ID}/top",
    f"/containers/{ID}/archive",
    f"/containers/{ID}/attach/ws",
    f"/containers/{ID}/export",
    f"/containers/{ID}/json/",
    "/containers//json",
    "/containers/../json",
    "/containers/.hidden/json",
    "/containers/a%2Fb/json",
    "/containers/a b/json",
    "/containers/\u00e9/json",
    "/images/a/b/json",
    "/images/a/get",
    "/secrets/a/json",
    "/volumes/a/json",
    "/version HTTP/1.1\r\nX: y",
    "/containers/a\r\nX/json",
    "/containers/a\n/json",
    "/_ping\0",
)


@pytest.mark.parametrize("controls", [False, True])
@pytest.mark.parametrize("target", READING)
def test_requests_of_feeds_pass(target: str, *, controls: bool) -> None:
    """Each request of the feeds, with and without CONTROL; by another method it does not."""
    assert is_allowed("GET", target, controls=controls)
    for method in ("HEAD", "POST", "PUT", "DELETE", "get", "GET ", "CONNECT", ""):
        assert not is_allowed(method, target, controls=controls)


@pytest.mark.parametrize("target", REFUSED_TO_READ)
def test_nothing_else_passes(target: str) -> None:
    """Another path, key, value, order or character is refused."""
    assert not is_allowed("GET", target, controls=True)
    assert not is_allowed("POST", target, controls=True)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operations_need_control(operation: str) -> None:
    """The five operations pass with CONTROL=yes alone, and without a query."""
    target = f"/containers/{ID}/{operation}"

    assert is_allowed("POST", target, controls=True)
    assert not is_allowed("POST", target, controls=False)
    assert not is_allowed("POST", f"{target}?t=0", controls=True)
    assert not is_allowed("GET", target, controls=True)


@pytest.mark.parametrize(
    "target",
    ["/containers/create", f"/containers/{ID}/exec", f"/containers/{ID}/kill", f"/containers/{ID}/update", "/build"],
)
def test_requests_that_equal_root_never_pass(target: str) -> None:
    """To create, execute in, update or build is refused, with CONTROL=yes as well."""
    assert not is_allowed("POST", target, controls=True)


@pytest.fixture
def docker(tmp_path: Path) -> socket.socket:
    """A socket that a Docker listens at."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "docker.sock"))
    listener.listen()
    return listener


def test_a_connection_has_its_request_sent(docker: socket.socket) -> None:
    """Docker reads one whole request that closes the connection, and of a probe none."""
    with docker:
        path = docker.getsockname()
        for words, request in (
            (["GET", "/_ping"], b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"),
            (
                ["POST", "/containers/a/stop"],
                b"POST /containers/a/stop HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            ),
            ([], b""),
        ):
            open_docker(path, words, controls=True).close()
            server, _ = docker.accept()
            with server:
                assert server.recv(1000) == request


def test_it_never_waits(tmp_path: Path) -> None:
    """A Docker whose queue is full, one that left its socket behind, and none at all are errors at once."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as full:
        full.bind(str(path))
        full.listen(0)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            with pytest.raises(BlockingIOError):
                open_docker(str(path), ["GET", "/_ping"], controls=False)
    with pytest.raises(ConnectionRefusedError):
        open_docker(str(path), [], controls=False)
    with pytest.raises(FileNotFoundError):
        open_docker(str(tmp_path / "none"), [], controls=False)


@pytest.mark.parametrize("words", [["GET"], ["GET", "/_ping", "more"], ["", ""], ["GET", "/info"]])
def test_a_refused_request_connects_to_nothing(tmp_path: Path, words: list[str]) -> None:
    """A refused request does not even reach Docker's socket."""
    with pytest.raises(PermissionError):
        open_docker(str(tmp_path / "none"), words, controls=True)
