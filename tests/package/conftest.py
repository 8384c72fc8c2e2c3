"""One package for the session, a bare root with it, and servers below a folder."""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.locking import alone

from . import bare_root, building
from .bare_root import BareRoot
from .building import Package, build_package, copy_checkout
from .server import Server


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout that can build."""
    reason = building.why_not()
    if reason is not None:
        pytest.skip(reason)
    return copy_checkout(tmp_path_factory.mktemp("package") / "checkout")


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Package:
    """The package: that of $UMA_PACKAGE, or one built now, by the first of several processes that needs it."""
    given = os.environ.get("UMA_PACKAGE")
    if given:
        return Package(Path(given).resolve())
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return build_package(request.getfixturevalue("checkout"))
    # The workers' folders lie in one of the run.
    shared = tmp_path_factory.getbasetemp().parent
    with alone(shared / "package.lock"):
        built = shared / "built"
        if not built.exists():
            package = build_package(request.getfixturevalue("checkout"))
            shutil.copytree(package.path.parent, shared / "built.new")
            (shared / "built.new").rename(built)
        return Package(next(built.glob("*.txz")))


@pytest.fixture(scope="session")
def entries(package: Package) -> list[tarfile.TarInfo]:
    """Its entries, in its order."""
    with tarfile.open(package.path) as archive:
        return archive.getmembers()


@pytest.fixture(scope="session")
def unpacked(package: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its files."""
    folder = tmp_path_factory.mktemp("unpacked")
    # Not by tarfile, whose filters Debian 12's Python 3.11.2 has not.
    subprocess.run(["tar", "--extract", "--file", package.path, "--directory", folder], check=True, timeout=60)
    return folder


@pytest.fixture
def bare(package: Package, tmp_path: Path) -> BareRoot:
    """The package in a file system with nothing but glibc, libudev and busybox."""
    reason = bare_root.why_not()
    if reason is not None:
        pytest.skip(reason)
    root = BareRoot(tmp_path / "bare", package.path)
    shutil.copytree(building.CHECKOUT / "demo/tower", root.folder, dirs_exist_ok=True, symlinks=True)
    return root


@pytest.fixture
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without the plugin; its path is short, since a socket's may have 107 characters."""
    server = Server(tmp_path_factory.mktemp("root"))
    yield server
    print(server.log)  # noqa: T201 - pytest shows it when the test fails
    server.end()


@pytest.fixture
def server(bare_server: Server) -> Server:
    """A server with the plugin installed and its emhttpd up; UMA is not running."""
    bare_server.install()
    bare_server.start_emhttpd()
    bare_server.configure()
    return bare_server
