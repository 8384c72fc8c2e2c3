"""A webGUI with the plugin, a browser, and PHP by itself."""

from collections.abc import Iterator

import pytest

from ..integration.conftest import browser, chromium, node  # noqa: F401 - fixtures
from ..integration.programs import until
from ..package.server import Server
from . import server
from .server import WebGuiServer


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
    webgui.end()
    below.end()


@pytest.fixture
def webgui(webgui_server: WebGuiServer) -> Iterator[WebGuiServer]:
    """A server with nginx and PHP up, first settings, and a person signed in; UMA is not running."""
    webgui_server.reset()
    yield webgui_server
    print(webgui_server.server.log)  # noqa: T201 - pytest shows it when the test fails
    webgui_server.server.rc("stop")
    assert webgui_server.php_log == ""


@pytest.fixture
def running(webgui: WebGuiServer) -> WebGuiServer:
    """The same with UMA running, and its first messages published."""
    done = webgui.server.rc("start")
    assert done.returncode == 0, done.stdout + webgui.server.log
    for stream in ("system/stats", "storage/status"):
        until(lambda path=f"/plugins/uma/include/relay.php?path={stream}": webgui.get(path).status == 200, what=stream)
    return webgui
