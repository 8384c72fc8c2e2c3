"""A webGUI with the plugin, a browser, and PHP by itself."""

from collections.abc import Iterator

import pytest

from ..integration.conftest import browser, chromium, node  # noqa: F401 - fixtures
from ..integration.programs import until
from ..package.server import Server
from . import server
from .server import WebGuiServer

LOOK_SECONDS = 0.1
"""Each look passes TLS, nginx and PHP."""


@pytest.fixture(scope="session")
def webgui_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebGuiServer]:
    """The session's server, with the plugin installed; use ``webgui`` or ``running``, which set its state."""
    reason = server.why_not()
    if reason is not None:
        pytest.skip(reason)
    # A short path, since a socket's path is limited to 107 characters.
    below = Server(tmp_path_factory.mktemp("root")).install()
    below.start_emhttpd()
    webgui = WebGuiServer(below)
    yield webgui
    below.rc("stop")
    webgui.end()
    below.end()


@pytest.fixture
def webgui(webgui_server: WebGuiServer) -> Iterator[WebGuiServer]:
    """A server with nginx and PHP up, first settings, and a person signed in; UMA is not running."""
    webgui_server.server.rc("stop")
    webgui_server.reset()
    yield webgui_server
    judge(webgui_server)


@pytest.fixture
def running(webgui_server: WebGuiServer) -> Iterator[WebGuiServer]:
    """The same with UMA running, and its first messages published."""
    if webgui_server.is_as_noted():
        webgui_server.log_in()
    else:
        webgui_server.server.rc("stop")
        webgui_server.reset()
        start(webgui_server)
    yield webgui_server
    judge(webgui_server)


def start(webgui: WebGuiServer) -> None:
    """Start UMA, and note that it runs with first settings: a test that leaves it so spares the next one a start."""
    done = webgui.server.rc("start")
    assert done.returncode == 0, done.stdout + webgui.server.log
    for stream in ("system/stats", "storage/status"):
        path = f"/plugins/uma/include/relay.php?path={stream}"
        until(lambda path=path: webgui.get(path).status == 200, what=stream, every=LOOK_SECONDS)
    webgui.note()


def judge(webgui: WebGuiServer) -> None:
    """Show the server's log where a test has failed. PHP may have written nothing."""
    print(webgui.server.log)  # noqa: T201 - pytest shows it when the test fails
    assert webgui.php_log == ""
