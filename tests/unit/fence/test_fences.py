"""Reports on the fences: they state what the kernel did, never what was requested."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from uma.fence import fences
from uma.fence.bounds import Bounds
from uma.fence.client import Steward
from uma.fence.fences import Fences, put_up_fences
from uma.model.health import Fence

SOCKET = Path("/var/run/docker.sock")
WANTED = Bounds(
    calls=True,
    files=True,
    rights=True,
    user=True,
    allows_perf=False,
    controls=False,
    docker=SOCKET,
    read=frozenset(),
    ports=None,
)
NAMES = ("calls", "files", "rights", "user", "docker")


class StubSteward(Steward):
    """A steward that takes Docker under guard, or refuses."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.guards_sockets = False
        self.guarded: list[tuple[str, bool]] = []
        self._refuses = refuses

    def guard_docker(self, path: str, *, controls: bool) -> None:
        """Note it."""
        if self._refuses:
            raise PermissionError(1, "guarded already")
        self.guarded.append((path, controls))
        self.guards_sockets = True


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A kernel in which both fences work."""
    monkeypatch.setattr(fences, "read_abi", lambda: 7)
    monkeypatch.setattr(fences, "count_threads", lambda: 1)
    monkeypatch.setattr(fences, "restrict_files", lambda **_: None)
    monkeypatch.setattr(fences, "is_shut", lambda _: True)
    monkeypatch.setattr(fences, "refuse_calls", lambda *_, **__: None)
    monkeypatch.setattr(fences, "drop_capabilities", lambda _: None)
    monkeypatch.setattr(fences, "become_user", lambda _: None)
    monkeypatch.setattr(fences, "hand_over", lambda *_: None)
    monkeypatch.setattr(fences, "read_free_user", lambda: 61034)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(fences, "read_own_status", lambda: {"NoNewPrivs": "1", "Seccomp": "2", "CapEff": "4"})
    return monkeypatch


def put_up(bounds: Bounds = WANTED, steward: Steward | None = None) -> Fences:
    """Put them up in the pretended kernel."""
    return put_up_fences(bounds, own=Path("/x"), devices=[], steward=steward or StubSteward())


def states(bounds: Bounds = WANTED, steward: Steward | None = None) -> dict[str, Fence]:
    """The fences by name."""
    return dict(put_up(bounds, steward).current())


def refuse(*_: object, **__: object) -> None:
    """Refuse, as a kernel may."""
    raise OSError(22, "Invalid argument")


@pytest.mark.usefixtures("kernel")
def test_all_hold() -> None:
    """Each states what it keeps the daemon from."""
    found = states()

    assert {name: fence.state for name, fence in found.items()} == dict.fromkeys(NAMES, "holds")
    assert found["rights"].detail == "no capability of root's but CAP_DAC_READ_SEARCH"
    assert "connects anywhere (Landlock 7)" in found["files"].detail


@pytest.mark.usefixtures("kernel")
def test_ports_are_named() -> None:
    """The detail lists the ports; before ABI 4 it does not claim to limit them."""
    bounded = replace(WANTED, ports=frozenset({3551, 1883}))

    assert "connects to ports 1883, 3551" in states(bounded)["files"].detail


def test_an_older_landlock_claims_no_ports(kernel: pytest.MonkeyPatch) -> None:
    """ABI 3, of kernel 6.2, can limit files only."""
    kernel.setattr(fences, "read_abi", lambda: 3)
    bounded = replace(WANTED, ports=frozenset({1883}))

    assert "connects anywhere (Landlock 3)" in states(bounded)["files"].detail


@pytest.mark.usefixtures("kernel")
def test_off_by_its_setting() -> None:
    """A fence that a setting disables names the setting."""
    off = replace(WANTED, calls=False, files=False, rights=False, user=False)
    found = states(off)

    assert found.pop("docker").state == "off"
    assert found == {name: Fence("off", f"FENCE_{name.upper()} is no") for name in NAMES[:4]}


@pytest.mark.parametrize(
    ("name", "replacement", "state", "words"),
    [
        ("read_abi", lambda: 0, "unsupported", "no Landlock"),
        ("count_threads", lambda: 2, "failed", "a thread was running"),
        ("is_shut", lambda _: False, "failed", "does not follow them"),
        ("restrict_files", refuse, "failed", "Invalid argument"),
    ],
)
def test_files_that_are_not_fenced(
    kernel: pytest.MonkeyPatch, name: str, replacement: object, state: str, words: str
) -> None:
    """Without Landlock, with a second thread, or refused, this fence does not hold, but the other one does."""
    kernel.setattr(fences, name, replacement)
    found = states()

    assert found["files"].state == state
    assert words in found["files"].detail
    assert found["calls"].state == "holds"


@pytest.mark.parametrize(
    ("name", "replacement", "words"),
    [
        ("refuse_calls", refuse, "Invalid argument"),
        ("read_own_status", lambda: {"NoNewPrivs": "1", "Seccomp": "0"}, "not in force"),
        ("read_own_status", lambda: {"NoNewPrivs": "0", "Seccomp": "2"}, "not in force"),
        ("read_own_status", dict, "not in force"),
    ],
)
def test_calls_that_are_not_fenced(kernel: pytest.MonkeyPatch, name: str, replacement: object, words: str) -> None:
    """A fence that /proc/self/status does not show is not claimed."""
    kernel.setattr(fences, name, replacement)
    found = states()["calls"]

    assert found.state == "unsupported"
    assert words in found.detail


@pytest.mark.parametrize(
    ("name", "replacement", "words"),
    [
        ("count_threads", lambda: 2, "a thread was running"),
        ("drop_capabilities", refuse, "Invalid argument"),
        ("read_own_status", lambda: {"CapEff": "1ffffffffff"}, "more capabilities than asked for"),
        ("read_own_status", lambda: {"CapEff": "?"}, "invalid literal"),
        ("read_own_status", dict, "CapEff"),
    ],
)
def test_rights_that_are_left(kernel: pytest.MonkeyPatch, name: str, replacement: object, words: str) -> None:
    """Rights that the kernel has left are not reported as dropped."""
    kernel.setattr(fences, name, replacement)
    found = states()["rights"]

    assert found.state == "failed"
    assert words in found.detail


@pytest.mark.usefixtures("kernel")
def test_docker_is_guarded_as_the_settings_say() -> None:
    """The steward is given Docker's socket and CONTROL before UMA becomes another user, and health names both."""
    steward = StubSteward()
    found = states(replace(WANTED, controls=True), steward)

    assert steward.guarded == [(str(SOCKET), True)]
    assert "user 61034" in found["user"].detail
    assert "five operations of CONTROL" in found["docker"].detail
    assert "CONTROL" not in states()["docker"].detail


