"""Libraries are loaded by name, and no program is run to find them."""

import ctypes.util
import os
import ssl
import subprocess
import sys

import pytest

from uma.feeds.libraries import (
    FROZENLIST_SWITCH,
    empty_module,
    known_libraries,
    no_certificates,
    no_frozenlist_extension,
)


def test_only_named_libraries_are_found():
    """Inside the block a library is the given one, and any other is missing."""
    with known_libraries({"udev": "libudev.so.1"}):
        assert ctypes.util.find_library("udev") == "libudev.so.1"
        assert ctypes.util.find_library("c") is None


def test_ctypes_stays_unchanged():
    """After the block, even if it raised, ctypes searches again."""
    before = ctypes.util.find_library

    with pytest.raises(ImportError), known_libraries({}):
        raise ImportError

    assert ctypes.util.find_library is before


@pytest.mark.parametrize("module", ["uma.feeds.storage.observer", "uma.feeds.watch"])
def test_importing_starts_no_process(module: str):
    """No import looks for its C library by ldconfig, and inotify works."""
    script = f"""if True:
        import os, sys
        forks = {{"subprocess.Popen", "os.fork", "os.posix_spawn"}}
        sys.addaudithook(lambda event, args: event in forks and os._exit(9))
        import {module}
        import asyncio
        from pathlib import Path
        from uma.feeds.inotify import CREATE, watching
        async def watch():
            with watching({{Path("/"): CREATE}}, print):
                print("/")
        asyncio.run(watch())
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout) == (0, "/\n"), done.stderr


def certificates() -> int:
    return ssl.create_default_context(cafile=None).cert_store_stats()["x509"]


def test_no_certificates_within_the_block():
    """A TLS context made inside the block has no CAs; one made after it has the usual ones."""
    before = certificates()
    if not before:
        pytest.skip("this machine trusts no authority")

    with no_certificates():
        assert certificates() == 0

    assert certificates() == before


def test_an_empty_module_replaces_a_costly_one():
    """Inside the block the import gives an empty module; after it the real one comes, even if it was loaded before."""
    for _ in range(2):
        with empty_module("colorsys"):
            import colorsys

            assert not hasattr(colorsys, "rgb_to_hsv")
        import colorsys

        assert colorsys.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)


def test_reading_smart_loads_no_chardet():
    """pySMART loads without the library that guesses encodings."""
    script = "import sys, uma.feeds.smart.reading, pySMART; sys.exit('chardet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0


def test_frozenlist_comes_without_the_c_plus_plus_library():
    """The daemon's imports map no libstdc++, and aiohttp has its lists."""
    script = """if True:
        from uma.feeds.libraries import no_frozenlist_extension
        with no_frozenlist_extension():
            import aiohttp.web
        from frozenlist import FrozenList
        assert list(FrozenList([1, 2])) == [1, 2]
        print("libstdc++" in open("/proc/self/maps").read())
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr


@pytest.mark.parametrize("before", [None, "yes"])
def test_the_switch_of_frozenlist_stays_unchanged(before, monkeypatch):
    """The user's environment is restored after the block."""
    monkeypatch.delenv(FROZENLIST_SWITCH, raising=False)
    if before is not None:
        monkeypatch.setenv(FROZENLIST_SWITCH, before)

    with no_frozenlist_extension():
        assert os.environ[FROZENLIST_SWITCH] == "1"

    assert os.environ.get(FROZENLIST_SWITCH) == before
