"""Reports on the fences: they say what the kernel did, never what was wished."""

from dataclasses import replace
from pathlib import Path

import pytest

from uma.fence import fences
from uma.fence.bounds import Bounds
from uma.fence.fences import put_up_fences
from uma.model.health import Fence

WANTED = Bounds(calls=True, files=True, rights=True, allows_perf=False, read=frozenset(), ports=None)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A kernel in which both fences go up, and hold."""
    monkeypatch.setattr(fences, "read_abi", lambda: 7)
    monkeypatch.setattr(fences, "count_threads", lambda: 1)
    monkeypatch.setattr(fences, "restrict_files", lambda **_: None)
    monkeypatch.setattr(fences, "is_shut", lambda _: True)
    monkeypatch.setattr(fences, "refuse_calls", lambda *_, **__: None)
    monkeypatch.setattr(fences, "drop_capabilities", lambda _: None)
    monkeypatch.setattr(fences, "read_own_status", lambda: {"NoNewPrivs": "1", "Seccomp": "2", "CapEff": "4"})
    return monkeypatch


def states(bounds: Bounds = WANTED) -> dict[str, Fence]:
    """The fences by name."""
    return dict(put_up_fences(bounds, write=[Path("/x")], devices=[]).by_name)


def refuse(*_: object, **__: object) -> None:
    """Refuse, as a kernel may."""
    raise OSError(22, "Invalid argument")


@pytest.mark.usefixtures("kernel")
def test_all_hold() -> None:
    """Each says what it keeps the daemon from."""
    found = states()

    assert {name: fence.state for name, fence in found.items()} == dict.fromkeys(("calls", "files", "rights"), "holds")
    assert found["rights"].detail == "no capability of root's but CAP_DAC_READ_SEARCH"
    assert "connects anywhere (Landlock 7)" in found["files"].detail


@pytest.mark.usefixtures("kernel")
def test_ports_are_named() -> None:
    """The detail lists the ports; before ABI 4 it does not claim to hold them."""
    bounded = replace(WANTED, ports=frozenset({3551, 1883}))

    assert "connects to ports 1883, 3551" in states(bounded)["files"].detail


def test_an_older_landlock_claims_no_ports(kernel: pytest.MonkeyPatch) -> None:
    """ABI 3, of kernel 6.2, knows files alone."""
    kernel.setattr(fences, "read_abi", lambda: 3)
    bounded = replace(WANTED, ports=frozenset({1883}))

    assert "connects anywhere (Landlock 3)" in states(bounded)["files"].detail


@pytest.mark.usefixtures("kernel")
def test_off_by_its_setting() -> None:
    """A fence that a setting switches off names the setting."""
    off = Bounds(calls=False, files=False, rights=False, allows_perf=False, read=frozenset(), ports=None)

    assert states(off) == {name: Fence("off", f"FENCE_{name.upper()} is no") for name in ("calls", "files", "rights")}


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
    """Without Landlock, beside a thread, or refused, the fence does not hold, and the other one does."""
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
    """Rights that the kernel has left are not claimed to be gone."""
    kernel.setattr(fences, name, replacement)
    found = states()["rights"]

    assert found.state == "failed"
    assert words in found.detail