def test_a_socket_that_is_open_to_all(kernel: pytest.MonkeyPatch) -> None:
    """The fence is not claimed as soon as any user may connect to Docker."""
    fences_up = put_up()
    assert fences_up.current()["docker"].state == "holds"
    kernel.setattr(os, "access", lambda path, _: path == SOCKET)

    assert fences_up.current()["docker"].state == "failed"
    assert "every user" in fences_up.current()["docker"].detail


@pytest.mark.usefixtures("kernel")
def test_own_user_needs_the_rights_fence() -> None:
    """With root's capabilities another user is not a fence, which is reported."""
    found = states(replace(WANTED, rights=False))

    assert found["user"] == Fence("off", "FENCE_RIGHTS is no")
    assert found["docker"].state == "off"


def test_started_by_another_user(kernel: pytest.MonkeyPatch) -> None:
    """Started as an ordinary user, UMA stays that one, and uses Docker as it may."""
    kernel.setattr(os, "geteuid", lambda: 1000)
    found = states()

    assert found["user"] == Fence("off", "UMA was started as user 1000")
    assert found["docker"].state == "off"


@pytest.mark.parametrize(
    ("name", "replacement", "words"),
    [
        ("count_threads", lambda: 2, "a thread was running"),
        ("become_user", refuse, "Invalid argument"),
        ("hand_over", refuse, "Invalid argument"),
        ("read_free_user", refuse, "Invalid argument"),
    ],
)
def test_a_user_that_it_could_not_become(
    kernel: pytest.MonkeyPatch, name: str, replacement: object, words: str
) -> None:
    """A user that the kernel did not make it is not claimed, nor is Docker's fence."""
    kernel.setattr(fences, name, replacement)
    found = states()

    assert found["user"].state == "failed"
    assert words in found["user"].detail
    assert found["docker"].state == "off"


@pytest.mark.usefixtures("kernel")
def test_without_a_steward() -> None:
    """Without a steward, or with one that refuses, UMA stays root: it could not reach Docker any more."""
    alone = put_up_fences(WANTED, own=Path("/x"), devices=[], steward=None).by_name

    assert alone["user"].state == states(steward=StubSteward(refuses=True))["user"].state == "failed"
    assert alone["docker"].state == "off"
