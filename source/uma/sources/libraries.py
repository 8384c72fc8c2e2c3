"""C libraries for modules that look for theirs when imported, without the search: for it ctypes runs ldconfig, or gcc.

The daemon starts no process by default, and the bare plugin's host may have neither program.
"""

import ctypes.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def known_libraries(files: Mapping[str, str]) -> Iterator[None]:
    """Within the block ``ctypes.util.find_library`` answers from *files* (``udev`` → ``libudev.so.1``), else None."""
    find_library = ctypes.util.find_library
    ctypes.util.find_library = lambda name: files.get(name)  # noqa: PLW0108 - get has more forms than it may have here
    try:
        yield
    finally:
        ctypes.util.find_library = find_library
