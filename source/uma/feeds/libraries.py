"""Suppression of costly import side effects of dependencies.

To find a C library, ctypes runs ldconfig or gcc. The daemon starts no process by
default, and a host may have neither program. The other side effects cost memory, and
time at the start.
"""

import ctypes.util
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Final

from uma.runtime.openssl import has_tls

FROZENLIST_SWITCH: Final = "FROZENLIST_NO_EXTENSIONS"


@contextmanager
def known_libraries(files: Mapping[str, str]) -> Iterator[None]:
    """Make ``ctypes.util.find_library`` answer from *files* (``udev`` →
    ``libudev.so.1``), else with None, inside the block.
    """
    find_library = ctypes.util.find_library
    ctypes.util.find_library = lambda name: files.get(name)  # noqa: PLW0108 - get has more forms than it may have here
    try:
        yield
    finally:
        ctypes.util.find_library = find_library


@contextmanager
def no_certificates() -> Iterator[None]:
    """Create TLS contexts without the system's certificates inside the block: in
    aiohttp's they cost 60 ms and 2 MB.
    """
    if not has_tls():
        yield
        return
    import ssl  # noqa: PLC0415 - where there is none to be had

    # Hides the method inherited from C inside the block.
    ssl.SSLContext.set_default_verify_paths = lambda _: None  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        del ssl.SSLContext.set_default_verify_paths


@contextmanager
def no_frozenlist_extension() -> Iterator[None]:
    """Import frozenlist in Python inside the block, as in the package: its extension
    loads the C++ library, 1 MB.
    """
    before = os.environ.get(FROZENLIST_SWITCH)
    os.environ[FROZENLIST_SWITCH] = "1"
    try:
        yield
    finally:
        del os.environ[FROZENLIST_SWITCH]
        if before is not None:
            os.environ[FROZENLIST_SWITCH] = before


@contextmanager
def empty_module(name: str, **contents: object) -> Iterator[None]:
    """Make an import of *name* inside the block give a module with only *contents*."""
    before = sys.modules.get(name)
    sys.modules[name] = ModuleType(name)
    vars(sys.modules[name]).update(contents)
    parent, _, child = name.rpartition(".")
    # Only a module that is loaded is bound in its package.
    is_bound = parent in sys.modules and not hasattr(sys.modules[parent], child)
    if is_bound:
        setattr(sys.modules[parent], child, sys.modules[name])
    try:
        yield
    finally:
        del sys.modules[name]
        if is_bound:
            delattr(sys.modules[parent], child)
        if before is not None:
            sys.modules[name] = before
