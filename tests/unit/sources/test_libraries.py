"""Libraries are loaded by name, and nothing is run to find them."""

import ctypes.util
import os
import subprocess
import sys

import pytest

from uma.sources.libraries import known_libraries


def test_only_named_libraries_are_found():
    """Within the block a library is what it was said to be, and any other is not there."""
    with known_libraries({"udev": "libudev.so.1"}):
        assert ctypes.util.find_library("udev") == "libudev.so.1"
        assert ctypes.util.find_library("c") is None


def test_ctypes_is_left_as_it_was():
    """After the block, also one that raised, ctypes searches again."""
    before = ctypes.util.find_library

    with pytest.raises(ImportError), known_libraries({}):
        raise ImportError

    assert ctypes.util.find_library is before


@pytest.mark.parametrize("module", ["uma.daemon", "uma.sources.watch"])
def test_importing_starts_no_process(module: str):
    """Whoever imports asyncinotify through us has no ldconfig run for it, and gets one that works."""
    script = f"""if True:
        import os, sys
        forks = {{"subprocess.Popen", "os.fork", "os.posix_spawn"}}
        sys.addaudithook(lambda event, args: event in forks and os._exit(9))
        import {module}
        from asyncinotify import Inotify, Mask
        with Inotify() as inotify:
            print(inotify.add_watch("/", Mask.CREATE).path)
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout) == (0, "/\n"), done.stderr
