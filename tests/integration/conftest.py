"""Real parts: a daemon process, a browser, and programs of clients."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from .blank import Blank
from .browser import CHROMIUMS, Browser, find_chromium
from .clients import faults_in_what_is_served
from .daemon import Daemon
from .dockerd import SUITES, Dockerd, unpack_docker, why_not
from .guide import GUIDE, code_block
from .programs import CHECKOUT, NODE_MODULES, Program, until

DEMO_TREE = CHECKOUT / "demo/tower"


@pytest.fixture
def tower(tmp_path: Path) -> Path:
    """A copy of the project's own host tree, which tests may change."""
    return copied_tower(tmp_path)


def copied_tower(folder: Path) -> Path:
    """Return a copy in *folder* of the project's own host tree."""
    # A daemon started in that tree leaves its notice there.
    without_run = shutil.ignore_patterns("run")
    return Path(shutil.copytree(DEMO_TREE, folder / "tower", symlinks=True, ignore=without_run))


@contextmanager
def making_daemons(in_folder: Path, tower: Path) -> Iterator[Callable[..., Daemon]]:
    """Make daemons that observe *tower* and end with the block; then their answers match the published schemas."""
    daemons: list[Daemon] = []

    def make(**options) -> Daemon:
        folder = in_folder / f"daemon{len(daemons)}"
        folder.mkdir()
        daemons.append(Daemon(folder, options.pop("root", tower), **options))
        return daemons[-1]

    yield make
    faults = [fault for daemon in daemons for fault in faults_in_what_is_served(daemon)]
    for daemon in daemons:
        daemon.end()
    assert faults == []


@pytest.fixture
def make_daemon(tmp_path: Path, tower: Path) -> Iterator[Callable[..., Daemon]]:
    """Makes daemons that observe the tower and end with the test; their logs are shown when it fails."""
    with making_daemons(tmp_path, tower) as make:
        yield make


@pytest.fixture
def daemon(make_daemon: Callable[..., Daemon]) -> Daemon:
    """A running daemon without a Docker."""
    return make_daemon().start()


@pytest.fixture(scope="module")
def tower_of_the_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's own host tree for the daemons that last as long as the file."""
    return copied_tower(tmp_path_factory.mktemp("lasting"))


@pytest.fixture(scope="module")
def make_lasting_daemon(tower_of_the_file: Path) -> Iterator[Callable[..., Daemon]]:
    """Makes daemons that end with the file's last test: each costs half a second of CPU."""
    with making_daemons(tower_of_the_file.parent, tower_of_the_file) as make:
        yield make


@pytest.fixture(scope="module")
def daemon_of_the_file(make_lasting_daemon: Callable[..., Daemon]) -> Daemon:
    """A running daemon without a Docker."""
    return make_lasting_daemon().start()


@pytest.fixture
def steady_daemon(daemon_of_the_file: Daemon) -> Daemon:
    """The file's daemon, for tests that change neither it nor its tower. Nobody is connected to it."""
    until(lambda: is_alone(daemon_of_the_file.health()), 20, what="the end of earlier clients")
    return daemon_of_the_file


@pytest.fixture
def restored_daemon(steady_daemon: Daemon, tower_of_the_file: Path) -> Iterator[Daemon]:
    """The file's daemon, for tests that stop it, reload it or change its tower: after them all is as before."""
    texts = {path: path.read_bytes() for path in (tower_of_the_file / "var/local/emhttp").glob("*.ini")}
    settings = steady_daemon.config_file.read_bytes()
    array = array_of(steady_daemon)
    yield steady_daemon
    is_running = steady_daemon.is_running()
    faults = faults_in_what_is_served(steady_daemon) if is_running else []
    for path, text in texts.items():
        path.write_bytes(text)
    if steady_daemon.config_file.read_bytes() != settings:
        steady_daemon.reload()
    if not is_running:
        steady_daemon.start()
    until(lambda: array_of(steady_daemon) == array, 20, what="the former array")
    assert faults == []


