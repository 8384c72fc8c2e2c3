"""Stream addresses as people write them, with their mistakes."""

import pytest

from tests.support.feeds import FEEDS
from uma.watch.address import stream_url, without_query

STREAMS = [feed.name for feed in FEEDS]


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("docker/events", "ws://localhost:34600/api/v1/ws/docker/events"),
        ("tower/system/stats", "ws://tower:34600/api/v1/ws/system/stats"),
        ("tower:80/storage/status", "ws://tower:80/api/v1/ws/storage/status"),
        ("tower/api/v1/ws/system/stats", "ws://tower:34600/api/v1/ws/system/stats"),
        ("192.168.1.5/docker/events?token=x", "ws://192.168.1.5:34600/api/v1/ws/docker/events?token=x"),
        ("[fe80::1]/docker/events", "ws://[fe80::1]:34600/api/v1/ws/docker/events"),
        ("[fe80::1]:81/docker/events", "ws://[fe80::1]:81/api/v1/ws/docker/events"),
        ("ws://tower:34600/api/v1/ws/docker/events", "ws://tower:34600/api/v1/ws/docker/events"),
        ("http://tower:34600/api/v1/ws/docker/events#x", "ws://tower:34600/api/v1/ws/docker/events"),
        (
            "https://tower/wsproxy/34600/api/v1/ws/docker/events?token=x",
            "wss://tower/wsproxy/34600/api/v1/ws/docker/events?token=x",
        ),
    ],
)
def test_valid_addresses(address: str, url: str):
    """A stream's name, a name after a server, and a whole URL become the right WebSocket address."""
    assert stream_url(address, STREAMS) == url


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "is not a stream"),
        ("tower", "is not a stream"),
        ("tower:34600", "docker/events"),
        ("tower/docker", "'tower/docker' is not a stream; use tower/docker/events or tower/docker/containers$"),
        ("storage", "use storage/status or storage/details or storage/events$"),
        ("docker/event", "did you mean docker/events?"),
        ("tower/docker/event", r"'tower/docker/event' is not a stream; did you mean tower/docker/events\?"),
        ("me:secret@tower:1/docker/event", r"did you mean tower:1/docker/events\?"),
        ("docker/evemts", "did you mean docker/events?"),
        ("::1/docker/events", r"as in \[::1\]/docker/events"),
        ("tower:many/docker/events", "the port as a number, as in tower:34600/docker/events"),
        ("tower:99999/docker/events", "the port as a number"),
        ("[fe80/docker/events", r"in brackets, as in \[::1\]/docker/events"),
        ("::1/docker/events", "in brackets"),
        ("ftp://tower/api/v1/ws/docker/events", "unknown scheme ftp"),
        ("ws:///api/v1/ws/docker/events", "names no server"),
        ("tow er/docker/events", "names no server"),
        ("http://tower:34600/api/v1/docker/events", "is not a stream"),
    ],
)
def test_invalid_addresses(address: str, words: str):
    """Anything else is refused with a sentence that explains the remedy."""
    with pytest.raises(ValueError, match=words):
        stream_url(address, STREAMS)


def test_a_token_is_not_shown():
    """The query, which may hold a token, is not printed."""
    assert without_query("ws://tower/api/v1/ws/system/stats?token=x#y") == "ws://tower/api/v1/ws/system/stats"
    with pytest.raises(ValueError) as error:
        stream_url("ws://tower/nothing?token=secret", STREAMS)
    assert "secret" not in str(error.value)