def array_of(daemon: Daemon) -> list[tuple[str, str, float | None]]:
    """Return the name, the status and the temperature of each device of the array."""
    data = daemon.newest("storage/status")["data"]
    return [
        (device["name"], device["status"], device["temperature"]) for device in (*data["parity_disks"], *data["disks"])
    ]


def is_alone(health: dict[str, Any]) -> bool:
    """Return True if a daemon of that health has no client of any stream."""
    subscriptions = health["multiplex"]["subscriptions"].values()
    return not any((*subscriptions, *(stream["connections"] for stream in health["streams"].values())))


@dataclass(frozen=True)
class EarlyCurl:
    """The guide's curl with its own daemon, and the time of its start."""

    program: Program
    daemon: Daemon
    since: float


@pytest.fixture(scope="session")
def early_curl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EarlyCurl]:
    """The running curl command of the guide."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    folder = tmp_path_factory.mktemp("curl")
    daemon = Daemon(folder, folder).start()
    command = code_block("curl (for testing)", "bash", server=daemon.server)
    with Program(["bash", "-c", command], log=folder / "output") as program:
        yield EarlyCurl(program, daemon, time.monotonic())
    daemon.end()


@pytest.fixture(scope="session", autouse=True)
def start_curl_early(request: pytest.FixtureRequest) -> None:
    """Start it with the first test here, so that its minute passes during the others."""
    if (
        GUIDE.is_file()
        and shutil.which("curl")
        and any("early_curl" in item.fixturenames for item in request.session.items)
    ):
        request.getfixturevalue("early_curl")


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node, which finds the tests' modules."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node on this machine")
    wanted = json.loads((NODE_MODULES.parent / "package.json").read_text())["dependencies"]
    if missing := [name for name in wanted if not (NODE_MODULES / name).is_dir()]:
        pytest.skip(f"tests/node_modules has no {', '.join(missing)} (make tests/node_modules/installed)")
    return node


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium."""
    chromium = find_chromium(*CHROMIUMS)
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    return chromium


@pytest.fixture(scope="session")
def browser(chromium: str, node: str) -> Iterator[Browser]:
    """Chromium, one for the session; close the pages that you open."""
    browser = Browser(chromium, node)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def site() -> Iterator[int]:
    """The port of a web server with a page for every host name."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as server:
        thread = threading.Thread(target=server.serve_forever, name="site")
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def victim(chromium: str, node: str) -> Iterator[Browser]:
    """A browser that resolves every name to this machine."""
    browser = Browser(chromium, node, "--host-resolver-rules=MAP * 127.0.0.1")
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def own_dockerd() -> Iterator[Dockerd]:
    """The session's dockerd; tests use ``dockerd``, which resets its state."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    dockerd = Dockerd()
    try:
        yield dockerd.start()
    finally:
        dockerd.end()


@pytest.fixture
def dockerd(own_dockerd: Dockerd) -> Iterator[Dockerd]:
    """A running real dockerd without containers; leftovers of a test are removed."""
    yield own_dockerd.start()
    own_dockerd.thaw()
    own_dockerd.start().remove_containers()


@pytest.fixture(scope="module", params=SUITES)
def own_dockerd_of_suite(request: pytest.FixtureRequest) -> Iterator[Dockerd]:
    """The module's dockerd of each Debian suite in turn, with a data root of its own: older and newer Dockers.

    Tests use ``dockerd_of_suite``, which removes containers.
    """
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    dockerd = Dockerd(programs=unpack_docker(request.param))
    try:
        version = dockerd.start().request("GET", "version")["Version"]
        assert version.startswith(SUITES[request.param])
        yield dockerd
    finally:
        dockerd.end()


@pytest.fixture
def dockerd_of_suite(own_dockerd_of_suite: Dockerd) -> Iterator[Dockerd]:
    """Each of Debian's Dockers, running and without containers; leftovers of a test are removed."""
    yield own_dockerd_of_suite.start()
    own_dockerd_of_suite.start().remove_containers()
